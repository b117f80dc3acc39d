"""Facts: hours, stock movements, cost entries. Read only; corrections are entries of their own."""

from __future__ import annotations

from django.contrib import admin

from cmms.models import CostEntry, LaborEntry, StockMovement
from core.admin import ReadOnlyAdmin


@admin.register(LaborEntry)
class LaborEntryAdmin(ReadOnlyAdmin):
    """Hours worked."""

    list_display = ("work_order", "person", "craft", "kind", "started_at", "hours", "amount")
    list_select_related = ("work_order", "person", "craft")
    search_fields = ("work_order__number", "person__username", "person__last_name")
    list_filter = ("kind", "craft")
    date_hierarchy = "started_at"
    cost_fields = ("hourly_rate", "amount")


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Every change of a balance."""

    list_display = (
        "moved_at",
        "part",
        "storeroom",
        "kind",
        "quantity",
        "value",
        "quantity_after",
        "work_order",
        "moved_by",
    )
    list_select_related = ("stock_item__item", "stock_item__storeroom", "work_order", "moved_by")
    search_fields = ("stock_item__item__code", "work_order__number", "document_number")
    list_filter = ("kind", "stock_item__storeroom")
    date_hierarchy = "moved_at"
    cost_fields = ("unit_cost", "value", "value_after")

    @admin.display(description="Part", ordering="stock_item__item__code")
    def part(self, movement: StockMovement) -> str:
        """What moved."""
        return str(movement.stock_item.item)

    @admin.display(description="Storeroom", ordering="stock_item__storeroom__code")
    def storeroom(self, movement: StockMovement) -> str:
        """Where."""
        return str(movement.stock_item.storeroom.code)


@admin.register(CostEntry)
class CostEntryAdmin(ReadOnlyAdmin):
    """The cost ledger of work orders."""

    list_display = (
        "work_order", "asset", "stage", "bucket", "reason", "amount", "document_number", "occurred_on", "is_late",
    )  # fmt: skip
    list_select_related = ("work_order", "asset")
    search_fields = ("work_order__number", "asset__code", "document_number", "source_key")
    list_filter = ("stage", "bucket", "reason", "is_late")
    date_hierarchy = "occurred_on"
    cost_fields = ("unit_cost", "amount", "amount_document")
