"""From one storeroom to another: sent, on the way and still ours, received; undone by movements of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum

from cmms.choices import MovementKind, Tracking, TransferStatus
from cmms.decisions.moving_average import value_of_part, value_of_return, value_sent_back
from cmms.models import (
    Serial,
    StockItem,
    StockMovement,
    StockPlacement,
    StockTransfer,
    StockTransferLine,
    Storeroom,
)
from cmms.services.stock.balances import ISSUE, balance_of, locked_balances, move, store
from cmms.services.stock.places import Pick, Pieces, Places
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history, update_with_history
from core.models import User
from core.numbering import next_number

RECEIVE = "cmms.receive_stock"
ZERO = Decimal(0)


@dataclass(frozen=True)
class TransferInput:
    """So much of a balance goes; `picks` where the pieces were chosen."""

    stock_item_id: int
    quantity: Decimal
    picks: Sequence[Pick] = ()


@command
def send_transfer(
    *, to_storeroom_id: int, lines: Sequence[TransferInput], actor: User, at: datetime, reason: str = ""
) -> StockTransfer:
    """Goods leave a storeroom for another, at their average cost; until they are received they are in transit.

    Any number of lines takes a constant number of statements. Raises RuleViolation for more than is free, lines
    of several storerooms, or the same storeroom.
    """
    require(actor, ISSUE)
    if not lines or len({each.stock_item_id for each in lines}) != len(lines):
        raise RuleViolation("Name each part once.", field="lines")
    rows = {row.pk: row for row in locked_balances(wanted=Q(pk__in=[each.stock_item_id for each in lines]))}
    if len(rows) != len(lines):
        raise NotFound("That balance does not exist.", field="stock_item_id")
    source = _one_storeroom(rows.values())
    target = Storeroom.objects.filter(pk=to_storeroom_id).first()
    if target is None:
        raise NotFound("That storeroom does not exist.", field="to_storeroom_id")
    if target.pk == source.pk:
        raise RuleViolation("Choose another storeroom.", field="to_storeroom_id")
    transfer = StockTransfer(
        number=next_number("TR"), created_at=at, created_by=actor, from_storeroom=source, to_storeroom=target,
        reason=reason.strip()[:200],
    )  # fmt: skip
    transfer.save()
    sent = [_line(transfer, rows[each.stock_item_id], each.quantity) for each in lines]
    bulk_create_with_history(sent)
    places = Places(rows.values())
    movements = []
    for line, given in zip(sent, lines, strict=True):
        out = _moved(line, rows[given.stock_item_id], -line.quantity, -line.value, actor, at)
        places.take(out, given.picks)
        movements.append(out)
    store(rows=list(rows.values()), movements=movements)
    places.store(actor=actor, at=at)
    return transfer


def _one_storeroom(rows: Iterable[StockItem]) -> Storeroom:
    rooms = {row.storeroom_id: row.storeroom for row in rows}
    if len(rooms) != 1:
        raise RuleViolation("A transfer leaves one storeroom.", field="lines")
    return next(iter(rooms.values()))


def _line(transfer: StockTransfer, row: StockItem, quantity: Decimal) -> StockTransferLine:
    free = row.quantity_on_hand - row.quantity_reserved
    if quantity <= 0 or quantity > free:
        raise RuleViolation(f"{quantity_text(free)} of {row.item} can be moved.", field="quantity")
    value = value_of_part(balance_of(row=row), quantity, settings.BASE_CURRENCY)
    return StockTransferLine(transfer=transfer, stock_item=row, quantity=quantity, value=value)


def _moved(
    line: StockTransferLine, row: StockItem, quantity: Decimal, value: Decimal, actor: User, at: datetime,
    reverses: StockMovement | None = None,
) -> StockMovement:  # fmt: skip
    transfer = line.transfer
    movement = move(
        row=row,
        kind=MovementKind.TRANSFER_OUT if quantity < 0 else MovementKind.TRANSFER_IN,
        quantity=quantity, value=value, document_number=transfer.number, note=transfer.reason,
        reverses=reverses, actor=actor, at=at,
    )  # fmt: skip
    movement.transfer_line = line
    return movement


@command
def receive_transfer(
    *,
    transfer_id: int,
    actor: User,
    at: datetime,
    quantities: Mapping[int, Decimal] | None = None,
    bins: Mapping[int, int] | None = None,
) -> StockTransfer:
    """Book what arrived, by transfer line; without `quantities` all that is on the way. `bins` to put it in.

    What does not arrive stays in transit until it does, or the transfer is undone. Parts of a line bring their
    share of its value, the last part the rest. Raises RuleViolation for more than is on the way.
    """
    require(actor, RECEIVE)
    transfer, lines = _locked(transfer_id)
    transfer.require(TransferStatus.SENT)
    wanted = {line.pk: line.quantity_in_transit for line in lines} if quantities is None else dict(quantities)
    if not wanted.keys() <= {line.pk for line in lines}:
        raise NotFound("This line is not on the transfer.", field="lines")
    arriving = [line for line in lines if wanted.get(line.pk)]
    if not arriving:
        raise RuleViolation("Enter what arrived.", field="lines")
    rows = _rows_in(transfer.to_storeroom, arriving)
    places = Places(rows.values())
    coming = _OnTheWay(arriving)
    movements = []
    for line in arriving:
        row, quantity = rows[line.stock_item.item_id], wanted[line.pk]
        value = _arrive(line, quantity)
        movement = _moved(line, row, quantity, value, actor, at)
        places.put(movement, coming.part(line, (bins or {}).get(line.pk) or row.bin_id, quantity))
        movements.append(movement)
    bulk_update_with_history(arriving, ["quantity_received", "value_received"])
    store(rows=list(rows.values()), movements=movements)
    places.store(actor=actor, at=at)
    if not any(line.quantity_in_transit for line in lines):
        transfer.advance(TransferStatus.RECEIVED)
        transfer.received_at, transfer.received_by = at, actor
        update_with_history(transfer, "status", "received_at", "received_by")
    return transfer


def _locked(transfer_id: int) -> tuple[StockTransfer, list[StockTransferLine]]:
    rows = StockTransfer.objects.select_for_update(of=("self",), no_key=True).filter(pk=transfer_id)
    transfer = rows.select_related("from_storeroom", "to_storeroom").first()
    if transfer is None:
        raise NotFound("There is no such transfer.", field="transfer_id")
    lines = list(transfer.lines.select_related("stock_item__item", "stock_item__storeroom").order_by("pk"))
    for line in lines:
        line.transfer = transfer
    return transfer, lines


def _arrive(line: StockTransferLine, quantity: Decimal) -> Decimal:
    if quantity <= 0 or quantity > line.quantity_in_transit:
        raise RuleViolation(
            f"{quantity_text(line.quantity_in_transit)} of {line.stock_item.item} are on the way.",
            field="quantity",
        )
    currency = settings.BASE_CURRENCY
    value = value_of_return(line.value, line.quantity, line.quantity_received, quantity, currency)
    line.quantity_received += quantity
    line.value_received += value
    return value


def _rows_in(room: Storeroom, lines: Sequence[StockTransferLine]) -> dict[int, StockItem]:
    """Locked balances of the lines' items in a storeroom; new ones track as the sending ones do."""
    items = {line.stock_item.item_id: line.stock_item for line in lines}
    wanted = Q(item_id__in=items, storeroom=room)
    missing = items.keys() - set(StockItem.objects.filter(wanted).values_list("item_id", flat=True))
    if missing:
        # One creator at a time per storeroom.
        Storeroom.objects.select_for_update(no_key=True).get(pk=room.pk)
        missing -= set(StockItem.objects.filter(wanted).values_list("item_id", flat=True))
        bulk_create_with_history(
            [
                StockItem(
                    item_id=item, storeroom=room, tracking=items[item].tracking,
                    is_detailed=items[item].tracking != Tracking.NONE,
                )
                for item in sorted(missing)
            ]
        )  # fmt: skip
    return {row.item_id: row for row in locked_balances(wanted=wanted)}


