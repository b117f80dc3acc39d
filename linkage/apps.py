"""Wiring of the bridge: the only place that connects events of the two halves."""

from importlib import import_module

from django.apps import AppConfig

from core.navigation import Entry, register_entry
from core.panels import Panel, register_panel

SEES_LINKS = "linkage.view_supplylink"


class LinkageConfig(AppConfig):
    """The bridge."""

    name = "linkage"
    verbose_name = "Links"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers once every model is loaded; add the bridge's panels and places in the menu.

        Stock that runs low counts what purchasing brings.
        """
        import_module("linkage.receivers")
        coming = import_module("linkage.selectors.coming").coming_to_stock
        import_module("cmms.selectors.reorder").register_coming(coming)
        register_panel(Panel("cmms.workorder", "Purchasing", "linkage:work-order-purchasing", SEES_LINKS))
        register_panel(
            Panel("cmms.workorder", "Contractors", "linkage:work-order-contractors", SEES_LINKS, 1)
        )
        register_panel(
            Panel("procurement.purchaseorder", "Who bears it", "linkage:purchase-order-work", SEES_LINKS)
        )
        register_panel(
            Panel("procurement.requisition", "Needed for", "linkage:requisition-needs", SEES_LINKS)
        )
        register_entry(
            Entry(
                "To do for buyers",
                "linkage:buyer-tasks",
                "linkage.view_buyertask",
                "check2-square",
                60,
                "Purchasing",
            )
        )
        register_entry(
            Entry("Reconcile", "linkage:reconcile", "cmms.reconcile_costs", "shield-check", 90, "Invoices")
        )
