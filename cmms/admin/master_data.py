"""Locations, assets, trades, storerooms."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from cmms.models import (
    Asset,
    AssetClass,
    Bin,
    Craft,
    CraftRate,
    Location,
    SparePart,
    StockItem,
    Storeroom,
    Technician,
)
from core.admin import BaseAdmin
from core.admin.inlines import LinesInline


@admin.register(Location)
class LocationAdmin(BaseAdmin):
    """Places."""

    list_display = ("code", "name", "site", "parent", "is_active")
    list_select_related = ("site", "parent")
    search_fields = ("code", "name")
    list_filter = ("site", "is_active")
    autocomplete_fields = ("site", "parent")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A stored location is moved on its page, with a reason."""
        return ("parent",) if obj else ()


@admin.register(AssetClass)
class AssetClassAdmin(BaseAdmin):
    """Equipment classes."""

    list_display = ("code", "name", "needs_failure_record")
    search_fields = ("code", "name")


class SparePartInline(LinesInline):
    """The spare-part list of an asset."""

    model = SparePart
    autocomplete_fields = ("item",)


@admin.register(Asset)
class AssetAdmin(BaseAdmin):
    """Assets with their spare-part lists."""

    list_display = ("code", "name", "location", "parent", "criticality", "site", "is_active")
    list_select_related = ("location", "parent", "site")
    search_fields = ("code", "name", "serial_number")
    list_filter = ("site", "criticality", "is_active", "asset_class")
    autocomplete_fields = ("site", "location", "parent", "asset_class", "cost_centre")
    cost_fields = ("installed_value", "replacement_value")
    inlines = (SparePartInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A stored asset is moved on its page, with a reason."""
        return ("parent", "location") if obj else ()


class CraftRateInline(TabularInline):  # type: ignore[misc]
    """Hourly rates of a trade, by day of validity."""

    model = CraftRate
    extra = 0


@admin.register(Craft)
class CraftAdmin(BaseAdmin):
    """Trades and what an hour of them costs."""

    list_display = ("code", "name")
    search_fields = ("code", "name")
    inlines = (CraftRateInline,)


@admin.register(CraftRate)
class CraftRateAdmin(BaseAdmin):
    """Hourly rates."""

    list_display = ("craft", "valid_from", "hourly_rate")
    list_select_related = ("craft",)
    list_filter = ("craft",)
    autocomplete_fields = ("craft",)
    cost_fields = ("hourly_rate",)


@admin.register(Technician)
class TechnicianAdmin(BaseAdmin):
    """Who does maintenance work, and their trade."""

    list_display = ("user", "craft", "crew", "weekly_hours")
    list_select_related = ("user", "craft")
    search_fields = ("user__username", "user__first_name", "user__last_name", "crew")
    list_filter = ("craft", "crew")
    autocomplete_fields = ("user", "craft")


class BinInline(TabularInline):  # type: ignore[misc]
    """Shelf places of a storeroom."""

    model = Bin
    extra = 0


@admin.register(Storeroom)
class StoreroomAdmin(BaseAdmin):
    """Storerooms with their bins."""

    list_display = ("code", "name", "site", "is_active")
    list_select_related = ("site",)
    search_fields = ("code", "name")
    list_filter = ("site", "is_active")
    autocomplete_fields = ("site", "cost_centre")
    inlines = (BinInline,)


@admin.register(StockItem)
class StockItemAdmin(BaseAdmin):
    """Reorder points and bins; balances follow from the movements and are shown only."""

    list_display = (
        "item", "storeroom", "bin", "quantity_on_hand", "quantity_reserved", "value", "reorder_point",
    )  # fmt: skip
    list_select_related = ("item", "storeroom", "bin")
    search_fields = ("item__code", "item__name", "bin__code")
    list_filter = ("storeroom", "abc_class", "tracking")
    cost_fields = ("value",)
    raw_id_fields = ("bin",)
    fields = (
        "item", "storeroom", "bin", "abc_class", "reorder_point", "reorder_quantity", "max_level", "safety_stock",
        "lead_time_days", "tracking", "quantity_on_hand", "quantity_reserved", "value",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Balances never; what the row is about only while it is new."""
        balances = ("quantity_on_hand", "quantity_reserved", "value", "tracking")
        return (*balances, "item", "storeroom") if obj else balances

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: movements point at it."""
        return False
