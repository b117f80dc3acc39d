"""What pages ask of the spend half, in a constant number of statements."""
