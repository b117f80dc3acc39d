"""The shape of what people type in the work half."""
