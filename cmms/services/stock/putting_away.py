"""Where pieces lie inside a storeroom: put away, moved between bins, named, taken off the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms.choices import Tracking
from cmms.models import Bin, StockItem
from cmms.services.stock.balances import ADJUST, ISSUE, locked_balance, locked_balances
from cmms.services.stock.naming import NamedPieces, check_whole, resolve
from cmms.services.stock.places import Key, Pieces, Places
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import NotFound, RuleViolation
from core.history import bulk_update_with_history, update_with_history
from core.models import Item, User


@command
def set_tracking(
    *, item_id: int, tracking: str, actor: User, at: datetime, reason: str = ""
) -> list[StockItem]:
    """Track an item by lot or serial number, or no longer, in all storerooms.

    What is in stock when tracking begins waits to be named. Raises RuleViolation where tracking would end or
    change while there is stock, NotFound where the item is in no storeroom yet.
    """
    require(actor, ADJUST)
    # Locked whole: nobody opens a balance of the item in another storeroom meanwhile.
    item = Item.objects.select_for_update().filter(pk=item_id).first()
    rows = locked_balances(wanted=Q(item_id=item_id))
    if item is None or not rows:
        raise NotFound(
            "This item is in no storeroom yet.", field="item_id", remedy="Set an opening balance first."
        )
    if tracking not in Tracking.values:
        raise RuleViolation("Choose how it is tracked.", field="tracking")
    changed = [row for row in rows if row.tracking != tracking]
    held = sum((row.quantity_on_hand for row in rows), Decimal(0))
    if held and any(row.tracking != Tracking.NONE for row in changed):
        raise RuleViolation(
            f"{quantity_text(held)} of {item} are in stock under their lots or numbers.",
            field="tracking",
            remedy="Change it when the stock is used up.",
        )
    places = Places(rows)
    for row in changed:
        check_whole(tracking=tracking, quantity=row.quantity_on_hand)
        row.tracking = tracking
        if not row.is_detailed:
            places.begin(row)
    bulk_update_with_history(changed, ["tracking", "is_detailed"])
    places.store(actor=actor, at=at)
    return rows


@command
def put_away(
    *,
    stock_item_id: int,
    pieces: Sequence[NamedPieces],
    actor: User,
    at: datetime,
    from_bin_id: int | None = None,
) -> StockItem:
    """Name the lots or serial numbers of pieces that came without, and put them into their bins.

    They are taken from `from_bin_id`, else from wherever they wait. Raises RuleViolation for more than waits to be named, or without the names that the item's tracking wants.
    """
    require(actor, ISSUE)
    row = locked_balance(stock_item_id=stock_item_id)
    _check_names(row, pieces)
    _check_bins(row, [each.bin_id for each in pieces])
    places = Places([row])
    wanted = sum((each.quantity for each in pieces), Decimal(0))
    waiting = _waiting(row, places, from_bin_id)
    there = sum(waiting.values(), Decimal(0))
    if wanted > there:
        raise RuleViolation(
            f"{quantity_text(there)} of {row.item} wait to be named, not {quantity_text(wanted)}.",
            field="quantity",
        )
    for each in resolve(row=row, named=pieces, document_number="", at=at):
        left = each.quantity
        for bin_id in waiting:
            if part := min(left, waiting[bin_id]):
                places.shift(row, (bin_id, None), -part, "Put away")
                waiting[bin_id] -= part
                left -= part
        places.put_pieces(row, each, None)
    places.store(actor=actor, at=at)
    return row


def _waiting(row: StockItem, places: Places, from_bin_id: int | None) -> dict[int | None, Decimal]:
    """Pieces without a name by bin, the balance's own bin first; only of one bin where it is named."""
    bins = [from_bin_id] if from_bin_id else [row.bin_id, *(key[0] for key in places.levels[row.pk])]
    return {bin_id: places.unnamed(row, bin_id) for bin_id in dict.fromkeys(bins)}


def _check_names(row: StockItem, pieces: Sequence[NamedPieces]) -> None:
    if not pieces:
        raise RuleViolation("Enter at least one piece.", field="pieces")
    for each in pieces:
        check_whole(tracking=row.tracking, quantity=each.quantity)
        if row.tracking == Tracking.LOT and not each.lot_number.strip():
            raise RuleViolation("Enter the lot number.", field="lot_number")
        if row.tracking == Tracking.SERIAL and len(each.serial_numbers) != each.quantity:
            raise RuleViolation(
                f"Enter {quantity_text(each.quantity)} serial numbers, one for each piece.",
                field="serial_numbers",
            )
        if row.tracking == Tracking.NONE:
            raise RuleViolation(
                f"{row.item} is not tracked.", field="lot_number", remedy="Move it between bins."
            )


