"""Deliveries into stock and back to the supplier, many lines at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms.choices import MovementKind, Tracking
from cmms.decisions.moving_average import value_sent_back
from cmms.models import StockItem, StockMovement
from cmms.services.stock.balances import balance_of, locked_balances, move, store
from cmms.services.stock.naming import NamedPieces, pieces_of
from cmms.services.stock.places import Places
from core.commands import command
from core.display import quantity_text
from core.errors import RuleViolation
from core.history import created, store_with_history
from core.models import User

Place = tuple[int, int]  # item, storeroom
QUANTITY_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class StockReceiptInput:
    """One delivered line: quantity in the item's unit, value of all of it in the base currency.

    `source_key` names the outside fact (e.g. 'receipt-line:17'); it is booked once only. `pieces` are its lots,
    serial numbers and bins where they are known already; else they are named when it is put away.
    """

    item_id: int
    storeroom_id: int
    quantity: Decimal
    value: Decimal
    source_key: str
    document_number: str = ""
    pieces: Sequence[NamedPieces] = ()

    @property
    def place(self) -> Place:
        return self.item_id, self.storeroom_id


@command
def receive_stock(
    *, lines: Sequence[StockReceiptInput], actor: User | None, at: datetime
) -> list[StockMovement]:
    """Book deliveries into stock at their value; returns the new movements.

    Lines already booked (by source key) are skipped. Four statements for any number of lines; one more where
    an item is new to a storeroom. No permission is asked: the receipt itself was checked.
    """
    return _book(lines, MovementKind.RECEIPT, actor, at)


def book_in(
    *, lines: Sequence[StockReceiptInput], actor: User | None, at: datetime, also: Iterable[Place] = ()
) -> tuple[dict[Place, StockItem], list[StockMovement], Places]:
    """The same in memory: the locked balances of these places and of those named `also`, the new movements, and
    their bins, to be stored after them.
    """
    balances = _balances({line.place for line in lines}, create=True, also=also)
    places = Places(balances.values())
    return balances, _movements(lines, balances, places, MovementKind.RECEIPT, actor, at), places


@command
def return_stock(
    *, lines: Sequence[StockReceiptInput], actor: User | None, at: datetime
) -> list[StockMovement]:
    """Take goods out of stock that go back to the supplier; quantities and values may carry either sign.

    They leave at the value given, never at more than the balance is worth, and the last unit takes what is left
    of it. Raises RuleViolation where they are no longer on hand or are promised to work orders.
    """
    return _book(lines, MovementKind.RECEIPT_RETURN, actor, at)


def _book(
    lines: Sequence[StockReceiptInput], kind: MovementKind, actor: User | None, at: datetime
) -> list[StockMovement]:
    if not lines:
        return []
    balances = _balances({line.place for line in lines}, create=kind == MovementKind.RECEIPT)
    places = Places(balances.values())
    movements = _movements(lines, balances, places, kind, actor, at)
    if not movements:
        return []
    touched = {movement.stock_item_id: movement.stock_item for movement in movements}
    stored = store(rows=list(touched.values()), movements=movements)
    places.store(actor=actor, at=at)
    return stored


def _movements(
    lines: Sequence[StockReceiptInput],
    balances: dict[Place, StockItem],
    places: Places,
    kind: MovementKind,
    actor: User | None,
    at: datetime,
) -> list[StockMovement]:
    """What is not booked yet, taken into the locked balances."""
    # Asked after the locks: a second delivery of the same lines waits for the first, then finds them here.
    keys = [line.source_key for line in lines if line.source_key]
    booked = set(
        StockMovement.objects.filter(source_key__in=keys).values_list("source_key", flat=True) if keys else ()
    )
    movements: list[StockMovement] = []
    for line in lines:
        if line.source_key in booked:
            continue
        booked.update({line.source_key} - {""})
        movement = _movement(line, kind, balances.get(line.place), actor, at)
        movements.append(movement)
        if movement.quantity < 0:
            places.take(movement)
        elif movement.stock_item.is_detailed:
            places.put(movement, pieces_of(movement=movement, named=line.pieces, at=at))
    return movements


def _movement(
    line: StockReceiptInput, kind: MovementKind, row: StockItem | None, actor: User | None, at: datetime
) -> StockMovement:
    if not line.quantity.quantize(QUANTITY_PLACES):
        raise RuleViolation("The quantity must not be zero.", field="quantity")
    quantity, value = abs(line.quantity).quantize(QUANTITY_PLACES), abs(line.value)
    if kind == MovementKind.RECEIPT_RETURN:
        if row is None:
            raise RuleViolation("These goods are not in stock.", field="quantity")
        _require_free(row, quantity)
        value = -value_sent_back(balance_of(row=row), quantity, value)
        quantity = -quantity
    assert row is not None  # created above
    return move(
        row=row, kind=kind, quantity=quantity, value=value, actor=actor, at=at,
        source_key=line.source_key, document_number=line.document_number,
    )  # fmt: skip


def _require_free(row: StockItem, quantity: Decimal) -> None:
    free = row.quantity_on_hand - row.quantity_reserved
    if quantity > free:
        raise RuleViolation(
            f"Only {quantity_text(free)} of {row.item} in {row.storeroom} can go back: "
            f"{quantity_text(row.quantity_on_hand)} on hand, {quantity_text(row.quantity_reserved)} promised.",
            field="quantity",
            remedy="Cancel the promise on the parts request first, or return fewer.",
        )


def _balances(places: set[Place], *, create: bool, also: Iterable[Place] = ()) -> dict[Place, StockItem]:
    """Locked balances of these places and of those named `also`; missing ones of the former are created empty."""
    wanted = places | set(also)
    rows = _locked(wanted)
    found = {(row.item_id, row.storeroom_id): row for row in rows}
    missing = places - found.keys()
    if missing and create:
        tracked = {row.item_id: row.tracking for row in rows if row.tracking != Tracking.NONE}
        empty = [
            StockItem(
                item_id=item, storeroom_id=storeroom,
                tracking=tracked.get(item, Tracking.NONE), is_detailed=item in tracked,
            )
            for item, storeroom in sorted(missing)
        ]  # fmt: skip
        store_with_history(created(empty, unless_there=True))
        if any(row.pk is None for row in empty):  # somebody else created one and was waited for
            empty = _locked(wanted)
        found |= {(row.item_id, row.storeroom_id): row for row in empty}
    return {place: row for place, row in found.items() if place in wanted}


def _locked(places: set[Place]) -> list[StockItem]:
    """The balances of these places, and of tracked items in all storerooms: what is new there is tracked alike."""
    items = {item for item, _ in places}
    here = Q(item_id__in=items, storeroom_id__in={room for _, room in places})
    return locked_balances(wanted=here | (Q(item_id__in=items) & ~Q(tracking=Tracking.NONE)))
