"""What an invoice line was matched to, and the runs that did it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.history import history_records
from core.models import Document
from procurement.choices import InvoiceStatus, MatchRunStatus, RunItemStatus


class MatchLink(models.Model):
    """So much of an invoice line is so much of an order line (and receipt line); amounts in invoice currency."""

    invoice_line = models.ForeignKey(
        "procurement.InvoiceLine", on_delete=models.PROTECT, related_name="match_links"
    )
    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", on_delete=models.PROTECT, related_name="match_links"
    )
    receipt_line = models.ForeignKey(
        "procurement.GoodsReceiptLine",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="match_links",
    )
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice_line", "order_line", "receipt_line"],
                name="matchlink_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="matchlink_quantity_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_line_id} to {self.order_line_id}"


class MatchRun(Document):
    """A job over any number of invoices; counts are kept as it goes."""

    status = models.CharField(max_length=8, choices=MatchRunStatus.choices, default=MatchRunStatus.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    history = history_records()


class MatchRunItem(models.Model):
    """One invoice in a run. `partition` keeps invoices that share order lines in one worker's hands, in order."""

    run = models.ForeignKey(MatchRun, on_delete=models.CASCADE, related_name="items")
    invoice = models.ForeignKey("procurement.Invoice", on_delete=models.PROTECT, related_name="run_items")
    partition = models.BigIntegerField()
    status = models.CharField(max_length=7, choices=RunItemStatus.choices, default=RunItemStatus.PENDING)
    outcome = models.CharField(max_length=9, blank=True, help_text="invoice status after the match")
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "invoice"], name="matchrunitem_unique")]
        indexes = [models.Index(fields=["run", "status", "partition", "id"])]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.invoice_id}"

    @property
    def outcome_label(self) -> str:
        """The outcome in words."""
        return str(InvoiceStatus(self.outcome).label) if self.outcome else ""
