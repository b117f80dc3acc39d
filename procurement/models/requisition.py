"""A request to buy, and the decisions on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.history import history_records
from core.models import Document, Fact
from core.states import Stateful
from procurement.choices import (
    REQUISITION_TRANSITIONS,
    ApprovalDecision,
    Destination,
    LineKind,
    RequisitionStatus,
)
from procurement.querysets import RequisitionLineQuerySet, RequisitionQuerySet


class Requisition(Stateful, Document):
    """Someone needs something bought. `origin_*` is an opaque reference to the need, filled by who hands it over."""

    TRANSITIONS = REQUISITION_TRANSITIONS

    status = models.CharField(
        max_length=16, choices=RequisitionStatus.choices, default=RequisitionStatus.DRAFT
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="requisitions"
    )
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    needed_on = models.DateField(null=True, blank=True)
    origin_key = models.CharField(max_length=80, blank=True, db_index=True)
    origin_label = models.CharField(max_length=120, blank=True)
    total = models.DecimalField(
        max_digits=16, decimal_places=4, default=0, help_text="Estimate in the base currency"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = RequisitionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "-id"])]
        permissions = [
            ("create_requisition", "Can ask for purchases"),
            ("approve_requisition", "Can approve requisitions"),
        ]


class RequisitionLine(models.Model):
    """One thing to buy. Lines are ordered in parts or together with others."""

    requisition = models.ForeignKey(Requisition, on_delete=models.PROTECT, related_name="lines")
    line_number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=LineKind.choices, default=LineKind.ITEM)
    item = models.ForeignKey("core.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        "core.ItemCategory", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, related_name="+")
    estimated_unit_price = models.DecimalField(
        max_digits=18, decimal_places=6, default=0, help_text="Base currency"
    )
    suggested_supplier = models.ForeignKey(
        "procurement.Supplier", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    destination = models.CharField(max_length=6, choices=Destination.choices, default=Destination.DIRECT)
    deliver_to = models.CharField(
        max_length=40, blank=True, help_text="Storeroom code for stock, place for direct"
    )
    needed_on = models.DateField(null=True, blank=True)
    origin_key = models.CharField(max_length=80, blank=True, db_index=True)
    origin_label = models.CharField(max_length=120, blank=True)
    quantity_ordered = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_cancelled = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    history = history_records()

    objects = RequisitionLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requisition", "line_number"], name="requisitionline_unique_number"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="requisitionline_quantity_positive",
                violation_error_message="The quantity must be greater than zero.",
            ),
            models.CheckConstraint(
                condition=Q(estimated_unit_price__gte=0),
                name="requisitionline_price_not_negative",
                violation_error_message="The price cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_ordered__gte=0)
                & Q(quantity_cancelled__gte=0)
                & Q(quantity__gte=F("quantity_ordered") + F("quantity_cancelled")),
                name="requisitionline_parts_within_whole",
                violation_error_message="More would be ordered than was asked for.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} x {self.quantity.normalize():f}"


class Approval(Fact):
    """One decision on a requisition or a purchase order, with the words of the rule it was made under."""

    requisition = models.ForeignKey(
        Requisition, null=True, blank=True, on_delete=models.PROTECT, related_name="approvals"
    )
    purchase_order = models.ForeignKey(
        "procurement.PurchaseOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="approvals"
    )
    decision = models.CharField(max_length=8, choices=ApprovalDecision.choices)
    amount = models.DecimalField(max_digits=16, decimal_places=4, help_text="Base currency, at the decision")
    rule = models.CharField(max_length=300, help_text="Why this person could decide")
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(requisition__isnull=False, purchase_order__isnull=True)
                | Q(requisition__isnull=True, purchase_order__isnull=False),
                name="approval_of_one_document",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.amount}"
