"""What lies in the storerooms, what it is worth, and every movement that made it so."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import AbcClass, MovementKind, Tracking
from cmms.querysets import StockItemQuerySet
from core.history import history_records
from core.models import Fact


class Storeroom(models.Model):
    """A store with its own balances."""

    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="storerooms")
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    cost_centre = models.ForeignKey(
        "core.CostCentre",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Named on requisitions that refill this store",
    )
    is_active = models.BooleanField(default=True)
    count_tolerance_percent = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        default=0,
        blank=True,
        help_text="A count that differs by more is repeated; 0: every difference",
    )
    count_approval_above = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Differences worth more than this (base currency) need a second person; empty: never, 0: always",
    )
    history = history_records()

    class Meta:
        permissions = [
            ("issue_stock", "Can issue and take back stock"),
            ("receive_stock", "Can book goods into stock"),
            ("adjust_stock", "Can adjust stock after a count"),
            ("approve_count", "Can approve what a count found missing"),
            ("reorder_stock", "Can ask purchasing to refill the store"),
            ("move_promise", "Can give promised parts to more urgent work"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(count_tolerance_percent__gte=0)
                & (Q(count_approval_above__isnull=True) | Q(count_approval_above__gte=0)),
                name="storeroom_count_limits_not_negative",
                violation_error_message="Limits of counts cannot be negative.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Bin(models.Model):
    """A shelf place in a storeroom."""

    storeroom = models.ForeignKey(Storeroom, on_delete=models.CASCADE, related_name="bins")
    code = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["storeroom", "code"], name="bin_unique_code")]

    def __str__(self) -> str:
        return self.code


class StockItem(models.Model):
    """The balance of one item in one storeroom, in the item's unit; `value` in the base currency.

    Balance, value and average follow from the movements; `quantity_reserved` from the active reservations.
    All of it lies in `bin`, unless `is_detailed`: then stock levels say what lies in which bin and lot, and
    placements how it came there. `tracking` is the same in all storerooms.
    """

    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="stock_items")
    storeroom = models.ForeignKey(Storeroom, on_delete=models.PROTECT, related_name="stock_items")
    bin = models.ForeignKey(Bin, null=True, blank=True, on_delete=models.SET_NULL, related_name="stock_items")
    quantity_on_hand = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    quantity_reserved = models.DecimalField(max_digits=14, decimal_places=4, default=0, editable=False)
    value = models.DecimalField(max_digits=16, decimal_places=4, default=0, editable=False)
    reorder_point = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    reorder_quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    max_level = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="Refill up to this"
    )
    safety_stock = models.DecimalField(max_digits=14, decimal_places=4, default=0, blank=True)
    lead_time_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="From asking to arrival; with it the reorder point follows from demand",
    )
    abc_class = models.CharField(max_length=1, choices=AbcClass.choices, blank=True)
    tracking = models.CharField(max_length=6, choices=Tracking.choices, default=Tracking.NONE, editable=False)
    is_detailed = models.BooleanField(default=False, editable=False)
    history = history_records(excluded_fields=["quantity_on_hand", "quantity_reserved", "value"])

    objects = StockItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "storeroom"],
                name="stockitem_unique",
                violation_error_message="This item already has a balance in that storeroom.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_on_hand__gte=0),
                name="stockitem_never_negative",
                violation_error_message="There is not that much in stock.",
            ),
            models.CheckConstraint(
                condition=Q(quantity_reserved__gte=0) & Q(quantity_reserved__lte=F("quantity_on_hand")),
                name="stockitem_reserved_within_stock",
                violation_error_message="No more can be promised than is in stock.",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="stockitem_value_not_negative",
                violation_error_message="Stock value cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(tracking="NONE") | Q(is_detailed=True), name="stockitem_tracked_is_detailed"
            ),
            models.CheckConstraint(
                condition=Q(safety_stock__gte=0)
                & (
                    Q(reorder_point__isnull=True)
                    | Q(max_level__isnull=True)
                    | Q(max_level__gt=F("reorder_point"))
                ),
                name="stockitem_levels_make_sense",
                violation_error_message="The level to refill up to must be above the reorder point.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.storeroom_id}"


class StockMovement(Fact):
    """One change of a balance. `quantity` and `value` are signed; the balance after it is kept for the auditor.

    `source_key` names the outside fact that caused it (e.g. a goods receipt line), once only.
    """

    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=14, choices=MovementKind.choices)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=6)
    value = models.DecimalField(max_digits=16, decimal_places=4)
    quantity_after = models.DecimalField(max_digits=14, decimal_places=4)
    value_after = models.DecimalField(max_digits=16, decimal_places=4)
    work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="stock_movements"
    )
    request_line = models.ForeignKey(
        "cmms.PartsRequestLine",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stock_movements",
    )
    transfer_line = models.ForeignKey(
        "cmms.StockTransferLine",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stock_movements",
    )
    source_key = models.CharField(max_length=80, blank=True)
    document_number = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)
    reverses = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="stockmovement_moves_something"),
            models.UniqueConstraint(
                fields=["source_key"],
                condition=~Q(source_key=""),
                name="stockmovement_unique_source",
                violation_error_message="This delivery has already been booked into stock.",
            ),
        ]
        indexes = [
            models.Index(fields=["stock_item", "-id"]),
            models.Index(fields=["-moved_at", "-id"], name="stockmovement_by_time"),
            models.Index(fields=["stock_item", "kind", "-moved_at"], name="stockmovement_by_kind"),
            models.Index(
                fields=["document_number"], condition=~Q(document_number=""), name="stockmovement_by_document"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity}"
