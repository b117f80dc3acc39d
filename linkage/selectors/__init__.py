"""Reads across both halves, each in a constant number of statements."""
