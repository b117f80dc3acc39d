"""Which pieces lie where: lots, serial numbers, what each bin holds and how it came there."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import SerialStatus
from core.history import history_records
from core.models import Fact


class Lot(models.Model):
    """Pieces of one item made together: one expiry date, one number of the supplier."""

    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="lots")
    number = models.CharField(max_length=60)
    supplier_number = models.CharField("supplier's lot number", max_length=60, blank=True)
    expires_on = models.DateField(null=True, blank=True, help_text="The last day it may be used")
    received_at = models.DateTimeField()
    document_number = models.CharField(max_length=40, blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "number"],
                name="lot_unique",
                violation_error_message="This item already has a lot of that number.",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def is_expired(self, on: date) -> bool:
        """Whether it may no longer be used on a day."""
        return self.expires_on is not None and self.expires_on < on


class Serial(models.Model):
    """One piece with a number of its own, in exactly one place: which one, `status` says and the database holds."""

    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="serials")
    number = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=SerialStatus.choices)
    stock_item = models.ForeignKey(
        "cmms.StockItem", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    bin = models.ForeignKey(
        "cmms.Bin", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    transfer_line = models.ForeignKey(
        "cmms.StockTransferLine", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.PROTECT, related_name="serials"
    )
    supplier_number = models.CharField("supplier's lot number", max_length=60, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    document_number = models.CharField(max_length=40, blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "number"],
                name="serial_unique",
                violation_error_message="This serial number is known already.",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status="IN_STOCK", stock_item__isnull=False)
                    & Q(transfer_line__isnull=True, work_order__isnull=True, asset__isnull=True)
                )
                | (
                    Q(status="IN_TRANSIT", transfer_line__isnull=False, bin__isnull=True)
                    & Q(stock_item__isnull=True, work_order__isnull=True, asset__isnull=True)
                )
                | (
                    Q(status__in=["ISSUED", "REMOVED"], work_order__isnull=False, bin__isnull=True)
                    & Q(stock_item__isnull=True, transfer_line__isnull=True, asset__isnull=True)
                )
                | (
                    Q(status="FITTED", asset__isnull=False, bin__isnull=True)
                    & Q(stock_item__isnull=True, transfer_line__isnull=True, work_order__isnull=True)
                )
                | (
                    Q(status="GONE", asset__isnull=True, bin__isnull=True)
                    & Q(stock_item__isnull=True, transfer_line__isnull=True, work_order__isnull=True)
                ),
                name="serial_in_one_place",
                violation_error_message="A serial number is in exactly one place.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def goes(self, status: SerialStatus, **place: object) -> None:
        """Move it to its one new place; all others are cleared. Does not save."""
        self.status = status
        for name in PLACES:
            setattr(self, name, place.get(name))


PLACES = ("stock_item", "bin", "transfer_line", "work_order", "asset")
SERIAL_PLACE = ["status", *PLACES]


class StockLevel(models.Model):
    """So much of a detailed balance lies in this bin, of this lot; the sum over a balance is what is on hand.

    Without a lot, a lot-tracked item's pieces wait for their lot to be named.
    """

    stock_item = models.ForeignKey("cmms.StockItem", on_delete=models.PROTECT, related_name="levels")
    bin = models.ForeignKey(
        "cmms.Bin", null=True, blank=True, on_delete=models.PROTECT, related_name="levels"
    )
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="levels")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stock_item", "bin", "lot"], name="stocklevel_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0),
                name="stocklevel_never_negative",
                violation_error_message="There is not that much in the bin.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} in {self.bin_id}"


class StockPlacement(Fact):
    """A bin got or gave up pieces of a lot or a serial number: as part of a movement, or (without) between bins."""

    stock_item = models.ForeignKey("cmms.StockItem", on_delete=models.PROTECT, related_name="placements")
    movement = models.ForeignKey(
        "cmms.StockMovement", null=True, blank=True, on_delete=models.PROTECT, related_name="placements"
    )
    bin = models.ForeignKey("cmms.Bin", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="placements")
    serial = models.ForeignKey(
        Serial, null=True, blank=True, on_delete=models.PROTECT, related_name="placements"
    )
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    note = models.CharField(max_length=200, blank=True)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="stockplacement_places_something"),
            models.CheckConstraint(
                condition=Q(serial__isnull=True) | Q(quantity__in=[1, -1]),
                name="stockplacement_serial_is_one",
            ),
        ]
        indexes = [models.Index(fields=["stock_item", "-id"], name="stockplacement_by_item")]

    def __str__(self) -> str:
        return f"{self.quantity} in {self.bin_id}"


class Fitting(models.Model):
    """A numbered piece in an asset, from the day it was fitted until it is removed."""

    serial = models.ForeignKey(Serial, on_delete=models.PROTECT, related_name="fittings")
    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="fittings")
    position = models.CharField(max_length=60, blank=True, help_text="e.g. drive end")
    fitted_at = models.DateTimeField()
    fitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    fitted_work_order = models.ForeignKey(
        "cmms.WorkOrder", on_delete=models.PROTECT, related_name="parts_fitted"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="parts_removed"
    )
    removal_reason = models.CharField(max_length=100, blank=True)
    history = history_records()

    class Meta:
        permissions = [("fit_component", "Can record parts fitted and removed")]
        constraints = [
            models.UniqueConstraint(
                fields=["serial"],
                condition=Q(removed_at__isnull=True),
                name="fitting_one_open",
                violation_error_message="This serial number is fitted already.",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=models.F("fitted_at")),
                name="fitting_removed_after_fitted",
                violation_error_message="It cannot be removed before it was fitted.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial_id} in {self.asset_id}"
