"""Contract prices."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from core.history import history_records
from core.models import Document


class Agreement(Document):
    """What a supplier has agreed to, from one day to another."""

    supplier = models.ForeignKey("procurement.Supplier", on_delete=models.PROTECT, related_name="agreements")
    title = models.CharField(max_length=160)
    currency = models.CharField(max_length=3, default="EUR")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="agreement_ends_after_start",
                violation_error_message="An agreement cannot end before it starts.",
            )
        ]


class AgreementLine(models.Model):
    """A price for an item from a quantity on; rank 1 is the preferred source."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="+")
    minimum_quantity = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    lead_time_days = models.PositiveSmallIntegerField(default=7)
    rank = models.PositiveSmallIntegerField(default=1)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "item", "minimum_quantity"],
                name="agreementline_unique_break",
                violation_error_message="This price break is already there.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0) & Q(minimum_quantity__gte=0),
                name="agreementline_not_negative",
                violation_error_message="Prices and quantities cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} at {self.unit_price}"
