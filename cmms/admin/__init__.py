"""The work half in the administration: master data is edited, documents are read and moved by their verbs."""

from cmms.admin import documents, ledgers, master_data, places, recurring, steps, stock, stops

__all__ = ["documents", "ledgers", "master_data", "places", "recurring", "steps", "stock", "stops"]
