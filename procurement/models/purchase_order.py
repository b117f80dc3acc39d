"""The commitment to pay a supplier."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.history import history_records
from core.models import Document, Fact
from core.money import round_money
from core.states import Stateful
from procurement.choices import (
    COMMITTED_ORDER,
    ORDER_TRANSITIONS,
    Destination,
    LineKind,
    MatchLevel,
    OrderStatus,
)
from procurement.querysets import PurchaseOrderLineQuerySet, PurchaseOrderQuerySet

# Derived from receiving and invoicing facts by services/quantities.py, hence not part of a line's own history.
DERIVED_QUANTITIES = (
    "quantity_received",
    "quantity_rejected",
    "quantity_returned",
    "quantity_billed",
    "quantity_credited",
    "amount_billed",
)


class PurchaseOrder(Stateful, Document):
    """An order in one currency with the rate frozen when it was made (base units per unit)."""

    TRANSITIONS = ORDER_TRANSITIONS

    supplier = models.ForeignKey("procurement.Supplier", on_delete=models.PROTECT, related_name="orders")
    agreement = models.ForeignKey(
        "procurement.Agreement", null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    status = models.CharField(max_length=18, choices=OrderStatus.choices, default=OrderStatus.DRAFT)
    revision = models.PositiveSmallIntegerField(default=0)
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    currency = models.CharField(max_length=3)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=8, default=1)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="purchase_orders"
    )
    payment_terms_days = models.PositiveSmallIntegerField(default=30)
    delivery_terms = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    net_total = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    tax_total = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=300, blank=True)
    history = history_records()

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "PENDING_APPROVAL", "CANCELLED"])
                | (Q(approved_at__isnull=False) & Q(approved_by__isnull=False)),
                name="purchaseorder_approved_has_approver",
                violation_error_message="An approved order names its approver.",
            ),
            models.CheckConstraint(
                condition=Q(exchange_rate__gt=0),
                name="purchaseorder_rate_positive",
                violation_error_message="The exchange rate must be positive.",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"]), models.Index(fields=["supplier", "status"])]
        permissions = [
            ("create_purchase_order", "Can make and change purchase orders"),
            ("approve_purchase_order", "Can approve purchase orders"),
            ("issue_purchase_order", "Can issue, close and cancel purchase orders"),
        ]

    @property
    def is_committed(self) -> bool:
        """Whether its open part is a commitment."""
        return self.status in COMMITTED_ORDER


class PurchaseOrderLine(models.Model):
    """One bought thing. Quantities stay apart and follow from their facts; prices are per `unit`, never rounded."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="lines")
    line_number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=7, choices=LineKind.choices, default=LineKind.ITEM)
    item = models.ForeignKey("core.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    item_revision = models.CharField(max_length=20, blank=True)
    category = models.ForeignKey(
        "core.ItemCategory", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    description = models.CharField(max_length=300)
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=4, help_text="ordered")
    quantity_cancelled = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    tax_recoverable = models.BooleanField(default=True)
    needed_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    match_level = models.CharField(max_length=9, choices=MatchLevel.choices, default=MatchLevel.THREE_WAY)
    destination = models.CharField(max_length=6, choices=Destination.choices, default=Destination.DIRECT)
    deliver_to = models.CharField(max_length=40, blank=True)
    quantity_received = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_rejected = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_returned = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_billed = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_credited = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    amount_billed = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        default=0,
        editable=False,
        help_text="Cost of posted invoices less credits, order currency",
    )
    history = history_records(excluded_fields=DERIVED_QUANTITIES)

    objects = PurchaseOrderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line_number"], name="purchaseorderline_unique_number"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="purchaseorderline_quantity_positive",
                violation_error_message="The quantity must be greater than zero.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_cancelled__gte=0) & Q(quantity__gte=F("quantity_cancelled")),
                name="purchaseorderline_cancelled_within_ordered",
                violation_error_message="No more can be cancelled than was ordered.",
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0)
                & Q(discount_percent__gte=0)
                & Q(discount_percent__lte=100)
                & Q(tax_percent__gte=0),
                name="purchaseorderline_price_not_negative",
                violation_error_message="Price, discount and tax cannot be negative, nor the discount above 100 %.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_received__gte=F("quantity_rejected") + F("quantity_returned"))
                & Q(quantity_rejected__gte=0)
                & Q(quantity_returned__gte=0),
                name="purchaseorderline_no_more_back_than_came",
                violation_error_message="No more can go back than came.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_credited__gte=0) & Q(quantity_billed__gte=F("quantity_credited")),
                name="purchaseorderline_credited_within_billed",
                violation_error_message="No more can be credited than was billed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_number} {self.description}"

    @property
    def quantity_open_order(self) -> Decimal:
        """Ordered less cancelled."""
        return self.quantity - self.quantity_cancelled

    @property
    def net_received(self) -> Decimal:
        """Received less rejected less returned: what we hold."""
        return self.quantity_received - self.quantity_rejected - self.quantity_returned

    @property
    def net_billed(self) -> Decimal:
        """Billed less credited, over posted invoices."""
        return self.quantity_billed - self.quantity_credited

    @property
    def outstanding(self) -> Decimal:
        """What the supplier still owes us; never negative."""
        return max(self.quantity_open_order - self.net_received, Decimal(0))

    @property
    def needs_receipt(self) -> bool:
        """Whether something must arrive: charges and 2-way lines do not wait for a receipt."""
        return self.kind != LineKind.CHARGE

    @property
    def net_unit_price(self) -> Decimal:
        """Unit price after discount, exact."""
        return self.unit_price * (100 - self.discount_percent) / 100

    def amount_of(self, quantity: Decimal, currency: str) -> Decimal:
        """Cost of `quantity` in the order's currency: net price plus tax that cannot be recovered, rounded once."""
        factor = Decimal(1) if self.tax_recoverable else (100 + self.tax_percent) / Decimal(100)
        return round_money(quantity * self.net_unit_price * factor, currency)


class OrderLineSource(models.Model):
    """So much of a requisition line is ordered by this order line."""

    order_line = models.ForeignKey(PurchaseOrderLine, on_delete=models.PROTECT, related_name="sources")
    requisition_line = models.ForeignKey(
        "procurement.RequisitionLine", on_delete=models.PROTECT, related_name="order_sources"
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order_line", "requisition_line"], name="orderlinesource_unique"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="orderlinesource_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.requisition_line_id}"


class OrderRevision(Fact):
    """What an order said before it was changed, and why it was changed."""

    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveSmallIntegerField()
    before = models.JSONField()
    reason = models.CharField(max_length=300)
    revised_at = models.DateTimeField()
    revised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "revision"], name="orderrevision_unique")]

    def __str__(self) -> str:
        return f"{self.order_id} rev {self.revision}"
