"""Lots, serial numbers, parts fitted, transfers and counts: read, and moved by their verbs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from cmms.admin.documents import can, plainly, with_reason
from cmms.choices import CountStatus, TransferStatus
from cmms.models import (
    Fitting,
    Lot,
    Reservation,
    Serial,
    StockCount,
    StockCountLine,
    StockPlacement,
    StockTransfer,
    StockTransferLine,
)
from cmms.services.stock import approve_count, cancel_count, receive_transfer, reopen_count, undo_transfer
from core.admin import BaseAdmin, DocumentAction, DocumentAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Lot)
class LotAdmin(BaseAdmin):
    """Lots: the supplier's number and the expiry date may be set right."""

    list_display = ("number", "item", "supplier_number", "expires_on", "received_at", "document_number")
    list_select_related = ("item",)
    search_fields = ("number", "supplier_number", "item__code", "item__name")
    date_hierarchy = "received_at"
    fields = ("item", "number", "supplier_number", "expires_on", "received_at", "document_number")
    readonly_fields = ("item", "number", "received_at", "document_number")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: lots come with their pieces."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(Serial)
class SerialAdmin(DocumentAdmin):
    """Serial numbers."""

    list_display = ("number", "item", "status", "stock_item", "work_order", "asset")
    list_select_related = ("item", "stock_item", "work_order", "asset")
    search_fields = ("number", "item__code", "item__name", "asset__code", "work_order__number")
    list_filter = ("status",)


@admin.register(Fitting)
class FittingAdmin(DocumentAdmin):
    """Parts fitted and removed."""

    list_display = (
        "serial",
        "asset",
        "position",
        "fitted_at",
        "fitted_work_order",
        "removed_at",
        "removed_work_order",
    )
    list_select_related = ("serial", "asset", "fitted_work_order", "removed_work_order")
    search_fields = (
        "serial__number",
        "asset__code",
        "fitted_work_order__number",
        "removed_work_order__number",
    )
    date_hierarchy = "fitted_at"


@admin.register(Reservation)
class ReservationAdmin(DocumentAdmin):
    """Promises of stock."""

    list_display = ("stock_item", "request_line", "quantity")
    list_select_related = ("stock_item", "request_line")
    search_fields = ("stock_item__item__code", "request_line__parts_request__number")


@admin.register(StockPlacement)
class StockPlacementAdmin(ReadOnlyAdmin):
    """How pieces came into their bins."""

    list_display = ("placed_at", "stock_item", "bin", "lot", "serial", "quantity", "movement", "note")
    list_select_related = ("stock_item", "bin", "lot", "serial", "movement")
    search_fields = ("stock_item__item__code", "lot__number", "serial__number")
    date_hierarchy = "placed_at"


class TransferLineInline(ReadOnlyInline):
    """What was sent."""

    model = StockTransferLine
    fields = ("stock_item", "quantity", "quantity_received", "value", "value_received")
    readonly_fields = fields
    cost_fields = ("value", "value_received")


@admin.register(StockTransfer)
class StockTransferAdmin(DocumentAdmin):
    """Transfers."""

    list_display = ("number", "from_storeroom", "to_storeroom", "status", "created_at", "received_at")
    list_select_related = ("from_storeroom", "to_storeroom")
    search_fields = ("number", "lines__stock_item__item__code")
    list_filter = ("status", "from_storeroom", "to_storeroom")
    date_hierarchy = "created_at"
    inlines = (TransferLineInline,)
    document_actions = (
        DocumentAction(
            "receive", "Receive all of it", permission="cmms.receive_stock", bulk=True,
            available=can(TransferStatus.RECEIVED), run=plainly(receive_transfer, "transfer_id"),
        ),
        DocumentAction(
            "undo", "Undo", permission="cmms.issue_stock", tone="danger", needs_reason=True,
            available=can(TransferStatus.UNDONE), run=with_reason(undo_transfer, "transfer_id"),
        ),
    )  # fmt: skip


class CountLineInline(ReadOnlyInline):
    """What was counted."""

    model = StockCountLine
    fields = (
        "stock_item",
        "bin",
        "lot",
        "counted_quantity",
        "book_quantity",
        "needs_recount",
        "counted_by",
        "counted_at",
    )
    readonly_fields = fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What the books say is told only after the count is over."""
        names = super().get_fields(request, obj)
        is_open = obj is not None and obj.status == CountStatus.OPEN
        return tuple(name for name in names if not (is_open and name == "book_quantity"))


@admin.register(StockCount)
class StockCountAdmin(DocumentAdmin):
    """Counts."""

    list_display = ("number", "storeroom", "scope", "status", "created_at", "submitted_by", "approved_by")
    list_select_related = ("storeroom", "submitted_by", "approved_by")
    search_fields = ("number", "scope", "lines__stock_item__item__code")
    list_filter = ("status", "storeroom")
    date_hierarchy = "created_at"
    inlines = (CountLineInline,)
    document_actions = (
        DocumentAction(
            "approve", "Approve", permission="cmms.approve_count", bulk=True,
            available=lambda count: count.status == CountStatus.TO_APPROVE, run=plainly(approve_count, "count_id"),
        ),
        DocumentAction(
            "reopen", "Count again", permission="cmms.approve_count", needs_reason=True,
            available=lambda count: count.status == CountStatus.TO_APPROVE, run=with_reason(reopen_count, "count_id"),
        ),
        DocumentAction(
            "cancel", "Give up", permission="cmms.adjust_stock", tone="danger", needs_reason=True,
            available=can(CountStatus.CANCELLED), run=with_reason(cancel_count, "count_id"),
        ),
    )  # fmt: skip