class _OnTheWay:
    """Lots and serial numbers of transfer lines that have left and not arrived; two statements."""

    def __init__(self, lines: Sequence[StockTransferLine]) -> None:
        keys = [line.pk for line in lines]
        self.lots: dict[int, dict[int, Decimal]] = defaultdict(dict)
        placed = StockPlacement.objects.filter(movement__transfer_line__in=keys, lot__isnull=False)
        sums = placed.values_list("movement__transfer_line", "lot").annotate(gone=-Sum("quantity"))
        for line, lot, quantity in sums.order_by("lot"):
            self.lots[line][lot] = quantity
        self.serials: dict[int, list[Serial]] = defaultdict(list)
        for serial in Serial.objects.filter(transfer_line__in=keys).order_by("pk"):
            self.serials[serial.transfer_line_id or 0].append(serial)

    def part(self, line: StockTransferLine, place: int | None, quantity: Decimal) -> list[Pieces]:
        """The next pieces of a line for a bin, oldest lot first; serial numbers come together."""
        numbered = self.serials[line.pk]
        if len(numbered) > quantity:
            raise RuleViolation(
                f"The numbered pieces of {line.stock_item.item} arrive together.",
                field="quantity",
                remedy="Receive all of the line.",
            )
        left = quantity - len(numbered)
        pieces = [Pieces(Decimal(len(numbered)), place, None, numbered)] if numbered else []
        for lot, gone in self.lots[line.pk].items():
            if part := max(min(left, gone), ZERO):
                pieces.append(Pieces(part, place, lot))
                left -= part
        return [*pieces, Pieces(left, place)] if left else pieces


