"""Counts of the shelves: sheet, blind count, recount, approval by a second person, posting of what differs.

Work goes on meanwhile: each line is compared with the books at the moment it is counted, and the difference, not
the count, is posted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from cmms.choices import CountStatus, Tracking
from cmms.decisions.moving_average import average_cost
from cmms.models import (
    Bin,
    Lot,
    Serial,
    StockCount,
    StockCountLine,
    StockItem,
    StockLevel,
    Storeroom,
)
from cmms.services.stock.balances import ADJUST, balance_of, locked_balance
from cmms.services.stock.count_differences import post_differences
from cmms.services.stock.naming import check_whole
from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.history import bulk_create_with_history, update_with_history
from core.models import User
from core.money import round_money
from core.numbering import next_number

APPROVE = "cmms.approve_count"
MOST_LINES = 2000
ZERO = Decimal(0)
Place = tuple[int, int | None, int | None]  # stock item, bin, lot
ABC_CLASSES = ("A", "B", "C")


@command
def start_count(
    *,
    storeroom_id: int,
    actor: User,
    at: datetime,
    bin_ids: Collection[int] = (),
    abc_class: str = "",
    stock_item_ids: Collection[int] = (),
    not_counted_since: datetime | None = None,
) -> StockCount:
    """A sheet with every bin (and lot) of the shelves chosen; of the whole storeroom where nothing is chosen.

    Bins, ABC class, parts and `not_counted_since` narrow it together. A line that another open count holds is left
    out. Raises RuleViolation where nothing is left to count, or more than 2,000 lines.
    """
    require(actor, ADJUST)
    room = Storeroom.objects.filter(pk=storeroom_id).first()
    if room is None:
        raise NotFound("That storeroom does not exist.", field="storeroom_id")
    rows = StockItem.objects.filter(storeroom=room)
    if abc_class:
        rows = rows.filter(abc_class=abc_class)
    if stock_item_ids:
        rows = rows.filter(pk__in=stock_item_ids)
    if not_counted_since is not None:
        rows = rows.exclude(
            count_lines__count__status=CountStatus.POSTED, count_lines__counted_at__gte=not_counted_since
        )
    lines = _sheet(rows, set(bin_ids))
    if not lines:
        raise RuleViolation(
            "There is nothing to count in what you chose.", remedy="Or another open count has it already."
        )
    if len(lines) > MOST_LINES:
        raise RuleViolation(f"That is {len(lines)} lines; count at most {MOST_LINES} at once.")
    count = StockCount(
        number=next_number("SC"), created_at=at, created_by=actor, storeroom=room,
        scope=_scope(room, set(bin_ids), abc_class, stock_item_ids, not_counted_since),
    )  # fmt: skip
    count.save()
    for line in lines:
        line.count = count
    bulk_create_with_history(lines)
    return count


def _scope(
    room: Storeroom, bins: set[int], abc_class: str, parts: Collection[int], since: datetime | None
) -> str:
    words = [f"Class {abc_class}"] if abc_class else []
    if bins:
        codes = list(Bin.objects.filter(pk__in=bins).order_by("code").values_list("code", flat=True))
        words.append(f"bins {', '.join(codes[:12])}{' ...' if len(codes) > 12 else ''}")
    if parts:
        words.append("1 part" if len(parts) == 1 else f"{len(parts)} parts")
    if since is not None:
        words.append(f"not counted since {since:%d %b %Y}")
    text = ", ".join(words) or f"All of {room.code}"
    return (text[0].upper() + text[1:])[:200]


def _sheet(rows: Iterable[StockItem], bins: set[int]) -> list[StockCountLine]:
    """Lines by bin and part; those on an open count are left out."""
    items = {row.pk: row for row in rows}
    taken: set[Place] = set(
        StockCountLine.objects.filter(
            count__status__in=[CountStatus.OPEN, CountStatus.TO_APPROVE], stock_item__in=items
        ).values_list("stock_item", "bin", "lot")
    )
    wanted: list[Place] = [(pk, row.bin_id, None) for pk, row in items.items() if not row.is_detailed]
    levels = StockLevel.objects.filter(stock_item__in=items, quantity__gt=0).order_by("pk")
    held: list[Place] = list(levels.values_list("stock_item", "bin", "lot"))
    empty = items.keys() - {pk for pk, _, _ in [*wanted, *held]}
    wanted += [*held, *((pk, items[pk].bin_id, None) for pk in sorted(empty))]
    return [
        StockCountLine(stock_item=items[pk], bin_id=bin_id, lot_id=lot_id)
        for pk, bin_id, lot_id in wanted
        if (pk, bin_id, lot_id) not in taken and (not bins or bin_id in bins)
    ]


def _locked(count_id: int) -> StockCount:
    rows = StockCount.objects.select_for_update(of=("self",), no_key=True).filter(pk=count_id)
    count = rows.select_related("storeroom").first()
    if count is None:
        raise NotFound("There is no such count.", field="count_id")
    return count


@command
def record_count(
    *,
    count_line_id: int,
    actor: User,
    at: datetime,
    counted_quantity: Decimal | None = None,
    serial_numbers: Sequence[str] = (),
) -> StockCountLine:
    """Note what lies in a bin, against what the books say at this moment.

    A difference beyond the storeroom's tolerance asks for one recount, which then stands. Where pieces have serial
    numbers these are noted and counted; `counted_quantity` may be left out. Raises RuleViolation for a negative
    quantity, Conflict where the count is no longer open.
    """
    require(actor, ADJUST)
    found = StockCountLine.objects.filter(pk=count_line_id).first()
    if found is None:
        raise NotFound("That line is not on a count.", field="count_line_id")
    count = _locked(found.count_id)
    count.require(CountStatus.OPEN)
    row = locked_balance(stock_item_id=found.stock_item_id)
    line = StockCountLine.objects.select_for_update(of=("self",)).get(pk=count_line_id)
    line.count, line.stock_item = count, row
    numbers = list(dict.fromkeys(number.strip() for number in serial_numbers if number.strip()))
    quantity = (
        Decimal(len(numbers))
        if counted_quantity is None and row.tracking == Tracking.SERIAL
        else counted_quantity
    )
    if quantity is None or quantity < 0:
        raise RuleViolation("Enter what you counted; 0 where the bin is empty.", field="counted_quantity")
    check_whole(tracking=row.tracking, quantity=quantity)
    if row.tracking == Tracking.SERIAL and len(numbers) > quantity:
        raise RuleViolation("There are more serial numbers than pieces.", field="serial_numbers")
    if row.tracking == Tracking.SERIAL and quantity and not numbers and _numbered(line):
        raise RuleViolation("Note the serial numbers that you found.", field="serial_numbers")
    again = line.counted_quantity is not None
    line.first_quantity = line.counted_quantity if again else None
    line.book_quantity = _books(line, row)
    line.counted_quantity, line.serial_numbers = quantity, numbers
    line.unit_value = average_cost(balance_of(row=row))
    line.counted_at, line.counted_by = at, actor
    line.needs_recount = not again and _beyond_tolerance(line, count.storeroom)
    line.save()
    return line


def _numbered(line: StockCountLine) -> bool:
    return Serial.objects.filter(stock_item=line.stock_item_id, bin=line.bin_id).exists()


def _books(line: StockCountLine, row: StockItem) -> Decimal:
    if not row.is_detailed:
        return row.quantity_on_hand if line.bin_id == row.bin_id and line.lot_id is None else ZERO
    level = StockLevel.objects.filter(stock_item=row, bin=line.bin_id, lot=line.lot_id).first()
    return level.quantity if level else ZERO


def _beyond_tolerance(line: StockCountLine, room: Storeroom) -> bool:
    difference = abs(line.variance or ZERO)
    return difference * 100 > (line.book_quantity or ZERO) * room.count_tolerance_percent


@command
def add_count_line(
    *,
    count_id: int,
    stock_item_id: int,
    actor: User,
    at: datetime,
    bin_id: int | None = None,
    lot_number: str = "",
) -> StockCountLine:
    """A bin or lot that was found with a part in it and is not on the sheet. Raises Conflict where it is."""
    require(actor, ADJUST)
    count = _locked(count_id)
    count.require(CountStatus.OPEN)
    row = StockItem.objects.filter(pk=stock_item_id, storeroom=count.storeroom).first()
    if row is None:
        raise NotFound("That part is not kept in this storeroom.", field="stock_item_id")
    if bin_id is not None and not Bin.objects.filter(pk=bin_id, storeroom=count.storeroom).exists():
        raise NotFound("That bin is not in this storeroom.", field="bin_id")
    lot = Lot.objects.filter(item_id=row.item_id, number=lot_number.strip()).first() if lot_number else None
    if lot_number and lot is None:
        raise NotFound("This item has no lot of that number.", field="lot_number")
    if count.lines.filter(stock_item=row, bin=bin_id, lot=lot).exists():
        raise Conflict("This bin is on the count already.")
    line = StockCountLine(count=count, stock_item=row, bin_id=bin_id, lot=lot)
    line.save()
    return line


@command
def submit_count(*, count_id: int, reason: str, actor: User, at: datetime) -> StockCount:
    """All is counted: post what differs, or have it approved where it is worth more than the storeroom's limit.

    Raises RuleViolation while lines are uncounted or wait for a recount.
    """
    require(actor, ADJUST)
    count = _locked(count_id)
    count.require(CountStatus.OPEN)
    lines = list(count.lines.order_by("pk"))
    left = [line for line in lines if not line.is_counted]
    if left:
        again = sum(1 for line in left if line.needs_recount)
        raise RuleViolation(
            f"{len(left)} of {len(lines)} lines are still to be counted"
            + (f", {again} of them again." if again else "."),
            field="count_id",
        )
    differing = [line for line in lines if line.variance]
    if differing and not reason.strip():
        raise RuleViolation("Say why the shelves differ from the books.", field="reason")
    count.reason, count.submitted_at, count.submitted_by = reason.strip()[:100], at, actor
    worth = round_money(
        sum((abs(line.variance_value or ZERO) for line in lines), ZERO), settings.BASE_CURRENCY
    )
    limit = count.storeroom.count_approval_above
    if differing and limit is not None and worth > limit:
        count.advance(CountStatus.TO_APPROVE)
        count.save()
        return count
    return _post(count, lines, actor, at)


@command
def approve_count(*, count_id: int, actor: User, at: datetime, reason: str = "") -> StockCount:
    """A second person agrees to what differs; it is posted. Raises NotAllowed for who counted or submitted it."""
    require(actor, APPROVE)
    count = _locked(count_id)
    count.require(CountStatus.TO_APPROVE)
    lines = list(count.lines.order_by("pk"))
    if actor.pk in {count.submitted_by_id, *(line.counted_by_id for line in lines)}:
        raise NotAllowed(
            "You counted this yourself.", remedy="Somebody who did not count must approve the difference."
        )
    count.approved_by = actor
    return _post(count, lines, actor, at)


@command
def reopen_count(*, count_id: int, reason: str, actor: User, at: datetime) -> StockCount:
    """The second person wants it counted again: lines that differ are open for another count."""
    require(actor, APPROVE)
    if not reason.strip():
        raise RuleViolation("Say what is to be counted again.", field="reason")
    count = _locked(count_id)
    count.require(CountStatus.TO_APPROVE)
    count.advance(CountStatus.OPEN)
    count.submitted_at = count.submitted_by = None
    count.save()
    for line in count.lines.order_by("pk"):
        if line.variance:
            line.needs_recount = True
            line.save()
    return count


@command
def cancel_count(*, count_id: int, reason: str, actor: User, at: datetime) -> StockCount:
    """Give a count up; nothing is posted."""
    require(actor, ADJUST)
    if not reason.strip():
        raise RuleViolation("Say why it is given up.", field="reason")
    count = _locked(count_id)
    count.advance(CountStatus.CANCELLED)
    count.reason = reason.strip()[:100]
    count.save()
    return count


def _post(count: StockCount, lines: Sequence[StockCountLine], actor: User, at: datetime) -> StockCount:
    post_differences(count=count, lines=lines, actor=actor, at=at)
    count.advance(CountStatus.POSTED)
    count.posted_at = at
    update_with_history(count, "status", "posted_at", "reason", "submitted_at", "submitted_by", "approved_by")
    return count
