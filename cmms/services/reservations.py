"""Promises of stock: made and released under the lock of the balance, never twice for the same part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from cmms.choices import FINISHED
from cmms.models import PartsRequestLine, Reservation, StockItem
from core.errors import NotFound
from core.history import bulk_create_with_history, bulk_update_with_history

ZERO = Decimal(0)


class Promise(NamedTuple):
    """So much of a balance for a line; as a change it may be negative."""

    line: PartsRequestLine
    stock_item: StockItem
    quantity: Decimal


def locked_lines(*, line_ids: Iterable[int]) -> list[PartsRequestLine]:
    """Request lines by primary key, locked. Raises NotFound where one is missing."""
    wanted = set(line_ids)
    lines = list(
        PartsRequestLine.objects.filter(pk__in=wanted)
        .select_related("item", "parts_request__work_order", "storeroom")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if len(lines) != len(wanted):
        raise NotFound("That request line does not exist.", field="request_line_id")
    return lines


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


def store_promises(*, changes: Sequence[Promise], new_lines: bool = False) -> None:
    """Add the signed `changes` to the stored reservations. `new_lines`: none can exist yet, so none is read."""
    if not changes:
        return
    stored: dict[tuple[int, int], Reservation] = {}
    if not new_lines:
        rows = Reservation.objects.filter(request_line__in=[each.line.pk for each in changes])
        stored = {(row.request_line_id, row.stock_item_id): row for row in rows.order_by("pk")}
    created: list[Reservation] = []
    changed: list[Reservation] = []
    for line, stock_item, quantity in changes:
        row = stored.get((line.pk, stock_item.pk))
        if row is None:
            created.append(Reservation(request_line=line, stock_item=stock_item, quantity=quantity))
        else:
            row.quantity += quantity
            changed.append(row)
    bulk_create_with_history(created)
    bulk_update_with_history(changed, ["quantity"])


def held_reservations(*, lines: Sequence[PartsRequestLine]) -> list[Reservation]:
    """Open promises to these (locked) lines; one statement."""
    rows = Reservation.objects.filter(request_line__in=[line.pk for line in lines], quantity__gt=0)
    return list(rows.order_by("stock_item_id", "request_line_id"))


def touched(*, promised: Iterable[Promise]) -> list[StockItem]:
    """The balances behind these promises, each once."""
    return list({row.pk: row for _, row, _ in promised}.values())
