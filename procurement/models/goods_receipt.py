"""What came, what went back: facts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.models import Fact
from procurement.choices import ReceiptKind


class GoodsReceipt(Fact):
    """One delivery, acceptance of a service, return to the supplier, or reversal of one of these."""

    number = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey("procurement.PurchaseOrder", on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=10, choices=ReceiptKind.choices, default=ReceiptKind.DELIVERY)
    delivery_note = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "delivery_note", "kind"],
                condition=~Q(delivery_note=""),
                name="goodsreceipt_delivery_note_once",
                violation_error_message="This delivery note is already booked on the order.",
            ),
            models.CheckConstraint(
                condition=Q(kind="REVERSAL", reverses__isnull=False)
                | (~Q(kind="REVERSAL") & Q(reverses__isnull=True)),
                name="goodsreceipt_reversal_points_back",
            ),
        ]
        permissions = [
            ("receive_goods", "Can receive goods and accept services"),
            ("return_goods", "Can return goods to the supplier"),
        ]

    def __str__(self) -> str:
        return self.number


class GoodsReceiptLine(Fact):
    """How much of one order line; quantities are positive, the document's kind gives the direction."""

    receipt = models.ForeignKey(GoodsReceipt, on_delete=models.PROTECT, related_name="lines")
    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", on_delete=models.PROTECT, related_name="receipt_lines"
    )
    quantity = models.DecimalField(
        max_digits=14, decimal_places=4, help_text="came, rejected pieces included; or went back"
    )
    quantity_rejected = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    rejection_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0)
                & Q(quantity_rejected__gte=0)
                & Q(quantity__gte=F("quantity_rejected")),
                name="goodsreceiptline_quantities",
                violation_error_message="Enter a quantity above zero, of which no more is rejected than came.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_rejected=0) | ~Q(rejection_reason=""),
                name="goodsreceiptline_rejection_reason",
                violation_error_message="Say why pieces were rejected.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.order_line_id}"
