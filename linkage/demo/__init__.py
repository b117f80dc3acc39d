"""The demo: an invented plant and a year of its life, made by the product's own services."""
