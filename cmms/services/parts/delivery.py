"""A delivery for waiting work: into stock, promised to who waits for it, and told to them, at one go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from cmms.models import PartsRequestLine, StockMovement
from cmms.services.parts.supply import SUPPLY_FIELDS, SupplyUpdate, places_short, soonest_first, tell
from cmms.services.reservations import locked_lines, promise, promises_kept, touched
from cmms.services.stock.balances import store
from cmms.services.stock.receiving import StockReceiptInput, book_in
from core.commands import command
from core.history import store_with_history, updated
from core.models import User


@command
def take_delivery(
    *,
    lines: Sequence[StockReceiptInput],
    waiting: Collection[int],
    updates: Collection[SupplyUpdate],
    actor: User | None,
    at: datetime,
) -> list[StockMovement]:
    """Book deliveries as receive_stock does, then serve the `waiting` request lines as reserve_from_stock does, and
    note what purchasing tells (`updates`) as record_supply does; returns the new movements.

    Request lines are locked before balances, as everywhere. Seven statements at most for any number of lines, one
    more where an item is new to a storeroom. No permission is asked: the receipt itself was checked.
    """
    told = {each.request_line_id: each for each in updates}
    needs = _locked({*waiting, *told})
    served = soonest_first(lines=[line for line in needs if line.pk in set(waiting)])
    balances, movements, places = book_in(lines=lines, also=places_short(lines=served), actor=actor, at=at)
    promised = promise(lines=served, balances=balances)
    news = [line for line in needs if line.pk in told and tell(line=line, update=told[line.pk], at=at)]
    changed = {line.pk: line for line in (*news, *(each.line for each in promised))}
    store_with_history(
        promises_kept(promised=promised),
        updated([changed[pk] for pk in sorted(changed)], [*SUPPLY_FIELDS, "quantity_reserved"]),
    )
    moved = {each.stock_item_id: each.stock_item for each in movements}
    rows = moved | {row.pk: row for row in touched(promised=promised)}
    stored = store(rows=[rows[pk] for pk in sorted(rows)], movements=movements)
    places.store(actor=actor, at=at)
    return stored


def _locked(request_line_ids: Collection[int]) -> list[PartsRequestLine]:
    return locked_lines(line_ids=request_line_ids) if request_line_ids else []
