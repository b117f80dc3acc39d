"""What a count found missing or too much becomes movements, bin by bin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms.choices import MovementKind, SerialStatus, Tracking
from cmms.models import Serial, StockCount, StockCountLine, StockItem, StockMovement
from cmms.services.stock.balances import locked_balances, move, store
from cmms.services.stock.counting import adjustment_value
from cmms.services.stock.places import Pieces, Places
from core.display import quantity_text
from core.errors import Conflict, RuleViolation
from core.history import bulk_update_with_history
from core.models import User

ZERO = Decimal(0)


def post_differences(
    *, count: StockCount, lines: Sequence[StockCountLine], actor: User, at: datetime
) -> list[StockMovement]:
    """One adjustment per line that differs, once; a constant number of statements.

    Raises RuleViolation where pieces found missing are promised to work orders or have moved since.
    """
    differing = [line for line in lines if line.variance or _renumbered(line)]
    if not differing:
        return []
    rows = {
        row.pk: row for row in locked_balances(wanted=Q(pk__in=[each.stock_item_id for each in differing]))
    }
    places = Places(rows.values())
    began = [row for row in rows.values() if not row.is_detailed and _elsewhere(row, differing)]
    for row in began:
        places.begin(row)
    bulk_update_with_history(began, ["is_detailed"])
    known = _known_serials(differing, rows)
    movements: list[StockMovement] = []
    for line in differing:
        row = rows[line.stock_item_id]
        missing, extra = _numbers(line, row, places, known)
        difference = line.variance or ZERO
        movements += _adjust(count, line, row, places, (missing, extra), difference, actor, at)
    for row in rows.values():
        if row.quantity_on_hand < row.quantity_reserved:
            raise RuleViolation(
                f"{row.item}: {quantity_text(row.quantity_reserved)} are promised to work orders, but only "
                f"{quantity_text(row.quantity_on_hand)} would be left.",
                field="count_id",
                remedy="Cancel or move promises first.",
            )
    stored = store(rows=list(rows.values()), movements=movements)
    places.store(actor=actor, at=at)
    return stored


def _renumbered(line: StockCountLine) -> bool:
    return bool(line.serial_numbers)


def _elsewhere(row: StockItem, lines: Sequence[StockCountLine]) -> bool:
    """Whether pieces were found in a bin that is not the balance's own."""
    return any(line.stock_item_id == row.pk and line.variance and line.bin_id != row.bin_id for line in lines)


def _known_serials(
    lines: Sequence[StockCountLine], rows: dict[int, StockItem]
) -> dict[tuple[int, str], Serial]:
    numbers = {number for line in lines for number in line.serial_numbers}
    if not numbers:
        return {}
    found = Serial.objects.filter(number__in=numbers, item_id__in={row.item_id for row in rows.values()})
    return {(each.item_id, each.number): each for each in found}


def _numbers(
    line: StockCountLine, row: StockItem, places: Places, known: dict[tuple[int, str], Serial]
) -> tuple[list[Serial], list[Serial]]:
    """Serial numbers that are missing from the bin, and those found in it that the books have not there."""
    if row.tracking != Tracking.SERIAL or (line.counted_quantity and not line.serial_numbers):
        return [], []
    here = {each.number: each for each in places.serials[row.pk].values() if each.bin_id == line.bin_id}
    missing = [serial for number, serial in here.items() if number not in line.serial_numbers]
    extra = []
    for number in line.serial_numbers:
        if number in here:
            continue
        serial = known.get((row.item_id, number)) or Serial(
            item_id=row.item_id, number=number, status=SerialStatus.IN_STOCK, stock_item=row
        )
        if serial.pk and serial.status != SerialStatus.GONE:
            raise Conflict(
                f"{serial} was found in {row.storeroom}, but on the books it is "
                f"{serial.get_status_display().lower()} elsewhere.",
                field="serial_numbers",
                remedy="Book where it came from first: a return, a removal, a transfer or a move between bins.",
            )
        extra.append(serial)
    return missing, extra


def _adjust(
    count: StockCount, line: StockCountLine, row: StockItem, places: Places,
    numbers: tuple[list[Serial], list[Serial]], difference: Decimal, actor: User, at: datetime,
) -> list[StockMovement]:  # fmt: skip
    """The movement of one line; numbers that only change hands within the bin need none."""
    missing, extra = numbers
    key = (line.bin_id, line.lot_id)
    note = f"{count.number}: {count.reason}"
    out = min(len(missing), max(int(-difference), 0)) if row.tracking == Tracking.SERIAL else 0
    into = min(len(extra), max(int(difference), 0)) if row.tracking == Tracking.SERIAL else 0
    for serial in missing[out:]:
        places.forget(row, serial, note)
    movements = []
    if difference:
        if -difference > row.quantity_on_hand:
            raise RuleViolation(f"There is not that much of {row.item} any more.", field="count_id")
        movement = move(
            row=row, kind=MovementKind.ADJUSTMENT, quantity=difference,
            value=adjustment_value(row=row, difference=difference), source_key=f"count-line:{line.pk}",
            document_number=count.number, note=count.reason, actor=actor, at=at,
        )  # fmt: skip
        if difference > 0:
            places.put(movement, [Pieces(difference, *key, extra[:into])])
        elif row.is_detailed:
            places.lose(movement, missing[:out], key)
        movements.append(movement)
    for serial in extra[into:]:
        places.name(row, serial, line.bin_id, note)
    return movements
