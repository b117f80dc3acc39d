"""Doing the work: start, wait, go on, finish."""

from __future__ import annotations

from datetime import datetime

from cmms.choices import HoldReason, OperationStatus, WorkOrderStatus
from cmms.models import HoldInterval, Operation, WorkOrder
from cmms.services.guards import guard_permit, guard_step_may_finish
from cmms.services.labor import stop_timers_of
from cmms.services.planning import locked_work_order
from cmms.services.steps import settle_rework
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User

EXECUTE = "cmms.execute_work_order"


@command
def start_work(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Released work begins. Nobody assigned: whoever starts it has it."""
    require(actor, EXECUTE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.RELEASED)
    guard_permit(orders=[order], at=at)
    order.advance(WorkOrderStatus.IN_PROGRESS)
    order.started_at = order.started_at or at
    order.assignee_id = order.assignee_id or actor.pk
    order.save()
    return order


@command
def hold_work(
    *, work_order_id: int, hold_reason: str, actor: User, at: datetime, note: str = ""
) -> WorkOrder:
    """Work stands still, and why; the waiting time is measured from now."""
    require(actor, EXECUTE)
    if hold_reason not in HoldReason.values:
        raise RuleViolation("Say what the work waits for.", field="hold_reason")
    order = locked_work_order(work_order_id=work_order_id)
    order.advance(WorkOrderStatus.ON_HOLD)
    order.hold_reason = hold_reason
    order.save()
    HoldInterval.objects.create(work_order=order, reason=hold_reason, note=note[:200], started_at=at)
    return order


@command
def resume_work(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Work goes on after a hold."""
    require(actor, EXECUTE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.ON_HOLD)
    guard_permit(orders=[order], at=at)
    order.advance(WorkOrderStatus.IN_PROGRESS)
    order.hold_reason = ""
    order.save()
    end_hold(order=order, at=at)
    return order


def end_hold(*, order: WorkOrder, at: datetime) -> None:
    """Close the open stretch of waiting, if there is one."""
    for interval in HoldInterval.objects.filter(work_order=order, ended_at__isnull=True):
        interval.ended_at = at
        interval.save()


@command
def finish_operation(*, operation_id: int, actor: User, at: datetime) -> Operation:
    """Tick a step off. Raises Conflict where it already is, where the work is not in progress, or naming what is
    still in the way (see guards.guard_step_may_finish).
    """
    require(actor, EXECUTE)
    order_id = Operation.objects.filter(pk=operation_id).values_list("work_order_id", flat=True).first()
    if order_id is None:
        raise NotFound("That step does not exist.", field="operation_id")
    order = locked_work_order(work_order_id=order_id)
    order.require(WorkOrderStatus.IN_PROGRESS)
    operation = Operation.objects.get(pk=operation_id)
    if operation.status == OperationStatus.DONE:
        raise Conflict(f"Step {operation} is already done.")
    guard_step_may_finish(operation=operation, order=order, person=actor, at=at)
    operation.status = OperationStatus.DONE
    operation.done_at, operation.done_by = at, actor
    operation.save()
    settle_rework(operation=operation, at=at)
    return operation


@command
def finish_work(*, work_order_id: int, actor: User, at: datetime, note: str = "") -> WorkOrder:
    """The work is done: every step is, and clocks that still run are stopped and logged.

    Raises Conflict naming the open steps.
    """
    require(actor, EXECUTE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.IN_PROGRESS)
    _require_all_steps_done(order)
    stop_timers_of(order=order, actor=actor, at=at)
    order.advance(WorkOrderStatus.WORK_DONE)
    order.work_done_at = at
    order.completion_note = note or order.completion_note
    order.save()
    return order


def _require_all_steps_done(order: WorkOrder) -> None:
    waiting = [
        str(step) for step in order.operations.exclude(status=OperationStatus.DONE).order_by("sequence")
    ]
    if waiting:
        named = ", ".join(waiting[:3]) + (f" and {len(waiting) - 3} more" if len(waiting) > 3 else "")
        raise Conflict(
            f"Not every step is done: {named}.", field="operations", remedy="Finish these steps first."
        )
