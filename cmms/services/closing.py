"""The end of work: completed, closed, reopened, or called off."""

from __future__ import annotations

from datetime import datetime

from cmms import events
from cmms.choices import WorkOrderStatus
from cmms.models import EstimateLine, PartsRequestLine, WorkOrder
from cmms.services.costing import settle_costs
from cmms.services.execution import end_hold
from cmms.services.failures import require_failure_record
from cmms.services.labor import stop_timers_of
from cmms.services.parts.cancelling import cancel_lines
from cmms.services.planning import PLAN, locked_work_order
from cmms.services.reservations import locked_lines
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, RuleViolation
from core.models import User

COMPLETE = "cmms.complete_work_order"


@command
def complete_work_order(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Accept the work as done. Raises Conflict where parts are still promised to it that nobody took, or where
    corrective work lacks the failure record that its asset's class asks for.

    Needs that are still being bought do not stop it: they arrive, and cost, later.
    """
    require(actor, COMPLETE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.WORK_DONE)
    _require_nothing_promised(order)
    require_failure_record(order=order)
    order.advance(WorkOrderStatus.COMPLETED)
    order.completed_at = at
    order.save()
    events.work_order_completed.send(sender=WorkOrder, work_order_id=order.pk, actor=actor, at=at)
    return order


def _require_nothing_promised(order: WorkOrder) -> None:
    line = PartsRequestLine.objects.filter(parts_request__work_order=order).to_issue().first()
    if line is not None:
        raise Conflict(
            f"{quantity_text(line.quantity_reserved)} of {line.description} are still set aside for {order}.",
            field="parts",
            remedy="Issue them or cancel the request first.",
        )


@command
def close_work_order(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Close the books of completed work; costs that come later are marked late.

    Announces work_order_closing first: whoever hears it may refuse by raising a RuleViolation.
    """
    require(actor, COMPLETE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.COMPLETED)
    events.work_order_closing.send(sender=WorkOrder, work_order_id=order.pk, actor=actor, at=at)
    order.advance(WorkOrderStatus.CLOSED)
    order.closed_at = at
    order.save()
    return order


@command
def reopen_work_order(*, work_order_id: int, reason: str, actor: User, at: datetime) -> WorkOrder:
    """Done or completed work goes on, for a reason. Closed work stays closed."""
    require(actor, COMPLETE)
    if not reason.strip():
        raise RuleViolation("Say why the work goes on.", field="reason")
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.WORK_DONE, WorkOrderStatus.COMPLETED)
    order.advance(WorkOrderStatus.IN_PROGRESS)
    order.work_done_at = order.completed_at = None
    order.save()
    return order


@command
def cancel_work_order(*, work_order_id: int, reason: str, actor: User, at: datetime) -> WorkOrder:
    """Call work off: promises are freed, open needs cancelled, the estimate leaves the ledger, clocks stop.

    What was spent stays. Announces parts_need_cancelled and work_order_cancelled.
    """
    require(actor, PLAN)
    if not reason.strip():
        raise RuleViolation("Say why it is cancelled.", field="reason")
    order = locked_work_order(work_order_id=work_order_id)
    order.advance(WorkOrderStatus.CANCELLED)
    stop_timers_of(order=order, actor=actor, at=at)
    end_hold(order=order, at=at)
    lines = PartsRequestLine.objects.filter(parts_request__work_order=order).values_list("pk", flat=True)
    cancel_lines(lines=locked_lines(line_ids=lines), quantities=None, actor=actor, at=at)
    keys = [
        f"estimate:{pk}" for pk in EstimateLine.objects.filter(work_order=order).values_list("pk", flat=True)
    ]
    settle_costs(targets=[], source_keys=keys, actor=actor, at=at)
    order.hold_reason = ""
    order.cancelled_at = at
    order.save()
    events.work_order_cancelled.send(sender=WorkOrder, work_order_id=order.pk, actor=actor, at=at)
    return order
