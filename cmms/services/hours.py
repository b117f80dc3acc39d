"""What hours are and cost: checked, made into entries at the rate of the person's craft on that day, and posted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from cmms.choices import LaborKind, WorkOrderStatus
from cmms.models import LaborEntry, Technician, WorkOrder
from cmms.services.costing import labor_target, settle_costs
from core.access import require
from core.errors import RuleViolation
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


@dataclass(frozen=True)
class Worked:
    """Who worked on what, from when to when; `hours` where they are known better than by the times."""

    order: WorkOrder
    person_id: int
    started_at: datetime
    ended_at: datetime
    operation_id: int | None = None
    kind: str = LaborKind.WRENCH
    note: str = ""
    hours: Decimal | None = None
    is_overtime: bool = False


@dataclass(frozen=True)
class Trade:
    """A technician and the hourly rates of the craft (base currency) by the day they hold from, latest first, each
    with its overtime factor.
    """

    technician: Technician
    rates: list[tuple[date, Decimal, Decimal]] = field(default_factory=list)


def require_for(*, actor: User, person_id: int | None) -> None:
    """The right to log one's own hours, or those of somebody else."""
    others = person_id is not None and person_id != actor.pk
    require(actor, LOG_FOR_OTHERS if others else LOG)


def check_span(*, started_at: datetime, ended_at: datetime) -> None:
    """Raise RuleViolation for times that are reversed or over 24 hours apart."""
    if ended_at <= started_at:
        raise RuleViolation("Work must end after it starts.", field="ended_at")
    if ended_at - started_at > LONGEST_ENTRY:
        raise RuleViolation(
            "One entry covers at most 24 hours.", field="ended_at", remedy="Enter each day by itself."
        )


def another_step() -> RuleViolation:
    """The words for a step that is not of the work order."""
    return RuleViolation("That step belongs to another work order.", field="operation_id")


def hours_on_day(
    *, order: WorkOrder, hours: Decimal, worked_on: date, at: datetime
) -> tuple[datetime, datetime]:
    """So many hours from the start of a day of the work order's site. Raises RuleViolation out of bounds."""
    if not 0 < hours <= 24:
        raise RuleViolation("Hours on one day are more than 0 and at most 24.", field="hours")
    zone = ZoneInfo(order.site.timezone)
    if worked_on > at.astimezone(zone).date():
        raise RuleViolation("Work cannot be in the future.", field="worked_on")
    start = datetime.combine(worked_on, time(), tzinfo=zone)
    return start, start + timedelta(seconds=float(hours * 3600))


def trades_of(*, person_ids: Collection[int]) -> dict[int, Trade]:
    """Craft and rates of those among these people who have a craft; one statement."""
    if not person_ids:
        return {}
    rows = (
        Technician.objects.filter(user_id__in=set(person_ids))
        .annotate(
            valid_from=F("craft__rates__valid_from"),
            hourly_rate=F("craft__rates__hourly_rate"),
            overtime_factor=F("craft__rates__overtime_factor"),
        )
        .select_related("user", "craft")
        .only("user__first_name", "user__last_name", "user__username", "craft__name")
        .order_by("user_id", F("valid_from").desc())
    )
    found: dict[int, Trade] = {}
    for row in rows:
        trade = found.setdefault(row.user_id, Trade(row))
        if row.valid_from is not None:
            trade.rates.append((row.valid_from, row.hourly_rate, row.overtime_factor))
    return found


def trade_of(*, trades: Mapping[int, Trade], person_id: int) -> Trade:
    """The person's craft. Raises RuleViolation where there is none."""
    if person_id not in trades:
        raise RuleViolation(
            "This person has no craft, so the hours have no rate.",
            field="person_id",
            remedy="Add the person under Technicians first.",
        )
    return trades[person_id]


def rate_on(*, trade: Trade, day: date, is_overtime: bool = False) -> Decimal:
    """The craft's hourly rate (base currency) valid on that day; overtime: x its factor.

    Raises RuleViolation where there is none.
    """
    for valid_from, rate, factor in trade.rates:
        if valid_from <= day:
            return (rate * factor).quantize(RATE_PLACES) if is_overtime else rate
    raise RuleViolation(
        f"{trade.technician.craft} has no hourly rate on {day:%d %b %Y}.",
        field="person_id",
        remedy="Add one under Craft rates.",
    )


def entry_of(*, worked: Worked, trades: Mapping[int, Trade], actor: User, at: datetime) -> LaborEntry:
    """The entry, not stored yet: hours x rate of the day work started, rounded once (base currency)."""
    trade = trade_of(trades=trades, person_id=worked.person_id)
    hours = worked.hours
    if hours is None:
        hours = Decimal(str((worked.ended_at - worked.started_at).total_seconds())) / 3600
    hours = hours.quantize(HOURS_PLACES)
    rate = rate_on(trade=trade, day=worked.started_at.date(), is_overtime=worked.is_overtime)
    entry = LaborEntry(
        work_order=worked.order, operation_id=worked.operation_id, person=trade.technician.user,
        craft=trade.technician.craft, kind=worked.kind, is_overtime=worked.is_overtime, started_at=worked.started_at, ended_at=worked.ended_at,
        hours=hours, hourly_rate=rate, note=worked.note[:200],
        amount=round_money(hours * rate, settings.BASE_CURRENCY), entered_at=at, entered_by=actor,
    )  # fmt: skip
    entry.clean_fields(exclude=LABOR_KEYS)
    return entry


def post_labor(
    *, entries: Sequence[LaborEntry], locked: Mapping[int, WorkOrder] | None, actor: User, at: datetime
) -> list[LaborEntry]:
    """Store entries and post their cost; three statements (four where the work orders are not `locked` yet)."""
    stored = LaborEntry.objects.bulk_create(entries)
    targets = [labor_target(entry=entry) for entry in stored]
    settle_costs(targets=targets, source_keys=[], actor=actor, at=at, locked=locked, are_new=True)
    return stored
