"""Recurring work: job plans and their revisions, maintenance plans, and the orders made from them."""
