"""Opening balances, and setting one right after a look at the shelf."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings

from cmms.choices import MovementKind, Tracking
from cmms.decisions.moving_average import average_cost, value_of_part
from cmms.models import Bin, StockItem, StockMovement, Storeroom
from cmms.services.stock.balances import ADJUST, balance_of, locked_balance, move, store
from cmms.services.stock.naming import check_whole
from cmms.services.stock.places import Places
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, NotFound, RuleViolation
from core.models import Item, User
from core.money import round_money

ZERO = Decimal(0)


@command
def adjust_stock(
    *, stock_item_id: int, counted_quantity: Decimal, reason: str, actor: User, at: datetime
) -> StockMovement:
    """Make the balance what was counted, at its average cost (of its last movement where it was empty).

    Raises RuleViolation where fewer were counted than are promised, where the count agrees already, and for a
    balance in several bins, lots or serial numbers: those are counted one by one, on a count.
    """
    require(actor, ADJUST)
    if not reason.strip():
        raise RuleViolation("Say why the count differs.", field="reason")
    if counted_quantity < 0:
        raise RuleViolation("A count cannot be negative.", field="counted_quantity")
    row = locked_balance(stock_item_id=stock_item_id)
    if row.is_detailed:
        raise RuleViolation(
            f"{row.item} is kept by bin, lot or serial number.",
            field="counted_quantity",
            remedy="Start a count of it: each bin is counted by itself.",
        )
    difference = counted_quantity - row.quantity_on_hand
    if not difference:
        raise RuleViolation(
            f"The count agrees: {quantity_text(counted_quantity)} on hand.", field="counted_quantity"
        )
    if counted_quantity < row.quantity_reserved:
        raise RuleViolation(
            f"{quantity_text(row.quantity_reserved)} are promised to work orders, more than were counted.",
            field="counted_quantity",
            remedy="Cancel promises on the parts requests first.",
        )
    movement = move(
        row=row, kind=MovementKind.ADJUSTMENT, quantity=difference, value=adjustment_value(row=row, difference=difference),
        note=reason.strip(), actor=actor, at=at,
    )  # fmt: skip
    return store(rows=[row], movements=[movement])[0]


def adjustment_value(*, row: StockItem, difference: Decimal) -> Decimal:
    """What pieces lost (negative) or found are worth: their share of the balance, else at its last cost each."""
    balance = balance_of(row=row)
    if difference < 0:
        return -value_of_part(balance, -difference, settings.BASE_CURRENCY)
    cost = average_cost(balance)
    if not balance.quantity:
        last = row.movements.order_by("-pk").first()
        cost = last.unit_cost if last else ZERO
    elif balance.value:
        return round_money(balance.value * difference / balance.quantity, settings.BASE_CURRENCY)
    return round_money(cost * difference, settings.BASE_CURRENCY)


@command
def set_opening_balance(
    *,
    item_id: int,
    storeroom_id: int,
    quantity: Decimal,
    unit_cost: Decimal,
    actor: User,
    at: datetime,
    bin_code: str = "",
    tracking: str = "",
    reorder_point: Decimal | None = None,
    reorder_quantity: Decimal | None = None,
) -> StockItem:
    """What lay in the storeroom when its records began, in the item's unit, and its cost in the base currency.

    A quantity of zero opens the balance empty. Tracking is the item's in other storerooms unless given; its lots
    and serial numbers are named when it is put away. Raises Conflict where anything has moved already.
    """
    require(actor, ADJUST)
    if quantity < 0 or unit_cost < 0:
        raise RuleViolation("Quantity and unit cost cannot be negative.", field="quantity")
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFound("That item does not exist.", field="item_id")
    if not item.is_stocked:
        raise RuleViolation(f"{item} is not kept in stock.", field="item_id")
    storeroom = locked_storeroom(storeroom_id=storeroom_id)
    row = StockItem.objects.filter(item=item, storeroom=storeroom).first()
    row = row or StockItem(item=item, storeroom=storeroom)
    if row.pk and row.movements.exists():
        raise Conflict(
            f"{item} already has movements in {storeroom}.", remedy="Adjust the balance by a count."
        )
    row.bin = Bin.objects.get_or_create(storeroom=storeroom, code=bin_code)[0] if bin_code else row.bin
    row.reorder_point, row.reorder_quantity = reorder_point, reorder_quantity
    _track(row, tracking, quantity)
    row.save()
    if quantity:
        value = round_money(quantity * unit_cost, settings.BASE_CURRENCY)
        kind = MovementKind.OPENING
        movement = move(row=row, kind=kind, quantity=quantity, value=value, actor=actor, at=at)
        store(rows=[row], movements=[movement])
        places = Places([row])
        places.put(movement)
        places.store(actor=actor, at=at)
    return row


def _track(row: StockItem, tracking: str, quantity: Decimal) -> None:
    others = StockItem.objects.filter(item_id=row.item_id).exclude(pk=row.pk)
    kept = others.values_list("tracking", flat=True).first() or ""
    if kept and tracking and tracking != kept:
        raise RuleViolation(
            f"{row.item} is {Tracking(kept).label.lower()} in another storeroom.",
            field="tracking",
            remedy="Change it on the part's page, for all storerooms at once.",
        )
    row.tracking = kept or tracking or row.tracking
    row.is_detailed = row.is_detailed or row.tracking != Tracking.NONE
    check_whole(tracking=row.tracking, quantity=quantity)


def locked_storeroom(*, storeroom_id: int) -> Storeroom:
    """Locked, so that two commands never create the same balance at once."""
    found = Storeroom.objects.select_for_update(no_key=True).filter(pk=storeroom_id).first()
    if found is None:
        raise NotFound("That storeroom does not exist.", field="storeroom_id")
    return found
