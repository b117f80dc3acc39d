"""Doing the work: start, wait, go on, finish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cmms.choices import HoldReason, OperationStatus, WorkOrderStatus
from cmms.models import HoldInterval, Operation, WorkOrder
from cmms.services.guards import guard_permit, guard_step_may_finish
from cmms.services.labor import stop_timers_of
from cmms.services.locking import locked_work_order, locked_work_order_of
from cmms.services.rework import settle_rework
from core.access import require
from core.commands import command
from core.errors import Conflict, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User

EXECUTE = "cmms.execute_work_order"


@command
def start_work(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Released work begins. Nobody assigned: whoever starts it has it."""
    require(actor, EXECUTE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.RELEASED)
    guard_permit(orders=[order], at=at)
    begin(orders=[order], people={order.pk: actor.pk}, at=at)
    return order


def begin(*, orders: Sequence[WorkOrder], people: Mapping[int, int], at: datetime) -> None:
    """Start released work orders, locked by the caller; who has none gets the person under its key in `people`."""
    for order in orders:
        order.advance(WorkOrderStatus.IN_PROGRESS)
        order.started_at = order.started_at or at
        order.assignee_id = order.assignee_id or people[order.pk]
    bulk_update_with_history(orders, ["status", "started_at", "assignee"])


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
    order.save(update_fields=["status", "hold_reason"])
    waiting = HoldInterval(work_order=order, reason=hold_reason, note=note[:200], started_at=at)
    bulk_create_with_history([waiting])
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
    order.save(update_fields=["status", "hold_reason"])
    end_hold(order=order, at=at)
    return order


def end_hold(*, order: WorkOrder, at: datetime) -> None:
    """Close the open stretch of waiting, if there is one."""
    waiting = list(HoldInterval.objects.filter(work_order=order, ended_at__isnull=True))
    for interval in waiting:
        interval.ended_at = at
    bulk_update_with_history(waiting, ["ended_at"])


@command
def finish_operation(*, operation_id: int, actor: User, at: datetime) -> Operation:
    """Tick a step off. Raises Conflict where it already is, where the work is not in progress, or naming what is
    still in the way (see guards.guard_step_may_finish).
    """
    require(actor, EXECUTE)
    order = locked_work_order_of(operation_id=operation_id)
    found: Operation = order.operations.get(pk=operation_id)
    check_step(order=order, step=found)
    guard_step_may_finish(operation=found, order=order, person=actor, at=at)
    tick_off(steps=[found], actor=actor, at=at)
    return found


def check_step(*, order: WorkOrder, step: Operation) -> None:
    """Whether a step of a locked work order may be finished; raises Conflict."""
    order.require(WorkOrderStatus.IN_PROGRESS)
    if step.status == OperationStatus.DONE:
        raise Conflict(f"Step {step} is already done.")


def tick_off(*, steps: Sequence[Operation], actor: User, at: datetime) -> None:
    """Store checked steps as done, and settle the findings that they rework; two statements (three where some are)."""
    for step in steps:
        step.status = OperationStatus.DONE
        step.done_at, step.done_by = at, actor
    bulk_update_with_history(steps, ["status", "done_at", "done_by"])
    settle_rework(steps=steps, at=at)


@command
def finish_work(*, work_order_id: int, actor: User, at: datetime, note: str = "") -> WorkOrder:
    """The work is done: every step is, and clocks that still run are stopped and logged.

    Raises Conflict naming the open steps.
    """
    require(actor, EXECUTE)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.IN_PROGRESS)
    require_all_steps_done(steps=order.operations.in_order())
    finish(orders=[order], actor=actor, at=at, note=note)
    return order


def finish(*, orders: Sequence[WorkOrder], actor: User, at: datetime, note: str = "") -> None:
    """The work on locked work orders, whose steps are all done, is done; clocks that run on it are logged."""
    stop_timers_of(orders=orders, actor=actor, at=at)
    for order in orders:
        order.advance(WorkOrderStatus.WORK_DONE)
        order.work_done_at = at
        order.completion_note = note or order.completion_note
    bulk_update_with_history(orders, ["status", "work_done_at", "completion_note"])


def require_all_steps_done(*, steps: Iterable[Operation]) -> None:
    """Raise Conflict naming the steps of one work order, in their order, that are not done."""
    waiting = [str(step) for step in steps if step.status != OperationStatus.DONE]
    if waiting:
        named = ", ".join(waiting[:3]) + (f" and {len(waiting) - 3} more" if len(waiting) > 3 else "")
        raise Conflict(
            f"Not every step is done: {named}.", field="operations", remedy="Finish these steps first."
        )
