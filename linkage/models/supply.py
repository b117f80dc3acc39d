"""Which requisition line buys what which need is missing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.history import history_records


class SupplyLink(models.Model):
    """So much of a need of a work order is asked for by a requisition line."""

    request_line = models.ForeignKey("cmms.PartsRequestLine", on_delete=models.PROTECT, related_name="+")
    requisition_line = models.ForeignKey(
        "procurement.RequisitionLine", on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_line", "requisition_line"], name="supplylink_unique"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="supplylink_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.request_line_id}"
