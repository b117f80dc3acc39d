"""Who bears an order line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.history import history_records
from linkage.choices import AllocationTarget


class Allocation(models.Model):
    """A share of an order line, in proportion to `weight` (a quantity of the line, or an amount or percent).

    The shares of a line sum exactly to it: see decisions/targets.py. The shares are taken in primary-key order.
    """

    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", on_delete=models.PROTECT, related_name="+"
    )
    target = models.CharField(max_length=11, choices=AllocationTarget.choices)
    work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    request_line = models.ForeignKey(
        "cmms.PartsRequestLine", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    weight = models.DecimalField(max_digits=18, decimal_places=6)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(target="WORK_ORDER", work_order__isnull=False))
                | (~Q(target="WORK_ORDER") & Q(work_order__isnull=True)),
                name="allocation_work_order_named",
                violation_error_message="An allocation to a work order names it.",
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=0),
                name="allocation_weight_not_negative",
                violation_error_message="A share cannot be negative.",
            ),
        ]
        permissions = [("change_allocations", "Can change who bears an order line")]

    def __str__(self) -> str:
        return f"{self.weight} of line {self.order_line_id}"

    @property
    def source_key(self) -> str:
        """The key of its postings in the cost ledger."""
        return f"allocation:{self.pk}"
