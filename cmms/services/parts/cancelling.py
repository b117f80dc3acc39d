"""Wanting less: what is short is no longer bought, what was promised is free for others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms import events
from cmms.models import PartsRequestLine, Reservation, StockItem
from cmms.services.parts.requesting import REQUEST
from cmms.services.planning import locked_work_order
from cmms.services.reservations import held_reservations, locked_lines
from cmms.services.stock.balances import locked_balances, store
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import NotFound, RuleViolation
from core.history import store_with_history, updated
from core.models import User


@command
def cancel_request_line(
    *,
    request_line_id: int,
    reason: str,
    actor: User,
    at: datetime,
    quantity: Decimal | None = None,
) -> PartsRequestLine:
    """Want less of a need: all that is open where no quantity is given. What is short goes first, then promises.

    Announces parts_need_cancelled where part of what is short is no longer wanted. Raises RuleViolation for more
    than is open.
    """
    require(actor, REQUEST)
    if not reason.strip():
        raise RuleViolation("Say why it is not needed.", field="reason")
    found = PartsRequestLine.objects.filter(pk=request_line_id)
    order_id = next(iter(found.values_list("parts_request__work_order_id", flat=True)), None)
    if order_id is None:
        raise NotFound("That request line does not exist.", field="request_line_id")
    locked_work_order(work_order_id=order_id)
    line = locked_lines(line_ids=[request_line_id])[0]
    still_open = line.quantity_short + line.quantity_reserved
    wanted = still_open if quantity is None else quantity
    if wanted <= 0 or wanted > still_open:
        raise RuleViolation(f"{quantity_text(still_open)} of this are open.", field="quantity")
    cancel_lines(lines=[line], quantities={line.pk: wanted}, actor=actor, at=at)
    return line


def cancel_lines(
    *, lines: Sequence[PartsRequestLine], quantities: dict[int, Decimal] | None, actor: User, at: datetime
) -> None:
    """Cancel open quantities of locked lines (all of each where none are given) and free what was promised."""
    unbought: list[int] = []
    released: dict[int, Decimal] = {}
    changed: list[PartsRequestLine] = []
    for line in lines:
        wanted = quantities[line.pk] if quantities else line.quantity_short + line.quantity_reserved
        from_short = min(wanted, line.quantity_short)
        if wanted <= 0:
            continue
        if from_short:
            unbought.append(line.pk)
        released[line.pk] = wanted - from_short
        line.quantity_cancelled += wanted
        line.quantity_reserved -= released[line.pk]
        changed.append(line)
    freed, rows = _release([line for line in changed if released[line.pk]], released)
    store_with_history(
        updated(freed, ["quantity"]), updated(changed, ["quantity_reserved", "quantity_cancelled"])
    )
    store(rows=rows)
    if unbought:
        events.parts_need_cancelled.send(
            sender=PartsRequestLine, request_line_ids=unbought, actor=actor, at=at
        )


def _release(
    lines: Sequence[PartsRequestLine], released: dict[int, Decimal]
) -> tuple[list[Reservation], list[StockItem]]:
    """Take what is released off the promises and the balances; returns those that changed, still to be stored."""
    if not lines:
        return [], []
    promises = held_reservations(lines=lines)
    rows = locked_balances(wanted=Q(pk__in={each.stock_item_id for each in promises}))
    balances = {row.pk: row for row in rows}
    freed: list[Reservation] = []
    for each in promises:
        quantity = min(each.quantity, released[each.request_line_id])
        if not quantity:
            continue
        released[each.request_line_id] -= quantity
        balances[each.stock_item_id].quantity_reserved -= quantity
        each.quantity -= quantity
        freed.append(each)
    return freed, rows
