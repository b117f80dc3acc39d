"""A storekeeper gives promised parts to more urgent work."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from cmms import events
from cmms.choices import FINISHED
from cmms.models import PartsRequestLine, Reservation, WorkOrder
from cmms.services.reservations import Promise, locked_lines, promises_kept
from cmms.services.stock.balances import locked_balance, store
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, NotFound, RuleViolation
from core.history import store_with_history, updated
from core.models import User

MOVE = "cmms.move_promise"


@command
def move_promise(
    *,
    reservation_id: int,
    to_line_id: int,
    reason: str,
    actor: User,
    at: datetime,
    quantity: Decimal | None = None,
) -> Reservation:
    """Promise parts to another need that lacks them; all that both allow where no quantity is given.

    The need that gives them up is short again and takes over what was being bought for the other. Announces
    promise_moved. Raises RuleViolation without a reason, for another part or storeroom, or more than is promised
    or lacking; Conflict where that work is finished.
    """
    require(actor, MOVE)
    if not reason.strip():
        raise RuleViolation("Say why the other work is more urgent.", field="reason")
    found = Reservation.objects.filter(pk=reservation_id).select_related("request_line").first()
    if found is None:
        raise NotFound("That promise does not exist.", field="reservation_id")
    if found.request_line_id == to_line_id:
        raise RuleViolation("Choose another need.", field="to_line_id")
    giver, taker = _locked_needs(found.request_line_id, to_line_id)
    row = locked_balance(stock_item_id=found.stock_item_id)
    promise = Reservation.objects.get(pk=reservation_id)
    held = promise.quantity
    if taker.item_id != row.item_id or taker.storeroom_id != row.storeroom_id:
        raise RuleViolation(f"{taker} does not wait for this part in {row.storeroom}.", field="to_line_id")
    if taker.parts_request.work_order.status in FINISHED:
        raise Conflict(f"{taker.parts_request.work_order} is finished.", field="to_line_id")
    moved = min(held, taker.quantity_short) if quantity is None else quantity
    if moved <= 0 or moved > held or moved > taker.quantity_short:
        raise RuleViolation(
            f"{quantity_text(held)} are promised here and {quantity_text(taker.quantity_short)} are lacking there.",
            field="quantity",
        )
    giver.quantity_reserved -= moved
    taker.quantity_reserved += moved
    promise.quantity -= moved
    store_with_history(updated([promise], ["quantity"]), updated([giver, taker], ["quantity_reserved"]))
    store_with_history(promises_kept(promised=[Promise(taker, row, moved)]))
    store(rows=[row])
    events.promise_moved.send(
        sender=Reservation, from_line_id=giver.pk, to_line_id=taker.pk, quantity=moved, actor=actor, at=at
    )
    return Reservation.objects.get(request_line=taker, stock_item=row)


def _locked_needs(giver_id: int, taker_id: int) -> tuple[PartsRequestLine, PartsRequestLine]:
    """Both needs, locked after their work orders."""
    orders = (
        WorkOrder.objects.filter(parts_requests__lines__in=[giver_id, taker_id]).order_by("pk").distinct()
    )
    keys = list(orders.values_list("pk", flat=True))
    list(WorkOrder.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
    lines = {line.pk: line for line in locked_lines(line_ids=[giver_id, taker_id])}
    return lines[giver_id], lines[taker_id]
