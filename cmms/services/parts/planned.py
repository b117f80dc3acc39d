"""Parts of planned work: asked for when its orders are made, for any number of orders at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from cmms import events
from cmms.choices import RequestLineKind
from cmms.models import PartsRequest, PartsRequestLine, StockItem, Storeroom, WorkOrder
from cmms.services.parts.requesting import REQUEST
from cmms.services.reservations import free, promise, promises_kept, touched
from cmms.services.stock.balances import locked_balances, store
from core.access import require
from core.commands import command
from core.history import bulk_create_with_history, store_with_history
from core.models import Item, User
from core.numbering import next_numbers

ZERO = Decimal(0)


@dataclass(frozen=True)
class PlannedNeed:
    """So much of an item, in its own unit; cost per unit in the base currency, None is not known."""

    item: Item
    quantity: Decimal
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class PlannedRequest:
    """What one new work order needs, and by when."""

    order: WorkOrder
    needs: Sequence[PlannedNeed]
    needed_on: date
    note: str = ""


@command
def request_planned_parts(
    *, requests: Sequence[PlannedRequest], actor: User, at: datetime
) -> list[PartsRequest]:
    """One parts request per order, earliest need first; what a storeroom of its site has free is promised.

    A constant number of statements. Announces parts_short once for all lines that are short.
    """
    require(actor, REQUEST)
    wanted = sorted(
        (each for each in requests if each.needs), key=lambda each: (each.needed_on, each.order.pk)
    )
    if not wanted:
        return []
    made = [
        PartsRequest(
            number=number, created_at=at, created_by=actor, work_order=each.order, requested_by=actor,
            needed_on=each.needed_on, note=each.note[:300],
        )
        for number, each in zip(next_numbers("MR", len(wanted)), wanted, strict=True)
    ]  # fmt: skip
    bulk_create_with_history(made)
    lines = [line for request, each in zip(made, wanted, strict=True) for line in _lines(request, each)]
    balances = _choose_storerooms(lines)
    promised = promise(lines=lines, balances=balances)
    for line in lines:
        line.short_at_request = line.quantity_short if line.is_stock_line else ZERO
    bulk_create_with_history(lines)
    store_with_history(promises_kept(promised=promised))
    store(rows=touched(promised=promised))
    short = [line.pk for line in lines if line.quantity_short > 0]
    if short:
        events.parts_short.send(sender=PartsRequestLine, request_line_ids=short, actor=actor, at=at)
    return made


def _lines(request: PartsRequest, wanted: PlannedRequest) -> list[PartsRequestLine]:
    return [
        PartsRequestLine(
            parts_request=request, line_number=number, kind=RequestLineKind.ITEM, item=need.item,
            unit=need.item.unit, quantity=need.quantity, description=need.item.name,
            estimated_unit_cost=need.unit_cost,
        )
        for number, need in enumerate(wanted.needs, start=1)
    ]  # fmt: skip


def _choose_storerooms(lines: Sequence[PartsRequestLine]) -> Mapping[tuple[int, int], StockItem]:
    """The storeroom of the order's site with most of the item free, else its first; two statements."""
    stocked = [line for line in lines if line.is_stock_line]
    if not stocked:
        return {}
    sites = {line.parts_request.work_order.site_id for line in stocked}
    rooms: dict[int, list[int]] = {}
    for room in Storeroom.objects.filter(site_id__in=sites, is_active=True).order_by("code"):
        rooms.setdefault(room.site_id, []).append(room.pk)
    known = [pk for each in rooms.values() for pk in each]
    held = locked_balances(wanted=Q(item_id__in={line.item_id for line in stocked}, storeroom_id__in=known))
    balances = {(row.item_id, row.storeroom_id): row for row in held}
    for line in stocked:
        own = rooms.get(line.parts_request.work_order.site_id, [])
        best = max(
            (balances[line.item_id or 0, pk] for pk in own if (line.item_id, pk) in balances),
            key=lambda row: free(row=row),
            default=None,
        )
        line.storeroom_id = best.storeroom_id if best else next(iter(own), None)
    return balances
