"""Hours on work orders: logged after the work, or by a running clock; costed at the rate of that day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from cmms.choices import LaborKind
from cmms.models import LaborEntry, LaborTimer, Operation, WorkOrder
from cmms.selectors.readiness import work_day
from cmms.services.costing import settle_costs
from cmms.services.guards import guard_qualified, guard_step_may_start
from cmms.services.hours import (
    LOG,
    LOG_FOR_OTHERS,
    STATES_WITH_LABOR,
    Worked,
    another_step,
    check_span,
    entry_of,
    hours_on_day,
    post_labor,
    rate_on,
    require_for,
    trade_of,
    trades_of,
)
from cmms.services.locking import locked_work_order
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User


@command
def log_labor(
    *,
    work_order_id: int,
    started_at: datetime,
    ended_at: datetime,
    actor: User,
    at: datetime,
    person_id: int | None = None,
    operation_id: int | None = None,
    kind: str = LaborKind.WRENCH,
    note: str = "",
    is_overtime: bool = False,
) -> LaborEntry:
    """Log work from one moment to another, of the actor or (with the right to) of somebody else.

    Costs hours x the craft's rate valid on the day work started (overtime: x its overtime factor), rounded once, at
    the ACTUAL stage. Raises RuleViolation for times that are reversed, in the future or over 24 hours, or where no
    rate is known; Conflict where the person was not qualified for the step on that day.
    """
    require_for(actor=actor, person_id=person_id)
    if ended_at > at:
        raise RuleViolation("Work cannot end in the future.", field="ended_at")
    check_span(started_at=started_at, ended_at=ended_at)
    order = _workable(work_order_id, with_site=True)
    worked = Worked(
        order, person_id or actor.pk, started_at, ended_at, operation_id, kind, note, is_overtime=is_overtime
    )
    return _record(worked, work_day(order, started_at), actor, at)


@command
def log_hours(
    *,
    work_order_id: int,
    hours: Decimal,
    worked_on: date,
    actor: User,
    at: datetime,
    person_id: int | None = None,
    operation_id: int | None = None,
    kind: str = LaborKind.WRENCH,
    note: str = "",
    is_overtime: bool = False,
) -> LaborEntry:
    """Log so many hours on a day (of the site) where the exact times are not known; else as log_labor."""
    require_for(actor=actor, person_id=person_id)
    order = _workable(work_order_id, with_site=True)
    start, end = hours_on_day(order=order, hours=hours, worked_on=worked_on, at=at)
    worked = Worked(
        order,
        person_id or actor.pk,
        start,
        end,
        operation_id,
        kind,
        note,
        hours=hours,
        is_overtime=is_overtime,
    )
    return _record(worked, worked_on, actor, at)


@command
def reverse_labor(*, labor_entry_id: int, reason: str, actor: User, at: datetime) -> LaborEntry:
    """Take an entry back by its mirror image. One's own; those of others with the right to log for them."""
    if not reason.strip():
        raise RuleViolation("Say why it is taken back.", field="reason")
    found = LaborEntry.objects.filter(pk=labor_entry_id).select_related("craft").first()
    if found is None:
        raise NotFound("That labor entry does not exist.", field="labor_entry_id")
    if found.person_id is None:  # a contractor's
        require(actor, LOG_FOR_OTHERS)
    require_for(actor=actor, person_id=found.person_id)
    order = locked_work_order(work_order_id=found.work_order_id)
    if found.reverses_id or LaborEntry.objects.filter(reverses=found).exists():
        raise Conflict("This entry has already been taken back.")
    mirrored = LaborEntry.objects.create(
        work_order=order, operation_id=found.operation_id, person_id=found.person_id, craft=found.craft,
        kind=found.kind, is_overtime=found.is_overtime, contractor_name=found.contractor_name,
        charge_key=found.charge_key, started_at=found.started_at, ended_at=found.ended_at, hours=-found.hours,
        hourly_rate=found.hourly_rate, amount=-found.amount, note=reason.strip()[:200], reverses=found,
        entered_at=at, entered_by=actor,
    )  # fmt: skip
    settle_costs(targets=[], source_keys=[f"labor:{found.pk}"], actor=actor, at=at, locked={order.pk: order})
    return mirrored


@command
def start_timer(
    *, work_order_id: int, actor: User, at: datetime, operation_id: int | None = None
) -> LaborTimer:
    """Start the actor's clock. One that runs elsewhere is stopped and logged first."""
    require(actor, LOG)
    order = _workable(work_order_id)
    rate_on(trade=trade_of(trades=trades_of(person_ids=[actor.pk]), person_id=actor.pk), day=at.date())
    _check_operation(order, operation_id)
    if operation_id:
        step = Operation.objects.get(pk=operation_id)
        guard_step_may_start(operation=step, order=order, person=actor, at=at)
    stop_timer(actor=actor, at=at)
    return LaborTimer.objects.create(person=actor, work_order=order, operation_id=operation_id, started_at=at)


@command
def stop_timer(*, actor: User, at: datetime) -> LaborEntry | None:
    """Stop the actor's clock and log what it counted; None where none runs or less than a second passed."""
    require(actor, LOG)
    entries = _log_timers(LaborTimer.objects.filter(person=actor), None, actor, at)
    return entries[0] if entries else None


def stop_timers_of(*, orders: Sequence[WorkOrder], actor: User, at: datetime) -> list[LaborEntry]:
    """Stop and log every clock that runs on these locked work orders (they are being finished)."""
    running = LaborTimer.objects.filter(work_order__in=[order.pk for order in orders])
    return _log_timers(running, {order.pk: order for order in orders}, actor, at)


def _log_timers(
    timers: QuerySet[LaborTimer], locked: dict[int, WorkOrder] | None, actor: User, at: datetime
) -> list[LaborEntry]:
    """One statement where none runs; five more, however many do."""
    rows = list(timers.order_by("pk").select_for_update(of=("self",)))
    if not rows:
        return []
    LaborTimer.objects.filter(pk__in=[row.pk for row in rows]).delete()
    counted = [row for row in rows if at - row.started_at >= timedelta(seconds=1)]
    orders = locked or WorkOrder.objects.in_bulk([row.work_order_id for row in counted])
    trades = trades_of(person_ids=[row.person_id for row in counted])
    entries = [
        entry_of(
            worked=Worked(orders[row.work_order_id], row.person_id, row.started_at, at, row.operation_id),
            trades=trades,
            actor=actor,
            at=at,
        )
        for row in counted
    ]
    return post_labor(entries=entries, locked=locked, actor=actor, at=at)


def _workable(work_order_id: int, with_site: bool = False) -> WorkOrder:
    order = locked_work_order(work_order_id=work_order_id, with_site=with_site)
    order.require(*STATES_WITH_LABOR)
    return order


def _check_operation(order: WorkOrder, operation_id: int | None) -> None:
    if operation_id and not Operation.objects.filter(pk=operation_id, work_order=order).exists():
        raise another_step()


def _record(worked: Worked, day: date, actor: User, at: datetime) -> LaborEntry:
    """Store hours on a locked work order and post their cost."""
    order = worked.order
    _check_operation(order, worked.operation_id)
    if worked.operation_id:
        guard_qualified(worked=[(worked.operation_id, worked.person_id, day)])
    trades = trades_of(person_ids=[worked.person_id])
    entry = entry_of(worked=worked, trades=trades, actor=actor, at=at)
    return post_labor(entries=[entry], locked={order.pk: order}, actor=actor, at=at)[0]
