"""Wiring of the bridge: the only place that connects events of the two halves."""

from django.apps import AppConfig

from core.panels import Panel, register_panel

SEES_LINKS = "linkage.view_supplylink"


class LinkageConfig(AppConfig):
    name = "linkage"
    verbose_name = "Links"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add the bridge's panels to the pages of both halves, and its own pages to the menu."""
        register_panel(Panel("cmms.workorder", "Purchasing", "linkage:work-order-purchasing", SEES_LINKS))
        register_panel(
            Panel("procurement.purchaseorder", "Who bears it", "linkage:purchase-order-work", SEES_LINKS)
        )
        register_panel(
            Panel("procurement.requisition", "Needed for", "linkage:requisition-needs", SEES_LINKS)
        )
