"""What the stores are worth, what does not move, what was missing."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date

from cmms.choices import RequestLineKind
from cmms.filters import StockFilter
from cmms.forms.store_filters import StockOutFilter
from cmms.models import PartsRequestLine, StockItem, Storeroom
from cmms.selectors.stock_reports import StockValue, not_used_since, stock_out_rate, stock_value
from cmms.views.bases import order_url
from cmms.views.stock import StockList
from core.access import VIEW_COSTS
from core.spreadsheets import XLSX, workbook
from core.views.lists import Column, ListPage, guarded
from core.views.pages import Page

SLOW_DAYS = (180, 365, 730)


class StockValuePage(Page):
    """The value of the stores at the end of a day: the sum of all movements until then."""

    title = "Stock value"
    permission = VIEW_COSTS
    template_name = "cmms/stock_value.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or its rows for a spreadsheet."""
        if request.GET.get("export") in {"csv", "xlsx"}:
            return self._export(request.GET["export"])
        return self.render()

    @property
    def day(self) -> date:
        """The day asked for, else today."""
        try:
            found = parse_date(self.request.GET.get("on", ""))
        except ValueError:
            found = None
        return found or timezone.localdate(self.at)

    @property
    def chosen(self) -> str:
        """The storeroom asked for."""
        asked = self.request.GET.get("storeroom", "")
        return asked if asked.isascii() and asked.isdigit() and len(asked) < 10 else ""

    def value(self) -> StockValue:
        """The figures."""
        until = timezone.make_aware(datetime.combine(self.day + timedelta(days=1), time.min))
        return stock_value(until=until, storeroom_id=int(self.chosen) if self.chosen else None)

    def extra_context(self) -> dict[str, Any]:
        """The figures and what they can be narrowed by."""
        return {
            "value": self.value(),
            "day": self.day,
            "chosen": self.chosen,
            "storerooms": list(Storeroom.objects.order_by("code")),
            "currency": settings.BASE_CURRENCY,
        }

    def _export(self, kind: str) -> HttpResponseBase:
        value = self.value()
        lines: list[list[Any]] = [["Storeroom", "Family", "Parts", f"Value {settings.BASE_CURRENCY}"]]
        lines += [[row.storeroom, row.category, row.items, row.value] for row in value.rows]
        lines += [["In transit", "", "", value.in_transit], ["Total", "", "", value.total]]
        name = f"stock-value-{self.day}"
        if kind == "xlsx":
            return FileResponse(
                workbook(self.title, lines), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
            )
        text = io.StringIO("\ufeff")
        text.seek(0, io.SEEK_END)
        csv.writer(text).writerows([[guarded(cell) for cell in line] for line in lines])
        response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response


class SlowMovers(ListPage):
    """Stock that nobody uses."""

    title = "Slow movers"
    permission = "cmms.view_stockitem"
    template_name = "cmms/slow_movers.html"
    filterset_class = StockFilter
    search_fields = StockList.search_fields
    search_hint = StockList.search_hint
    default_sort = "-value"
    columns = (
        Column("item.code", "Part", kind="link", url_name="cmms:stock-item", sort="item__code"),
        Column(
            "item.name", "Name", kind="link", url_name="cmms:stock-item", phone="title", sort="item__name"
        ),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column(
            "quantity_on_hand", "On hand", kind="quantity", unit="item.unit.code", sort="quantity_on_hand"
        ),
        Column("last_use", "Last used", kind="date", sort="last_use"),
        Column("last_receipt", "Last came in", kind="date", sort="last_receipt"),
        Column("value", "Value", kind="money", cost=True, sort="value"),
    )
    empty_title = "Everything moves"
    empty_text = "Parts that lie in store and were not used for so long are listed here."

    @property
    def days(self) -> int:
        """For how long."""
        asked = self.request.GET.get("days", "")
        return int(asked) if asked.isascii() and asked.isdigit() and int(asked) in SLOW_DAYS else SLOW_DAYS[1]

    def get_queryset(self) -> Any:
        """Not used for so long."""
        rows = StockItem.objects.with_available().select_related("item__unit", "storeroom")
        return not_used_since(rows, self.at - timedelta(days=self.days))

    def extra_context(self) -> dict[str, Any]:
        """The choices."""
        return {"days": self.days, "choices": SLOW_DAYS}


class StockOuts(ListPage):
    """Needs of stocked parts that the store could not fill when they were asked for."""

    title = "Stock-outs"
    permission = "cmms.view_partsrequestline"
    template_name = "cmms/stock_outs.html"
    filterset_class = StockOutFilter
    search_fields = ("item__code", "item__name", "parts_request__work_order__number")
    search_hint = "Part, work order"
    default_sort = "-pk"
    columns = (
        Column("item", "Part", phone="title", sort="item__code"),
        Column("short_at_request", "Missing", kind="quantity", unit="unit.code", sort="short_at_request", phone="pill"),
        Column("quantity", "Asked for", kind="quantity", sort="quantity"),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column("parts_request.created_at", "Asked", kind="datetime", sort="parts_request__created_at"),
        Column("parts_request.work_order", "Work order", sort="parts_request__work_order__number",
               url=lambda row: order_url(row.parts_request.work_order_id)),
        Column("supply_document", "Bought with", phone="text"),
    )  # fmt: skip
    empty_title = "No stock-out"
    empty_text = "Every stocked part that was asked for was there."

    def get_queryset(self) -> Any:
        """All needs of stocked parts; the page shows those that were short."""
        return PartsRequestLine.objects.filter(
            kind=RequestLineKind.ITEM, item__is_stocked=True
        ).select_related("item", "unit", "storeroom", "parts_request__work_order")

    def rows(self) -> Any:
        """Those that were short; the rate is of all that match the filters."""
        asked = super().rows()
        self.rate = stock_out_rate(asked)
        return asked.filter(short_at_request__gt=0)

    def extra_context(self) -> dict[str, Any]:
        """The rate."""
        return {"rate": self.rate}
