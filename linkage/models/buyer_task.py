"""What comes back to the buyer."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.history import history_records
from linkage.choices import BuyerTaskKind, BuyerTaskStatus


class BuyerTask(models.Model):
    """A need that went away after it was asked for or ordered: cancel, keep for stock, or give to another work order."""

    kind = models.CharField(max_length=14, choices=BuyerTaskKind.choices)
    request_line = models.ForeignKey("cmms.PartsRequestLine", on_delete=models.PROTECT, related_name="+")
    requisition_line = models.ForeignKey(
        "procurement.RequisitionLine", on_delete=models.PROTECT, related_name="+"
    )
    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    text = models.CharField(max_length=300)
    status = models.CharField(max_length=4, choices=BuyerTaskStatus.choices, default=BuyerTaskStatus.OPEN)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolution = models.CharField(max_length=300, blank=True)
    history = history_records()

    def __str__(self) -> str:
        return self.text
