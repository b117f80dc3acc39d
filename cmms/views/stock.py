"""What storekeepers see: balances, movements, what to reorder."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from cmms.filters import MovementFilter, StockFilter
from cmms.models import Serial, StockItem, StockLevel, StockMovement
from cmms.views.bases import order_url
from core.access import can_see_costs
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage

BALANCES = StockItem.objects.with_available().select_related(
    "item__unit", "item__category", "storeroom", "bin"
)


def stock_url(pk: int) -> str:
    """The page of a balance."""
    return reverse("cmms:stock-item", args=[pk])


def below(row: StockItem) -> str:
    """Marks a balance at or below its reorder point."""
    point = row.reorder_point
    return "is-late" if point is not None and row.quantity_on_hand - row.quantity_reserved <= point else ""


class StockList(ListPage):
    """All balances."""

    title = "Stock"
    permission = "cmms.view_stockitem"
    queryset = BALANCES
    filterset_class = StockFilter
    search_fields = ("item__code", "item__name", "item__manufacturer_part_number", "bin__code")
    search_hint = "Part, maker's number, bin"
    is_scanned = True
    default_sort = "item__code"
    columns = (
        Column("item.code", "Part", kind="link", url_name="cmms:stock-item", sort="item__code"),
        Column(
            "item.name", "Name", kind="link", url_name="cmms:stock-item", phone="title", sort="item__name"
        ),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column("bin.code", "Bin", sort="bin__code"),
        Column(
            "quantity_on_hand", "On hand", kind="quantity", unit="item.unit.code", sort="quantity_on_hand"
        ),
        Column("quantity_reserved", "Reserved", kind="quantity", sort="quantity_reserved"),
        Column("available", "Free", kind="quantity", sort="available"),
        Column("reorder_point", "Reorder at", kind="quantity", sort="reorder_point", phone="hidden"),
        Column("value", "Value", kind="money", cost=True, sort="value"),
    )
    row_class = below
    empty_title = "Nothing in stock yet"
    empty_text = "Balances start with a delivery, or with an opening balance."
    actions = (
        PageAction("Opening balance", "cmms:stock-opening", permission="cmms.adjust_stock", icon="plus-lg"),
    )

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        """Which currency, for who sees values."""
        return f"Values in {settings.BASE_CURRENCY}, at moving average." if can_see_costs(self.actor) else ""


class StockPage(DetailPage):
    """One balance: what is free, where, how it came about."""

    permission = "cmms.view_stockitem"
    queryset = BALANCES
    template_name = "cmms/stock_item.html"
    panel_page = "cmms.stockitem"

    def extra_context(self) -> dict[str, Any]:
        """Its promises, its latest movements, the same part elsewhere."""
        stock: StockItem = self.object
        may_see = self.actor.has_perm("cmms.view_stockmovement")
        moves = (
            stock.movements.select_related("work_order", "moved_by").order_by("-pk")[:50] if may_see else []
        )
        promises = stock.reservations.filter(quantity__gt=0).select_related(
            "request_line__parts_request__work_order"
        )
        elsewhere = BALANCES.filter(item=stock.item).exclude(pk=stock.pk).order_by("storeroom__code")
        return {
            "title": stock.item.name,
            "movements": list(moves),
            "promises": list(promises.order_by("pk")[:50]),
            "elsewhere": list(elsewhere[:20]),
            "currency": settings.BASE_CURRENCY,
            "average": stock.value / stock.quantity_on_hand if stock.quantity_on_hand else None,
            "is_below": bool(below(stock)),
            "may_count": self.actor.has_perm("cmms.adjust_stock"),
            "may_take_back": self.actor.has_perm("cmms.issue_stock"),
            "has_bins": stock.storeroom.bins.exists(),
            **self._places(stock),
        }

    @staticmethod
    def _places(stock: StockItem) -> dict[str, Any]:
        """What lies in which bin, of which lot, under which number; nothing to read where it lies whole in one bin."""
        if not stock.is_detailed:
            return {"levels": [], "serials": [], "unnamed": 0}
        levels = list(
            StockLevel.objects.filter(stock_item=stock, quantity__gt=0)
            .select_related("bin", "lot")
            .order_by("bin__code", "lot__expires_on", "pk")[:200]
        )
        serials = list(
            Serial.objects.filter(stock_item=stock)
            .select_related("bin")
            .order_by("bin__code", "number")[:200]
        )
        unnamed = sum(level.quantity for level in levels if level.lot_id is None) - len(serials)
        return {"levels": levels, "serials": serials, "unnamed": unnamed if stock.tracking != "NONE" else 0}


class MovementList(ListPage):
    """All movements of stock."""

    title = "Stock movements"
    permission = "cmms.view_stockmovement"
    queryset = StockMovement.objects.select_related(
        "stock_item__item__unit", "stock_item__storeroom", "work_order", "moved_by"
    )
    filterset_class = MovementFilter
    search_fields = (
        "stock_item__item__code",
        "stock_item__item__name",
        "work_order__number",
        "document_number",
    )
    search_hint = "Part, work order, document"
    default_sort = "-pk"
    columns = (
        Column("moved_at", "When", kind="datetime", sort="moved_at"),
        Column(
            "stock_item.item", "Part", phone="title", sort="stock_item__item__code",
            url=lambda row: stock_url(row.stock_item_id),
        ),
        Column("kind", "What", phone="pill", sort="kind"),
        Column("stock_item.storeroom.code", "Storeroom", sort="stock_item__storeroom__code"),
        Column("quantity", "Quantity", kind="quantity", unit="stock_item.item.unit.code", sort="quantity"),
        Column("quantity_after", "Then on hand", kind="quantity", phone="hidden", sort="quantity_after"),
        Column("value", "Value", kind="money", cost=True, sort="value"),
        Column(
            "work_order.number", "Work order", sort="work_order__number",
            url=lambda row: order_url(row.work_order_id) if row.work_order_id else "",
        ),
        Column("moved_by", "By", phone="hidden", sort="moved_by__last_name"),
    )  # fmt: skip
    empty_title = "No movements yet"
    empty_text = "Deliveries, issues, returns, transfers and counts are listed here."
