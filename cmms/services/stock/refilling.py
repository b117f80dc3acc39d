"""Asking whoever buys to refill a storeroom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms import events
from cmms.decisions.moving_average import average_cost
from cmms.models import StockItem, Storeroom
from cmms.selectors.reorder import suggestion_for, with_position
from cmms.services.stock.balances import balance_of, locked_balances
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User

REORDER = "cmms.reorder_stock"


@dataclass(frozen=True)
class Refill:
    """So much of an item for a storeroom, in its unit; `unit_cost` is what it cost lately, in the base currency."""

    stock_item: StockItem
    quantity: Decimal
    unit_cost: Decimal


@command
def ask_to_refill(*, quantities: Mapping[int, Decimal | None], actor: User, at: datetime) -> list[str]:
    """Ask for balances of one storeroom to be refilled, by stock item; None: as much as is suggested now.

    Returns the numbers of the papers that ask for it. The balances are locked and looked at anew, so that two
    people who ask at once do not buy twice. Raises Conflict where enough is coming already, RuleViolation where
    nobody buys for the stores.
    """
    require(actor, REORDER)
    if not quantities:
        raise RuleViolation("Choose at least one part.", field="stock_items")
    rows = {row.pk: row for row in locked_balances(wanted=Q(pk__in=quantities))}
    if len(rows) != len(quantities):
        raise NotFound("That balance does not exist.", field="stock_items")
    rooms = {row.storeroom_id: row.storeroom for row in rows.values()}
    if len(rooms) != 1:
        raise RuleViolation("Ask for one storeroom at a time.", field="stock_items")
    seen = {row.pk: row for row in with_position(StockItem.objects.filter(pk__in=rows), at)}
    refills = [Refill(row, _quantity(row, seen[pk], quantities[pk]), _cost(row)) for pk, row in rows.items()]
    room = next(iter(rooms.values()))
    answers = events.stock_wanted.send(sender=Storeroom, storeroom=room, lines=refills, actor=actor, at=at)
    papers = [str(paper) for _, paper in answers if paper]
    if not papers:
        raise RuleViolation(
            "Nobody buys for this store.", remedy="Ask an administrator to connect purchasing."
        )
    return papers


def _quantity(row: StockItem, seen: StockItem, given: Decimal | None) -> Decimal:
    if given is not None:
        if given <= 0:
            raise RuleViolation("The quantity must be greater than zero.", field="quantity")
        return given
    suggested = suggestion_for(seen).quantity
    if not suggested:
        raise Conflict(f"Enough of {row.item} is here or coming already.", remedy="Reload the list.")
    return suggested


def _cost(row: StockItem) -> Decimal:
    if row.quantity_on_hand:
        return average_cost(balance_of(row=row))
    last = row.movements.order_by("-pk").first()
    return last.unit_cost if last else Decimal(0)
