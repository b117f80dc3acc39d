"""Pages and panels of the bridge."""
