"""Forms of the pages: each becomes one service call."""