def _check_bins(row: StockItem, bin_ids: Sequence[int | None]) -> None:
    wanted = {key for key in bin_ids if key is not None}
    if wanted and Bin.objects.filter(pk__in=wanted, storeroom_id=row.storeroom_id).count() != len(wanted):
        raise NotFound(f"That bin is not in {row.storeroom}.", field="bin_id")


@command
def move_between_bins(
    *,
    stock_item_id: int,
    to_bin_id: int,
    actor: User,
    at: datetime,
    quantity: Decimal | None = None,
    from_bin_id: int | None = None,
    lot_id: int | None = None,
    serial_ids: Sequence[int] = (),
    reason: str = "",
) -> StockItem:
    """Move pieces to another bin of the storeroom; all of the bin (and lot) where no quantity is given.

    The whole of a balance that lies in one bin simply gets that bin; a part of it makes the balance detailed.
    Raises RuleViolation for more than lies there.
    """
    require(actor, ISSUE)
    row = locked_balance(stock_item_id=stock_item_id)
    _check_bins(row, [to_bin_id])
    if not row.is_detailed:
        if quantity is None or quantity == row.quantity_on_hand:
            row.bin_id = to_bin_id
            update_with_history(row, "bin")
            return row
        from_bin_id = row.bin_id
    places = Places([row])
    if not row.is_detailed:
        places.begin(row)
        update_with_history(row, "is_detailed")
    _shift(row, places, (from_bin_id, lot_id), to_bin_id, quantity, serial_ids, reason.strip())
    places.store(actor=actor, at=at)
    return row


def _shift(
    row: StockItem, places: Places, key: Key, to_bin_id: int, quantity: Decimal | None,
    serial_ids: Sequence[int], reason: str,
) -> None:  # fmt: skip
    if key[0] == to_bin_id:
        raise RuleViolation("Choose another bin.", field="to_bin_id")
    level = places.levels[row.pk].get(key)
    there = level.quantity if level else Decimal(0)
    if row.tracking == Tracking.SERIAL:
        held = {pk for pk, each in places.serials[row.pk].items() if each.bin_id == key[0]}
        chosen = list(serial_ids) or (sorted(held) if quantity is None else [])
        unnamed = Decimal(0) if quantity is None else quantity - len(chosen)
        if quantity is None and not serial_ids:
            unnamed = places.unnamed(row, key[0])
        if not set(chosen) <= held or unnamed < 0 or unnamed > places.unnamed(row, key[0]):
            raise RuleViolation("Choose which serial numbers move.", field="serial_ids")
        for pk in chosen:
            serial = places.serials[row.pk][pk]
            places.shift(row, key, Decimal(-1), reason, serial)
            places.put_pieces(row, Pieces(Decimal(1), to_bin_id, None, [serial]), None)
        quantity = unnamed
        if not quantity:
            return
    quantity = there if quantity is None else quantity
    if quantity <= 0 or quantity > there:
        raise RuleViolation(f"{quantity_text(there)} lie in that bin.", field="quantity")
    places.shift(row, key, -quantity, reason)
    places.shift(row, (to_bin_id, key[1]), quantity, reason)


@command
def drop_serial_numbers(
    *, stock_item_id: int, serial_ids: Sequence[int], reason: str, actor: User, at: datetime
) -> StockItem:
    """Take numbers off the books while their pieces stay in stock unnamed: they go back to the supplier, or were
    typed wrong. Raises RuleViolation without a reason, or for a number that is not in stock here.
    """
    require(actor, ADJUST)
    if not reason.strip():
        raise RuleViolation("Say why the numbers go.", field="reason")
    row = locked_balance(stock_item_id=stock_item_id)
    places = Places([row])
    for key in dict.fromkeys(serial_ids):
        serial = places.serials[row.pk].get(key)
        if serial is None:
            raise RuleViolation("A serial number chosen is not in stock here.", field="serial_ids")
        places.forget(row, serial, reason.strip())
    places.store(actor=actor, at=at)
    return row
