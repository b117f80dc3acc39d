"""Promises of stock: made and released under the lock of the balance, never twice for the same part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from cmms.choices import FINISHED
from cmms.models import PartsRequestLine, Reservation, StockItem
from core.errors import NotFound
from core.history import Write, added

ZERO = Decimal(0)


class Promise(NamedTuple):
    """So much of a balance for a line."""

    line: PartsRequestLine
    stock_item: StockItem
    quantity: Decimal


def locked_lines(*, line_ids: Iterable[int]) -> list[PartsRequestLine]:
    """Request lines by primary key, locked. Raises NotFound where one is missing."""
    wanted = set(line_ids)
    lines = _locked(Q(pk__in=wanted))
    if len(lines) != len(wanted):
        raise NotFound("That request line does not exist.", field="request_line_id")
    return lines


def locked_lines_of(*, parts_request_id: int) -> list[PartsRequestLine]:
    """All lines of a parts request by primary key, locked."""
    return _locked(Q(parts_request_id=parts_request_id))


def _locked(wanted: Q) -> list[PartsRequestLine]:
    rows = PartsRequestLine.objects.filter(wanted).select_related("item", "parts_request__work_order")
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def free(*, row: StockItem) -> Decimal:
    """On hand and promised to nobody."""
    return row.quantity_on_hand - row.quantity_reserved


def promise(
    *, lines: Sequence[PartsRequestLine], balances: Mapping[tuple[int, int], StockItem]
) -> list[Promise]:
    """Promise each line what its storeroom has free, first line first; changes lines and balances in memory."""
    promised: list[Promise] = []
    for line in lines:
        row = balances.get((line.item_id or 0, line.storeroom_id or 0))
        quantity = min(line.quantity_short, free(row=row)) if row else ZERO
        if row is not None and quantity > 0 and line.parts_request.work_order.status not in FINISHED:
            line.quantity_reserved += quantity
            row.quantity_reserved += quantity
            promised.append(Promise(line, row, quantity))
    return promised


def promises_kept(*, promised: Iterable[Promise]) -> Write | None:
    """The reservations that grow by what is promised, to be stored with the lines."""
    rows = [
        Reservation(request_line=line, stock_item=stock_item, quantity=quantity)
        for line, stock_item, quantity in promised
    ]
    return added(rows, "quantity", unique=["request_line", "stock_item"])


def held_reservations(*, lines: Sequence[PartsRequestLine]) -> list[Reservation]:
    """Open promises to these (locked) lines; one statement."""
    rows = Reservation.objects.filter(request_line__in=[line.pk for line in lines], quantity__gt=0)
    return list(rows.order_by("stock_item_id", "request_line_id"))


def touched(*, promised: Iterable[Promise]) -> list[StockItem]:
    """The balances behind these promises, each once."""
    return list({row.pk: row for _, row, _ in promised}.values())
