"""The work order cost ledger."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import CostBucket, CostReason, CostStage
from cmms.querysets import CostEntryQuerySet
from core.models import Fact


class CostEntry(Fact):
    """One posting to a work order: what, at which stage, from which source document line. Append-only.

    `amount` is in the base currency, `amount_document` in `currency`. `source_key` names the fact or allocation the
    figure follows from (e.g. 'labor:17', 'allocation:4'); the sum over one key and stage is what that source demands.
    """

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="cost_entries")
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asset = models.ForeignKey(
        "cmms.Asset",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cost_entries",
        help_text="The asset at that time",
    )
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    bucket = models.CharField(max_length=8, choices=CostBucket.choices)
    stage = models.CharField(max_length=9, choices=CostStage.choices)
    reason = models.CharField(max_length=18, choices=CostReason.choices, default=CostReason.NORMAL)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    currency = models.CharField(max_length=3)
    amount_document = models.DecimalField(max_digits=16, decimal_places=4)
    source_key = models.CharField(max_length=80)
    document_number = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    is_late = models.BooleanField(default=False, help_text="Posted after the work order was closed")
    reverses = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    occurred_on = models.DateField()
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CostEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "cost entries"
        constraints = [
            models.CheckConstraint(
                condition=~Q(amount=0) | ~Q(amount_document=0) | ~Q(quantity=0),
                name="costentry_says_something",
            )
        ]
        indexes = [
            models.Index(fields=["work_order", "stage"]),
            # What an asset has cost is summed from the index alone.
            models.Index(fields=["asset", "stage"], include=["amount"], name="costentry_of_asset"),
            models.Index(fields=["source_key"]),
        ]
        permissions = [("reconcile_costs", "Can reconcile the cost ledger")]

    def __str__(self) -> str:
        return f"{self.stage} {self.amount}"
