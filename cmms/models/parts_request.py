"""What a work order needs: lines asked for, what is promised, what has been handed over."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import RequestLineKind, SupplyState
from cmms.querysets import PartsRequestLineQuerySet
from core.history import history_records
from core.models import Document


class PartsRequest(Document):
    """One asking: several lines for one work order, needed by a day."""

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="parts_requests")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    needed_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    history = history_records()

    class Meta:
        permissions = [("request_parts", "Can ask for parts and services")]


class PartsRequestLine(models.Model):
    """One need. requested = reserved + issued + arrived (not through stock) + cancelled + short.

    `supply_state`, `supply_document` and `expected_on` are told by whoever buys what is missing.
    """

    parts_request = models.ForeignKey(PartsRequest, on_delete=models.PROTECT, related_name="lines")
    line_number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=RequestLineKind.choices, default=RequestLineKind.ITEM)
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey("core.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    storeroom = models.ForeignKey(
        "cmms.Storeroom", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    description = models.CharField(max_length=300)
    photo = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    estimated_unit_cost = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    quantity_reserved = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_issued = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_arrived = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_cancelled = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    short_at_request = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        default=0,
        editable=False,
        help_text="Not in stock when asked (for stock-out %)",
    )
    supply_state = models.CharField(max_length=14, choices=SupplyState.choices, default=SupplyState.NONE)
    supply_document = models.CharField(max_length=40, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = PartsRequestLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parts_request", "line_number"], name="partsrequestline_unique_number"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="partsrequestline_quantity_positive",
                violation_error_message="The quantity must be greater than zero.",
            ),
            models.CheckConstraint(
                condition=(Q(kind="ITEM") & Q(item__isnull=False)) | ~Q(kind="ITEM"),
                name="partsrequestline_item_named",
                violation_error_message="Choose the part.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_reserved__gte=0)
                & Q(quantity_issued__gte=0)
                & Q(quantity_arrived__gte=0)
                & Q(quantity_cancelled__gte=0)
                & Q(
                    quantity__gte=F("quantity_reserved")
                    + F("quantity_issued")
                    + F("quantity_arrived")
                    + F("quantity_cancelled")
                ),
                name="partsrequestline_parts_within_whole",
                violation_error_message="More would be handed over than was asked for.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} x {self.quantity.normalize():f}"

    @property
    def quantity_short(self) -> Decimal:
        """What is still missing: neither promised, handed over, arrived nor cancelled."""
        return (
            self.quantity
            - self.quantity_reserved
            - self.quantity_issued
            - self.quantity_arrived
            - self.quantity_cancelled
        )

    @property
    def is_stock_line(self) -> bool:
        """Whether the need is served from a storeroom."""
        return self.kind == RequestLineKind.ITEM and self.item is not None and self.item.is_stocked


class Reservation(models.Model):
    """A promise: so much of this balance is for this line and nobody else. Deleted rows do not exist: it drops to 0."""

    request_line = models.ForeignKey(PartsRequestLine, on_delete=models.PROTECT, related_name="reservations")
    stock_item = models.ForeignKey("cmms.StockItem", on_delete=models.PROTECT, related_name="reservations")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request_line", "stock_item"], name="reservation_unique"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="reservation_not_negative",
                violation_error_message="A reservation cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.request_line_id}"