@command
def undo_transfer(*, transfer_id: int, reason: str, actor: User, at: datetime) -> StockTransfer:
    """Bring a transfer back: what is on the way, and what arrived if it is still there and free.

    Every movement gets one of its own against it. What arrived leaves at the value it came with, at most what
    the balance is worth, and comes back at that. Raises Conflict where it was undone already, RuleViolation
    where pieces that arrived are promised or gone.
    """
    require(actor, ISSUE)
    if not reason.strip():
        raise RuleViolation("Say why it is undone.", field="reason")
    transfer, lines = _locked(transfer_id)
    if transfer.status == TransferStatus.UNDONE:
        raise Conflict(f"{transfer} is undone already.")
    transfer.advance(TransferStatus.UNDONE)
    items = [line.stock_item.item_id for line in lines]
    stores = [transfer.from_storeroom_id, transfer.to_storeroom_id]
    rows = {
        (row.item_id, row.storeroom_id): row
        for row in locked_balances(wanted=Q(item_id__in=items, storeroom_id__in=stores))
    }
    first = _first_movements(lines)
    places = Places(rows.values())
    on_the_way = _OnTheWay(lines)
    movements: list[StockMovement] = []
    for line in lines:
        back = rows[line.stock_item.item_id, transfer.from_storeroom_id]
        value = line.value - line.value_received
        pieces: list[Pieces] = []
        if line.quantity_in_transit:
            pieces = on_the_way.part(line, back.bin_id, line.quantity_in_transit)
        if line.quantity_received:
            there = rows[line.stock_item.item_id, transfer.to_storeroom_id]
            out = _take_back(line, there, places, first[line.pk, True], actor, at)
            movements.append(out)
            value -= out.value
            pieces += _pieces_of(out, places, back)
        into = _moved(line, back, line.quantity, value, actor, at, reverses=first[line.pk, False])
        places.put(into, pieces)
        movements.append(into)
    store(rows=list(rows.values()), movements=movements)
    places.store(actor=actor, at=at)
    transfer.reason = reason.strip()[:200]
    update_with_history(transfer, "status", "reason")
    return transfer


def _first_movements(lines: Sequence[StockTransferLine]) -> dict[tuple[int, bool], StockMovement]:
    """The movement out (False) and the first one in (True) of each line."""
    found: dict[tuple[int, bool], StockMovement] = {}
    for each in StockMovement.objects.filter(transfer_line__in=[line.pk for line in lines]).order_by("pk"):
        found.setdefault((each.transfer_line_id or 0, each.quantity > 0), each)
    return found


def _take_back(
    line: StockTransferLine, there: StockItem, places: Places, came: StockMovement, actor: User, at: datetime
) -> StockMovement:
    free = there.quantity_on_hand - there.quantity_reserved
    if line.quantity_received > free:
        raise RuleViolation(
            f"{quantity_text(line.quantity_received)} of {there.item} arrived in {there.storeroom}, but only "
            f"{quantity_text(free)} are still there and free.",
            field="transfer_id",
            remedy="Send back by a new transfer what is left.",
        )
    value = value_sent_back(balance_of(row=there), line.quantity_received, line.value_received)
    out = _moved(line, there, -line.quantity_received, -value, actor, at, reverses=came)
    places.take(out, _picks_that_came(line, there, places))
    return out


def _picks_that_came(line: StockTransferLine, there: StockItem, places: Places) -> list[Pick]:
    """The very pieces that arrived, wherever they were put since; unnamed or plain ones are not told apart."""
    if there.tracking == Tracking.NONE or not there.is_detailed:
        return []
    came = StockPlacement.objects.filter(
        movement__transfer_line=line, movement__stock_item=there, quantity__gt=0
    ).order_by("pk")
    picks: list[Pick] = []
    for each in came:
        if each.serial_id:
            picks.append(Pick(Decimal(1), serial_ids=(each.serial_id,)))
            continue
        left = each.quantity
        for (bin_id, lot_id), level in sorted(places.levels[there.pk].items(), key=str):
            part = min(left, level.quantity) if lot_id == each.lot_id else ZERO
            if part > 0:
                picks.append(Pick(part, bin_id, lot_id))
                left -= part
    return picks


def _pieces_of(out: StockMovement, places: Places, back: StockItem) -> list[Pieces]:
    """What a movement that is not stored yet takes out of the bins, for the balance it goes back to."""
    pieces: list[Pieces] = []
    for each in places.pending(out):
        if each.serial is not None:
            pieces.append(Pieces(Decimal(1), back.bin_id, None, [each.serial]))
        else:
            pieces.append(Pieces(-each.quantity, back.bin_id, each.lot_id))
    return pieces


@command
def transfer_stock(
    *,
    stock_item_id: int,
    to_storeroom_id: int,
    quantity: Decimal,
    reason: str,
    actor: User,
    at: datetime,
    picks: Sequence[Pick] = (),
) -> StockMovement:
    """Send and receive in one: somebody carries the goods over. Returns the movement out of the first storeroom."""
    lines = [TransferInput(stock_item_id, quantity, picks)]
    transfer = send_transfer(to_storeroom_id=to_storeroom_id, lines=lines, reason=reason, actor=actor, at=at)
    receive_transfer(transfer_id=transfer.pk, actor=actor, at=at)
    return StockMovement.objects.get(transfer_line__transfer=transfer, kind=MovementKind.TRANSFER_OUT)
