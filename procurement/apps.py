"""Wiring of the spend half: its places in the menu."""

from importlib import import_module

from django.apps import AppConfig

from core.codes import Bearer, register_bearer
from core.navigation import Entry, register_entry

GROUP = "Purchasing"
FINANCE = "Invoices"
ENTRIES = (
    Entry(
        "Purchasing",
        "procurement:home",
        "procurement.create_purchase_order",
        icon="cart3",
        order=40,
        group=GROUP,
        phone=True,
        home_of=("buyer",),
        short="Buying",
    ),
    Entry(
        "To approve",
        "procurement:approvals",
        "procurement.view_approval",
        icon="check2-square",
        order=41,
        group=GROUP,
        phone=True,
        home_of=("approver",),
        short="Approve",
    ),
    Entry(
        "Receive",
        "procurement:receiving",
        "procurement.receive_goods",
        icon="box-seam",
        order=42,
        group=GROUP,
        phone=True,
        home_of=("receiver",),
    ),
    Entry(
        "Requisitions",
        "procurement:requisitions",
        "procurement.view_requisition",
        icon="card-checklist",
        order=43,
        group=GROUP,
        phone=True,
        short="Requests",
    ),
    Entry(
        "Purchase orders",
        "procurement:orders",
        "procurement.view_purchaseorder",
        icon="receipt",
        order=44,
        group=GROUP,
        phone=True,
        short="Orders",
    ),
    Entry(
        "Receipts",
        "procurement:receipts",
        "procurement.view_goodsreceipt",
        icon="truck",
        order=45,
        group=GROUP,
        phone=True,
    ),
    Entry(
        "Invoices",
        "procurement:invoices",
        "procurement.view_invoice",
        icon="inboxes",
        order=50,
        group=FINANCE,
        phone=True,
        home_of=("finance", "auditor"),
    ),
    Entry(
        "Holds",
        "procurement:holds",
        "procurement.view_hold",
        icon="pause-circle",
        order=51,
        group=FINANCE,
        phone=True,
    ),
    Entry(
        "Match runs",
        "procurement:match-runs",
        "procurement.view_matchrun",
        icon="arrow-repeat",
        order=52,
        group=FINANCE,
        short="Runs",
    ),
)
BEARERS = (
    Bearer(
        "Purchase order", "procurement.PurchaseOrder", "procurement.view_purchaseorder", "procurement:order",
        words="supplier__name", order=20,
    ),
    Bearer(
        "Receipt", "procurement.GoodsReceipt", "procurement.view_goodsreceipt", "procurement:receipt",
        "procurement:receipts", words="order__supplier__name", also=("delivery_note",), order=21,
    ),
    Bearer(
        "Requisition", "procurement.Requisition", "procurement.view_requisition", "procurement:requisition",
        words="reason", order=22,
    ),
    Bearer(
        "Invoice", "procurement.Invoice", "procurement.view_invoice", "procurement:invoice", "procurement:invoices",
        words="supplier__name", also=("supplier_number",), order=23,
    ),
)  # fmt: skip


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = "Purchasing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the app's pages into the menu, and what is found by its code."""
        for entry in ENTRIES:
            register_entry(entry)
        for bearer in BEARERS:
            register_bearer(bearer)
        # Pages send jobs by name, so this process must know them.
        import_module("procurement.tasks")
