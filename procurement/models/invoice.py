"""What suppliers bill and credit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.history import history_records
from core.models import Document
from core.states import Stateful
from procurement.choices import (
    INVOICE_TRANSITIONS,
    POSTED_INVOICE,
    InvoiceKind,
    InvoiceLineKind,
    InvoiceSource,
    InvoiceStatus,
)
from procurement.querysets import InvoiceQuerySet


class Invoice(Stateful, Document):
    """An invoice or credit note as the supplier sent it; amounts are positive for both kinds, in its currency."""

    TRANSITIONS = INVOICE_TRANSITIONS

    kind = models.CharField(max_length=11, choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    supplier = models.ForeignKey("procurement.Supplier", on_delete=models.PROTECT, related_name="invoices")
    supplier_number = models.CharField(max_length=60, help_text="as printed")
    normalised_number = models.CharField(
        max_length=60, editable=False, help_text="letters and digits only, upper case"
    )
    status = models.CharField(max_length=9, choices=InvoiceStatus.choices, default=InvoiceStatus.ENTERED)
    source = models.CharField(max_length=5, choices=InvoiceSource.choices, default=InvoiceSource.TYPED)
    issued_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    order_reference = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    net_total = models.DecimalField(
        max_digits=16, decimal_places=4, help_text="after charges and allowances, before tax"
    )
    tax_total = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    gross_total = models.DecimalField(max_digits=16, decimal_places=4)
    rounding_amount = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    prepaid_amount = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    payable_amount = models.DecimalField(max_digits=16, decimal_places=4)
    original = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)
    matched_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "normalised_number", "kind"],
                condition=~Q(status="REJECTED"),
                name="invoice_supplier_number_once",
                violation_error_message="This supplier's invoice number is already entered.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["POSTED", "PAYABLE"]) | Q(posted_at__isnull=False),
                name="invoice_posted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0),
                name="invoice_rate_positive",
                violation_error_message="The exchange rate must be positive.",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"]),
            models.Index(fields=["supplier", "gross_total"], name="invoice_likely_duplicate"),
        ]
        permissions = [
            ("enter_invoice", "Can enter and import invoices"),
            ("match_invoice", "Can run the match"),
            ("release_hold", "Can release holds"),
            ("place_hold", "Can hold and reject invoices"),
        ]

    @property
    def is_posted(self) -> bool:
        """Whether its cost is in the ledgers."""
        return self.status in POSTED_INVOICE

    @property
    def sign(self) -> int:
        """1 for an invoice, -1 for a credit note."""
        return -1 if self.kind == InvoiceKind.CREDIT_NOTE else 1


class InvoiceLine(models.Model):
    """One billed line as sent. `cost_amount` is frozen at posting: net, its share of charges and lost tax."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    line_number = models.PositiveIntegerField()
    supplier_line_id = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=9, choices=InvoiceLineKind.choices, default=InvoiceLineKind.GOODS)
    description = models.CharField(max_length=300, blank=True)
    supplier_item_code = models.CharField(max_length=80, blank=True)
    buyer_item_code = models.CharField(max_length=80, blank=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    unit_code = models.CharField(max_length=10, blank=True)
    unit_price = models.DecimalField(
        max_digits=18, decimal_places=6, default=0, help_text="net of discounts, per unit"
    )
    net_amount = models.DecimalField(max_digits=16, decimal_places=4, help_text="allowances are negative")
    tax_category = models.CharField(max_length=4, blank=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    order_reference = models.CharField(max_length=60, blank=True)
    order_line_reference = models.CharField(max_length=60, blank=True)
    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoice_lines",
    )
    cost_amount = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True, editable=False)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "line_number"], name="invoiceline_unique_number"),
        ]

    def __str__(self) -> str:
        return f"{self.line_number} {self.description}"


class InvoiceTax(models.Model):
    """One row of the invoice's tax breakdown."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    category = models.CharField(max_length=4, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    taxable_amount = models.DecimalField(max_digits=16, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=16, decimal_places=4)
    exemption_reason = models.CharField(max_length=200, blank=True)
    history = history_records()

    def __str__(self) -> str:
        return f"{self.category} {self.percent} %"
