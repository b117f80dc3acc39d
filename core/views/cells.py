"""Columns of a list: where a value comes from and how it is written on the page and in the export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from core.display import NO_DATA, money_text, price_text, quantity_text, tone_of

NUMERIC = frozenset({"money", "price", "quantity", "number"})
DATES = frozenset({"date", "datetime"})
WAYS = {
    **dict.fromkeys(NUMERIC, ("lowest first", "highest first")),
    **dict.fromkeys(DATES, ("earliest first", "latest first")),
    "bool": ("no first", "yes first"),
}


@dataclass(frozen=True)
class Column:
    """One column. `value`: a dotted path ('supplier.name') or a function of the row.

    `kind`: text, link, money, price, quantity, number, date, datetime, status, bool. `sort`: the field it
    sorts by. `phone`: its place on a phone's card: title, pill, text (a line without label), meta or hidden.
    `cost`: only for who may see costs. `currency`, `unit`: paths to them. `url_name` is reversed with the
    row's key, or `url` is a function of the row.
    """

    value: str | Callable[[Any], Any]
    label: str
    kind: str = "text"
    sort: str = ""
    phone: str = "meta"
    cost: bool = False
    currency: str = ""
    unit: str = ""
    url_name: str = ""
    url: Callable[[Any], str] | None = None
    key: str = ""

    @property
    def css(self) -> str:
        """Classes of its cells."""
        return f"{'num ' if self.kind in NUMERIC else ''}on-phone-{self.phone}"


@dataclass(frozen=True)
class Cell:
    """What the table shows in one place."""

    column: Column
    html: str
    url: str = ""
    is_empty: bool = False

    @property
    def css(self) -> str:
        """Classes of this cell."""
        date = " is-date" if self.column.kind in DATES else ""
        return f"{self.column.css}{date}{' is-empty' if self.is_empty else ''}"


def follow(row: Any, path: str) -> Any:
    """The value at a dotted path; None where a step on the way is empty. Methods are called."""
    value: Any = row
    for step in path.split("."):
        if value is None:
            return None
        value = getattr(value, step)
        if callable(value) and not isinstance(value, Model):
            value = value()
    return value


def raw_value(row: Any, column: Column) -> Any:
    """The value of a column in a row."""
    return column.value(row) if callable(column.value) else follow(row, column.value)


def _label(row: Any, column: Column, value: Any) -> str:
    """The words of a choice, where the value is one."""
    if isinstance(column.value, str):
        *way, last = column.value.split(".")
        owner = follow(row, ".".join(way)) if way else row
        display = getattr(owner, f"get_{last}_display", None)
        if display is not None:
            return str(display())
    return str(getattr(value, "label", value)).replace("_", " ")


def plain_value(row: Any, column: Column) -> Any:
    """The value for an export: figures as figures, choices in words."""
    value = raw_value(row, column)
    if value is None:
        return ""
    if column.kind == "status":
        return _label(row, column, value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if column.kind in NUMERIC else _label(row, column, value)


def sort_choices(columns: Sequence[Column], default: str) -> list[tuple[str, str]]:
    """What a list can be sorted by, in words; the default's value is empty, so that addresses stay short."""
    found = []
    for column in columns:
        words = ("oldest first", "newest first") if column.sort == "number" else ("A to Z", "Z to A")
        up, down = WAYS.get(column.kind, words)
        for key, way in ((column.sort, up), (f"-{column.sort}", down)) if column.sort else ():
            found.append(("" if key == default else key, f"{column.label}: {way}"))
    return found if any(not value for value, _ in found) else [("", "Usual order"), *found]


def render_cell(row: Any, column: Column) -> Cell:
    """The value as the page shows it."""
    value = raw_value(row, column)
    url = (
        column.url(row) if column.url else reverse(column.url_name, args=[row.pk]) if column.url_name else ""
    )
    if value is None or value == "":
        return Cell(column, NO_DATA, url, is_empty=True)
    return Cell(column, _html(row, column, value), url)


def _html(row: Any, column: Column, value: Any) -> str:
    if column.kind in {"money", "price"}:
        currency = str(follow(row, column.currency) or "") if column.currency else ""
        text = (money_text if column.kind == "money" else price_text)(value, currency)
        return format_html('{} <span class="currency">{}</span>', text, currency)
    if column.kind in {"quantity", "number"}:
        return quantity_text(value, str(follow(row, column.unit) or "") if column.unit else "")
    if column.kind == "status":
        return format_html(
            '<span class="pill pill-{}">{}</span>', tone_of(str(value)), _label(row, column, value)
        )
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j M Y H:i")
    if isinstance(value, date):
        return date_format(value, "j M Y")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return _label(row, column, value)
