"""Hours on work orders: logged after the work, or by a running clock; costed at the rate of that day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from cmms.choices import LaborKind, WorkOrderStatus
from cmms.models import CraftRate, LaborEntry, LaborTimer, Operation, Technician, WorkOrder
from cmms.selectors.readiness import work_day
from cmms.services.costing import labor_target, settle_costs
from cmms.services.guards import guard_qualified, guard_step_may_start
from cmms.services.planning import locked_work_order
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User
from core.money import round_money

LOG, LOG_FOR_OTHERS = "cmms.log_labor", "cmms.log_labor_for_others"
HOURS_PLACES = Decimal("0.0001")
RATE_PLACES = Decimal("0.000001")
LABOR_KEYS = ["work_order", "operation", "person", "craft", "reverses", "entered_by"]
LONGEST_ENTRY = timedelta(hours=24)
# Hours may still be entered after the work is done, until the work order is completed.
STATES_WITH_LABOR = (
    WorkOrderStatus.RELEASED,
    WorkOrderStatus.IN_PROGRESS,
    WorkOrderStatus.ON_HOLD,
    WorkOrderStatus.WORK_DONE,
)


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
    _require_for(actor, person_id)
    if ended_at > at:
        raise RuleViolation("Work cannot end in the future.", field="ended_at")
    _check_span(started_at, ended_at)
    order = _workable(work_order_id)
    person_id = person_id or actor.pk
    guard_qualified(operation_id=operation_id, person_id=person_id, day=work_day(order, started_at))
    return _record(
        order, person_id, started_at, ended_at, operation_id, kind, note, actor, at, is_overtime=is_overtime
    )


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
    _require_for(actor, person_id)
    if not 0 < hours <= 24:
        raise RuleViolation("Hours on one day are more than 0 and at most 24.", field="hours")
    order = _workable(work_order_id)
    zone = ZoneInfo(order.site.timezone)
    if worked_on > at.astimezone(zone).date():
        raise RuleViolation("Work cannot be in the future.", field="worked_on")
    start = datetime.combine(worked_on, time(), tzinfo=zone)
    end = start + timedelta(seconds=float(hours * 3600))
    person_id = person_id or actor.pk
    guard_qualified(operation_id=operation_id, person_id=person_id, day=worked_on)
    return _record(
        order,
        person_id,
        start,
        end,
        operation_id,
        kind,
        note,
        actor,
        at,
        hours=hours,
        is_overtime=is_overtime,
    )


@command
def reverse_labor(*, labor_entry_id: int, reason: str, actor: User, at: datetime) -> LaborEntry:
    """Take an entry back by its mirror image. One's own; those of others with the right to log for them."""
    if not reason.strip():
        raise RuleViolation("Say why it is taken back.", field="reason")
    found = LaborEntry.objects.filter(pk=labor_entry_id).select_related("craft").first()
    if found is None:
        raise NotFound("That labor entry does not exist.", field="labor_entry_id")
    if found.person_id is None:
        require(actor, LOG_FOR_OTHERS)
    _require_for(actor, found.person_id)
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
    settle_costs(targets=[], source_keys=[f"labor:{found.pk}"], actor=actor, at=at)
    return mirrored


@command
def start_timer(
    *, work_order_id: int, actor: User, at: datetime, operation_id: int | None = None
) -> LaborTimer:
    """Start the actor's clock. One that runs elsewhere is stopped and logged first."""
    require(actor, LOG)
    order = _workable(work_order_id)
    _rate(_technician(actor.pk), at.date())
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
    entries = _log_timers(LaborTimer.objects.filter(person=actor), actor, at)
    return entries[0] if entries else None


def stop_timers_of(*, order: WorkOrder, actor: User, at: datetime) -> list[LaborEntry]:
    """Stop and log every clock that runs on a work order (it is being finished)."""
    return _log_timers(LaborTimer.objects.filter(work_order=order), actor, at)


def _log_timers(timers: object, actor: User, at: datetime) -> list[LaborEntry]:
    rows = list(timers.select_for_update(of=("self",)).select_related("work_order"))  # type: ignore[attr-defined]
    entries = []
    for timer in rows:
        timer.delete()
        if at - timer.started_at >= timedelta(seconds=1):
            entries.append(
                _record(
                    timer.work_order, timer.person_id, timer.started_at, at,
                    timer.operation_id, LaborKind.WRENCH, "", actor, at,
                )
            )  # fmt: skip
    return entries


def _require_for(actor: User, person_id: int | None) -> None:
    others = person_id is not None and person_id != actor.pk
    require(actor, LOG_FOR_OTHERS if others else LOG)


def _check_span(started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise RuleViolation("Work must end after it starts.", field="ended_at")
    if ended_at - started_at > LONGEST_ENTRY:
        raise RuleViolation(
            "One entry covers at most 24 hours.", field="ended_at", remedy="Enter each day by itself."
        )


def _workable(work_order_id: int) -> WorkOrder:
    order = locked_work_order(work_order_id=work_order_id)
    order.require(*STATES_WITH_LABOR)
    return order


def _check_operation(order: WorkOrder, operation_id: int | None) -> None:
    if operation_id and not Operation.objects.filter(pk=operation_id, work_order=order).exists():
        raise RuleViolation("That step belongs to another work order.", field="operation_id")


def _technician(person_id: int) -> Technician:
    row = Technician.objects.select_related("craft", "user").filter(user_id=person_id).first()
    if row is None:
        raise RuleViolation(
            "This person has no craft, so the hours have no rate.",
            field="person_id",
            remedy="Add the person under Technicians first.",
        )
    return row


def _rate(technician: Technician, on: date, *, is_overtime: bool = False) -> Decimal:
    """The craft's rate valid on that day; an overtime hour costs the rate x its factor."""
    rate = (
        CraftRate.objects.filter(craft=technician.craft, valid_from__lte=on).order_by("-valid_from").first()
    )
    if rate is None:
        raise RuleViolation(
            f"{technician.craft} has no hourly rate on {on:%d %b %Y}.",
            field="person_id",
            remedy="Add one under Craft rates.",
        )
    return rate.hourly_rate * rate.overtime_factor if is_overtime else rate.hourly_rate


def _record(
    order: WorkOrder,
    person_id: int,
    started_at: datetime,
    ended_at: datetime,
    operation_id: int | None,
    kind: str,
    note: str,
    actor: User,
    at: datetime,
    hours: Decimal | None = None,
    is_overtime: bool = False,
) -> LaborEntry:
    """Store the entry and post its cost. The caller has locked the work order or its clock."""
    _check_operation(order, operation_id)
    technician = _technician(person_id)
    if hours is None:
        hours = Decimal(str((ended_at - started_at).total_seconds())) / 3600
    hours = hours.quantize(HOURS_PLACES)
    rate = _rate(technician, started_at.date(), is_overtime=is_overtime).quantize(RATE_PLACES)
    entry = LaborEntry(
        work_order=order, operation_id=operation_id, person=technician.user, craft=technician.craft, kind=kind,
        is_overtime=is_overtime, started_at=started_at, ended_at=ended_at, hours=hours, hourly_rate=rate, note=note[:200],
        amount=round_money(hours * rate, settings.BASE_CURRENCY), entered_at=at, entered_by=actor,
    )  # fmt: skip
    entry.clean_fields(exclude=LABOR_KEYS)
    entry.save()
    settle_costs(targets=[labor_target(entry=entry)], source_keys=[], actor=actor, at=at)
    return entry
