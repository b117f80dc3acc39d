"""How a need that the storeroom lacked is served later: from stock again, or bought for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from cmms.choices import SupplyState
from cmms.decisions.urgency import urgency
from cmms.models import PartsRequestLine
from cmms.services.reservations import locked_lines, promise, promises_kept, touched
from cmms.services.stock.balances import locked_balances, store
from core.commands import command
from core.history import Write, store_with_history, updated
from core.models import User

ZERO = Decimal(0)


@dataclass(frozen=True)
class SupplyUpdate:
    """How far the purchase of a need has come. `arrived`: all that came directly so far; None: not told."""

    request_line_id: int
    state: str
    document: str = ""
    expected_on: date | None = None
    arrived: Decimal | None = None


@command
def reserve_from_stock(
    *, request_line_ids: Sequence[int], actor: User | None, at: datetime
) -> list[PartsRequestLine]:
    """Promise to short lines what has become free in their storerooms, most urgent first; returns those that got some.

    Lines of finished work get nothing. A constant number of statements; no permission is asked.
    """
    if not request_line_ids:
        return []
    lines = soonest_first(lines=locked_lines(line_ids=request_line_ids))
    places = places_short(lines=lines)
    wanted = Q(item_id__in={item for item, _ in places}, storeroom_id__in={room for _, room in places})
    rows = locked_balances(wanted=wanted) if places else []
    promised = promise(lines=lines, balances={(row.item_id, row.storeroom_id): row for row in rows})
    if not promised:
        return []
    changed = [each.line for each in promised]
    store_with_history(promises_kept(promised=promised), updated(changed, ["quantity_reserved"]))
    store(rows=touched(promised=promised))
    return changed


def soonest_first(*, lines: Iterable[PartsRequestLine]) -> list[PartsRequestLine]:
    """Those that a storeroom serves, most urgent first: by priority of the work, then by the day of need."""
    stocked = [each for each in lines if each.is_stock_line]
    return sorted(stocked, key=_urgency)


def places_short(*, lines: Iterable[PartsRequestLine]) -> set[tuple[int, int]]:
    """Item and storeroom of those that still lack something."""
    return {
        (line.item_id, line.storeroom_id)
        for line in lines
        if line.item_id and line.storeroom_id and line.quantity_short > 0
    }


def _urgency(line: PartsRequestLine) -> tuple[int, date, int]:
    request = line.parts_request
    return urgency(request.work_order.priority, request.needed_on, line.pk)


@command
def record_supply(
    *,
    updates: Collection[SupplyUpdate],
    actor: User | None,
    at: datetime,
    locked: Iterable[PartsRequestLine] = (),
    beside: Write | None = None,
) -> list[PartsRequestLine]:
    """Note what purchasing tells of needs; returns the lines that changed. At most two statements.

    A direct arrival counts up to what the line still wants. Saying the same again writes nothing. `locked` are
    lines that the caller has locked in this transaction and not changed since: they are not read again.
    What the caller has to store `beside` the news goes into the same statement.
    """
    wanted = {each.request_line_id: each for each in updates}
    lines = {line.pk: line for line in locked if line.pk in wanted}
    if unread := wanted.keys() - lines.keys():
        rows = PartsRequestLine.objects.filter(pk__in=unread).order_by("pk")
        lines |= {line.pk: line for line in rows.select_for_update(no_key=True)}
    changed = [lines[pk] for pk in sorted(lines) if tell(line=lines[pk], update=wanted[pk], at=at)]
    store_with_history(beside, updated(changed, SUPPLY_FIELDS))
    return changed


SUPPLY_FIELDS = ["supply_state", "supply_document", "expected_on", "quantity_arrived", "arrived_at"]


def tell(*, line: PartsRequestLine, update: SupplyUpdate, at: datetime) -> bool:
    """Note on a locked line what purchasing tells of it, storing nothing; whether that is something new."""
    before = [getattr(line, name) for name in SUPPLY_FIELDS]
    line.supply_state = update.state
    line.supply_document = update.document[:40]
    line.expected_on = update.expected_on
    if update.arrived is not None:
        line.quantity_arrived = min(max(update.arrived, ZERO), line.quantity_short + line.quantity_arrived)
    if update.state not in {SupplyState.PARTLY_ARRIVED, SupplyState.ARRIVED}:
        line.arrived_at = None
    elif line.arrived_at is None or (before[0], before[3]) != (update.state, line.quantity_arrived):
        line.arrived_at = at
    return [getattr(line, name) for name in SUPPLY_FIELDS] != before
