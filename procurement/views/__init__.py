"""Pages of the spend half."""
