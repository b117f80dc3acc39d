"""Shapes of what the collections read and take."""
