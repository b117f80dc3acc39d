"""How the papers and pieces of the stores are read."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cmms.choices import CountStatus
from cmms.models import (
    Bin,
    Fitting,
    Lot,
    Reservation,
    Serial,
    StockCount,
    StockCountLine,
    StockItem,
    StockLevel,
    StockPlacement,
    StockTransfer,
    StockTransferLine,
)
from cmms.selectors.reorder import suggestion_for
from core.api.serializers import DocumentSerializer, MasterDataSerializer


class BinSerializer(MasterDataSerializer[Bin]):
    """A shelf place."""

    class Meta:
        model = Bin
        fields = ("id", "storeroom", "code")


class LotSerializer(DocumentSerializer[Lot]):
    """Pieces made together."""

    class Meta:
        model = Lot
        fields = ("id", "item", "number", "supplier_number", "expires_on", "received_at", "document_number")


class SerialSerializer(DocumentSerializer[Serial]):
    """One numbered piece, in exactly one place."""

    class Meta:
        model = Serial
        fields = (
            "id", "item", "number", "status", "stock_item", "bin", "transfer_line", "work_order", "asset",
            "supplier_number", "expires_on", "received_at", "document_number",
        )  # fmt: skip


class StockLevelSerializer(DocumentSerializer[StockLevel]):
    """What lies in one bin of one lot."""

    class Meta:
        model = StockLevel
        fields = ("id", "stock_item", "bin", "lot", "quantity")


class StockPlacementSerializer(DocumentSerializer[StockPlacement]):
    """A bin got or gave up pieces: where-used of lots and serial numbers."""

    work_order = serializers.IntegerField(source="movement.work_order_id", default=None)

    class Meta:
        model = StockPlacement
        fields = (
            "id", "stock_item", "movement", "work_order", "bin", "lot", "serial", "quantity", "note", "placed_at",
            "placed_by",
        )  # fmt: skip


class FittingSerializer(DocumentSerializer[Fitting]):
    """A numbered piece in an asset, from until."""

    serial_number = serializers.CharField(source="serial.number")
    item = serializers.IntegerField(source="serial.item_id")

    class Meta:
        model = Fitting
        fields = (
            "id", "serial", "serial_number", "item", "asset", "position", "fitted_at", "fitted_by",
            "fitted_work_order", "removed_at", "removed_by", "removed_work_order", "removal_reason",
        )  # fmt: skip


class ReservationSerializer(DocumentSerializer[Reservation]):
    """A promise, with how urgent its need is."""

    work_order = serializers.IntegerField(source="request_line.parts_request.work_order_id")
    priority = serializers.CharField(source="request_line.parts_request.work_order.priority")
    needed_on = serializers.DateField(source="request_line.parts_request.needed_on", allow_null=True)

    class Meta:
        model = Reservation
        fields = ("id", "request_line", "stock_item", "quantity", "work_order", "priority", "needed_on")


class StockTransferLineSerializer(DocumentSerializer[StockTransferLine]):
    """One part of a transfer; values in the base currency."""

    class Meta:
        model = StockTransferLine
        fields = ("id", "stock_item", "quantity", "value", "quantity_received", "value_received")
        cost_fields = ("value", "value_received")


class StockTransferSerializer(DocumentSerializer[StockTransfer]):
    """Goods between storerooms."""

    lines = StockTransferLineSerializer(many=True)

    class Meta:
        model = StockTransfer
        fields = (
            "id", "number", "status", "from_storeroom", "to_storeroom", "reason", "lines", "created_at", "created_by",
            "received_at", "received_by", "version",
        )  # fmt: skip


class StockCountLineSerializer(DocumentSerializer[StockCountLine]):
    """One bin of a count. What the books say is told only after the count is over."""

    variance = serializers.SerializerMethodField(help_text="Null until the count is over")

    class Meta:
        model = StockCountLine
        fields = (
            "id", "count", "stock_item", "bin", "lot", "counted_quantity", "serial_numbers", "needs_recount",
            "book_quantity", "variance", "counted_at", "counted_by",
        )  # fmt: skip

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=4, allow_null=True))
    def get_variance(self, line: StockCountLine) -> str | None:
        """Counted less books."""
        return None if line.variance is None else f"{line.variance:.4f}"

    def to_representation(self, instance: StockCountLine) -> dict[str, Any]:
        """Blind while it is counted."""
        shown = super().to_representation(instance)
        if instance.count.status == CountStatus.OPEN:
            shown["book_quantity"] = shown["variance"] = None
        return shown


class StockCountSerializer(DocumentSerializer[StockCount]):
    """A count of the shelves."""

    class Meta:
        model = StockCount
        fields = (
            "id", "number", "status", "storeroom", "scope", "reason", "created_at", "created_by", "submitted_at",
            "submitted_by", "approved_by", "posted_at", "version",
        )  # fmt: skip


class ProposalSerializer(DocumentSerializer[StockItem]):
    """A balance at or below its reorder point: how much to buy, and why."""

    item_code = serializers.CharField(source="item.code")
    coming = serializers.DecimalField(max_digits=20, decimal_places=4)
    waiting = serializers.DecimalField(max_digits=20, decimal_places=4)
    position = serializers.DecimalField(max_digits=20, decimal_places=4)
    point = serializers.DecimalField(max_digits=20, decimal_places=4)
    suggested = serializers.SerializerMethodField(help_text="In the item's unit")
    arithmetic = serializers.SerializerMethodField(help_text="Why so much, step by step")

    class Meta:
        model = StockItem
        fields = (
            "id", "item", "item_code", "storeroom", "quantity_on_hand", "quantity_reserved", "waiting", "coming",
            "position", "point", "suggested", "arithmetic",
        )  # fmt: skip

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=4))
    def get_suggested(self, row: StockItem) -> str:
        """How much."""
        return f"{suggestion_for(row).quantity:.4f}"

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_arithmetic(self, row: StockItem) -> list[str]:
        """Why."""
        return suggestion_for(row).steps
