"""Papers of the storeroom: transfers between storerooms, counts of the shelves."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import COUNT_TRANSITIONS, TRANSFER_TRANSITIONS, CountStatus, TransferStatus
from core.history import history_records
from core.models import Document
from core.states import Stateful


class StockTransfer(Stateful, Document):
    """Goods on their way from one storeroom to another: out of the first when sent, in the second when received."""

    TRANSITIONS = TRANSFER_TRANSITIONS

    from_storeroom = models.ForeignKey("cmms.Storeroom", on_delete=models.PROTECT, related_name="+")
    to_storeroom = models.ForeignKey("cmms.Storeroom", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=TransferStatus.choices, default=TransferStatus.SENT)
    reason = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(from_storeroom=F("to_storeroom")),
                name="stocktransfer_two_storerooms",
                violation_error_message="Choose another storeroom.",
            )
        ]
        indexes = [models.Index(fields=["status", "-id"], name="stocktransfer_by_status")]


class StockTransferLine(models.Model):
    """One item of a transfer; `value` left the sending store, `value_received` came in (base currency)."""

    transfer = models.ForeignKey(StockTransfer, on_delete=models.PROTECT, related_name="lines")
    stock_item = models.ForeignKey("cmms.StockItem", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    value = models.DecimalField(max_digits=16, decimal_places=4)
    quantity_received = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    value_received = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity_received__gte=0, quantity_received__lte=F("quantity")),
                name="stocktransferline_received_within_sent",
                violation_error_message="No more can arrive than was sent.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} of {self.stock_item.item}"

    @property
    def quantity_in_transit(self) -> Decimal:
        """Sent and not yet received."""
        return self.quantity - self.quantity_received


class StockCount(Stateful, Document):
    """A count of some shelves of a storeroom. Differences are taken at the moment of counting, so work goes on."""

    TRANSITIONS = COUNT_TRANSITIONS

    storeroom = models.ForeignKey("cmms.Storeroom", on_delete=models.PROTECT, related_name="counts")
    status = models.CharField(max_length=10, choices=CountStatus.choices, default=CountStatus.OPEN)
    scope = models.CharField(max_length=200, help_text="What was to be counted, in words")
    reason = models.CharField(max_length=100, blank=True, help_text="Why the shelves differ from the books")
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    posted_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    class Meta:
        indexes = [models.Index(fields=["status", "-id"], name="stockcount_by_status")]


class StockCountLine(models.Model):
    """One bin (and lot) of one item. `book_quantity` is what the books said at the moment it was counted."""

    count = models.ForeignKey(StockCount, on_delete=models.PROTECT, related_name="lines")
    stock_item = models.ForeignKey("cmms.StockItem", on_delete=models.PROTECT, related_name="count_lines")
    bin = models.ForeignKey("cmms.Bin", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey("cmms.Lot", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    book_quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    counted_quantity = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    first_quantity = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="The first count, where it was repeated",
    )
    serial_numbers = models.JSONField(default=list, blank=True, help_text="Serial numbers found in the bin")
    needs_recount = models.BooleanField(default=False)
    unit_value = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    counted_at = models.DateTimeField(null=True, blank=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["count", "stock_item", "bin", "lot"],
                name="stockcountline_unique",
                nulls_distinct=False,
                violation_error_message="This bin is on the count already.",
            ),
            models.CheckConstraint(
                condition=Q(counted_quantity__isnull=True) | Q(counted_quantity__gte=0),
                name="stockcountline_not_negative",
                violation_error_message="A count cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(counted_quantity__isnull=True) | Q(book_quantity__isnull=False),
                name="stockcountline_against_books",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stock_item_id} in {self.bin_id}"

    @property
    def is_counted(self) -> bool:
        """Whether nothing more is to be counted here."""
        return self.counted_quantity is not None and not self.needs_recount

    @property
    def variance(self) -> Decimal | None:
        """Counted less books; None before it is counted."""
        if self.counted_quantity is None or self.book_quantity is None:
            return None
        return self.counted_quantity - self.book_quantity

    @property
    def variance_value(self) -> Decimal | None:
        """The variance at the average cost of that moment, unrounded, in the base currency."""
        return None if self.variance is None else self.variance * self.unit_value
