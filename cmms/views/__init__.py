"""The pages of the work half."""
