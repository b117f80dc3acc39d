"""Lots and serial numbers by their numbers: found, or entered as new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cmms.choices import SerialStatus, Tracking
from cmms.models import Lot, Serial, StockItem, StockMovement
from cmms.services.stock.places import Pieces
from core.errors import Conflict, RuleViolation
from core.history import bulk_create_with_history

MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class NamedPieces:
    """Pieces as somebody names them: so many in a bin, of a lot or with serial numbers."""

    quantity: Decimal
    bin_id: int | None = None
    lot_number: str = ""
    supplier_number: str = ""
    expires_on: date | None = None
    serial_numbers: Sequence[str] = ()


def check_whole(*, tracking: str, quantity: Decimal) -> None:
    """Raise RuleViolation for a part of a piece where pieces have serial numbers."""
    if tracking == Tracking.SERIAL and quantity != quantity.to_integral_value():
        raise RuleViolation("Pieces with serial numbers are counted whole.", field="quantity")


def pieces_of(*, movement: StockMovement, named: Sequence[NamedPieces], at: datetime) -> list[Pieces]:
    """What comes with a movement, its lots stored and its serial numbers ready to enter. Pieces not named stay so."""
    row = movement.stock_item
    check_whole(tracking=row.tracking, quantity=movement.quantity)
    found = resolve(row=row, named=named, document_number=movement.document_number, at=at)
    rest = movement.quantity - sum((each.quantity for each in found), Decimal(0))
    if rest > 0:
        found.append(Pieces(rest, row.bin_id))
    return found


def resolve(
    *, row: StockItem, named: Sequence[NamedPieces], document_number: str, at: datetime
) -> list[Pieces]:
    """Named pieces with their lots and serial numbers as rows; at most two statements of each kind.

    New lots are stored. Raises RuleViolation for names that the item's tracking does not want or has in stock.
    """
    lots = _lots(row, named, document_number, at) if row.tracking == Tracking.LOT else {}
    serials = _serials(row, named, document_number, at) if row.tracking == Tracking.SERIAL else {}
    found = []
    for each in named:
        if each.quantity <= 0:
            raise RuleViolation("The quantity must be greater than zero.", field="quantity")
        numbers = [serials[number.strip()] for number in each.serial_numbers] if serials else []
        lot = lots.get(each.lot_number.strip())
        lot_id = lot.pk if lot else None
        found.append(Pieces(each.quantity, each.bin_id or row.bin_id, lot_id, numbers))
    return found


def _lots(row: StockItem, named: Sequence[NamedPieces], document_number: str, at: datetime) -> dict[str, Lot]:
    by_number = {each.lot_number.strip(): each for each in named if each.lot_number.strip()}
    rows = Lot.objects.filter(item_id=row.item_id, number__in=by_number)
    known = {lot.number: lot for lot in rows}
    for number, lot in known.items():
        given = by_number[number].expires_on
        if given and lot.expires_on and given != lot.expires_on:
            raise Conflict(
                f"Lot {number} expires on {lot.expires_on:%d %b %Y}, not on {given:%d %b %Y}.",
                field="expires_on",
                remedy="Use another lot number for pieces of another date.",
            )
    new = [
        Lot(
            item_id=row.item_id, number=number, supplier_number=each.supplier_number.strip(),
            expires_on=each.expires_on, received_at=at, document_number=document_number,
        )
        for number, each in by_number.items()
        if number not in known
    ]  # fmt: skip
    for lot in new:
        lot.clean_fields(exclude=["item"])
    return known | {lot.number: lot for lot in bulk_create_with_history(new)}


def _serials(
    row: StockItem, named: Sequence[NamedPieces], document_number: str, at: datetime
) -> dict[str, Serial]:
    given = [(number.strip(), each) for each in named for number in each.serial_numbers]
    numbers = [number for number, _ in given]
    if len(numbers) > MOST_AT_ONCE:
        raise RuleViolation(f"Name at most {MOST_AT_ONCE} numbers at once.", field="serial_numbers")
    if any(not number for number in numbers) or len(set(numbers)) != len(numbers):
        raise RuleViolation("Each serial number stands once.", field="serial_numbers")
    known = {each.number: each for each in Serial.objects.filter(item_id=row.item_id, number__in=numbers)}
    for serial in known.values():
        if serial.status != SerialStatus.GONE:
            raise Conflict(
                f"{serial} is on the books already: {serial.get_status_display().lower()}.",
                field="serial_numbers",
            )
    for number, each in given:
        if number not in known:
            known[number] = Serial(
                item_id=row.item_id, number=number, status=SerialStatus.IN_STOCK, stock_item=row,
                supplier_number=each.supplier_number.strip(), expires_on=each.expires_on,
                received_at=at, document_number=document_number,
            )  # fmt: skip
            known[number].clean_fields(exclude=["item", "stock_item"])
    return known
