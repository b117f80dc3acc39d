"""Spend that belongs to no work order."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import Fact
from linkage.choices import Account, SpendStage


class SpendEntry(Fact):
    """One posting to stock, a cost centre or a variance account; base-currency `amount`. Append-only."""

    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", on_delete=models.PROTECT, related_name="+"
    )
    account = models.CharField(max_length=14, choices=Account.choices)
    stage = models.CharField(max_length=9, choices=SpendStage.choices)
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    source_key = models.CharField(max_length=80)
    occurred_on = models.DateField()
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name_plural = "spend entries"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="spendentry_says_something")]
        indexes = [models.Index(fields=["source_key"]), models.Index(fields=["account", "stage"])]

    def __str__(self) -> str:
        return f"{self.account} {self.stage} {self.amount}"
