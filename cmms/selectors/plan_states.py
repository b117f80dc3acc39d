"""Maintenance plans as the engine sees them; a constant number of statements for any number of plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import F, Max, OuterRef, Q, Subquery

from cmms.choices import ClosureKind, CycleRole, PlanTrigger, ResetPolicy
from cmms.decisions.meter_use import MeterState, daily_use
from cmms.decisions.plan_calendar import Closure, Season, WorkCalendar, stagger_days
from cmms.decisions.plan_grid import Every, ShiftRule, local_day
from cmms.decisions.plan_schedule import Call, Occurrence, Package, Schedule
from cmms.models import (
    CyclePackage,
    MaintenancePlan,
    Meter,
    MeterReading,
    PlanCycle,
    PlanPackage,
    SiteCalendar,
    SiteClosure,
)

CLOSURES_SINCE = timedelta(days=400)


@dataclass(frozen=True)
class PlanState:
    """A plan with its schedule. `today`: the local day of its site. `last_number`: of its cycles."""

    plan: MaintenancePlan
    schedule: Schedule
    packages: dict[int, PlanPackage]
    today: date
    open: tuple[PlanCycle, ...] = ()
    open_call: Call | None = None
    last_number: int = 0
    problem: str = field(default="", compare=False)


def plan_states(plans: Sequence[MaintenancePlan], at: datetime) -> dict[int, PlanState]:
    """The state of each plan (with its site at hand) as of `at`; nine statements at most."""
    keys = [plan.pk for plan in plans]
    packages = _packages(keys)
    calendars, spreads = _calendars({plan.site_id for plan in plans}, at)
    meters = meter_states({plan.meter_id for plan in plans if plan.meter_id}, at)
    cycles_so_far = PlanCycle.objects.filter(plan__in=keys).values_list("plan")
    last = dict(cycles_so_far.annotate(Max("number")).order_by())
    still_open = _open_cycles(keys)
    calls = _packages_of([cycle for cycles in still_open.values() for cycle in cycles])
    states = {}
    for plan in plans:
        own = packages.get(plan.pk, [])
        schedule = _schedule(
            plan, own, calendars.get(plan.site_id, WorkCalendar()), spreads.get(plan.site_id, 0),
            meters.get(plan.meter_id or 0),
        )  # fmt: skip
        cycles = tuple(still_open.get(plan.pk, ()))
        states[plan.pk] = PlanState(
            plan=plan,
            schedule=schedule,
            packages={each.pk: each for each in own},
            today=local_day(at, plan.site.timezone),
            open=cycles,
            open_call=call_of(plan, cycles[-1], calls.get(cycles[-1].pk, [])) if cycles else None,
            last_number=last.get(plan.pk, 0),
        )
    return states


def _packages(plan_ids: Collection[int]) -> dict[int, list[PlanPackage]]:
    found: dict[int, list[PlanPackage]] = defaultdict(list)
    rows = PlanPackage.objects.filter(plan__in=plan_ids, is_active=True)
    for package in rows.select_related("clock", "job_plan").order_by("-hierarchy", "pk"):
        found[package.plan_id].append(package)
    return found


def _calendars(site_ids: Collection[int], at: datetime) -> tuple[dict[int, WorkCalendar], dict[int, int]]:
    closures: dict[int, list[Closure]] = defaultdict(list)
    since = at.date() - CLOSURES_SINCE
    for row in SiteClosure.objects.filter(site__in=site_ids, to_on__gte=since).order_by("from_on", "pk"):
        closures[row.site_id].append(Closure(row.from_on, row.to_on, row.kind == ClosureKind.BLACKOUT))
    own = {row.site_id: row for row in SiteCalendar.objects.filter(site__in=site_ids)}
    plain = WorkCalendar()
    calendars = {
        pk: WorkCalendar(own[pk].weekdays if pk in own else plain.weekdays, tuple(closures.get(pk, ())))
        for pk in site_ids
    }
    return calendars, {pk: row.stagger_days for pk, row in own.items()}


def meter_states(meter_ids: Collection[int], at: datetime) -> dict[int, MeterState]:
    """Total, day and average daily use of each meter that was ever read; two statements.

    The average is taken over the meter's window back from `at`, over total readings, so that rollovers and
    replacements do not disturb it.
    """
    if not meter_ids:
        return {}
    latest = MeterReading.objects.filter(meter=OuterRef("pk"), read_at__lte=at).order_by("-read_at", "-pk")
    meters = (
        Meter.objects.filter(pk__in=meter_ids)
        .select_related("asset__site")
        .annotate(
            last_at=Subquery(latest.values("read_at")[:1]), last_total=Subquery(latest.values("total")[:1])
        )
        .order_by("pk")
    )
    read = [meter for meter in meters if meter.last_at is not None]
    firsts = _first_in_window(read, at)
    states = {}
    for meter in read:
        points = [(meter.last_at, meter.last_total)]
        if meter.pk in firsts:
            points.append(firsts[meter.pk])
        use = daily_use(points, meter.expected_daily_use)
        states[meter.pk] = MeterState(
            meter.last_total, local_day(meter.last_at, meter.asset.site.timezone), use
        )
    return states


def _first_in_window(meters: Iterable[Meter], at: datetime) -> dict[int, tuple[datetime, Decimal]]:
    wanted = Q(pk__in=[])
    for days in {meter.window_days for meter in meters}:
        of = [meter.pk for meter in meters if meter.window_days == days]
        wanted |= Q(meter__in=of, read_at__gte=at - timedelta(days=days), read_at__lte=at)
    rows = MeterReading.objects.filter(wanted).order_by("meter_id", "read_at", "pk").distinct("meter_id")
    return {pk: (read_at, total) for pk, read_at, total in rows.values_list("meter_id", "read_at", "total")}


def _open_cycles(plan_ids: Collection[int]) -> dict[int, list[PlanCycle]]:
    found: dict[int, list[PlanCycle]] = defaultdict(list)
    rows = PlanCycle.objects.open().filter(plan__in=plan_ids).select_related("work_order")
    for cycle in rows.order_by("plan_id", "number"):
        found[cycle.plan_id].append(cycle)
    return found


def _packages_of(cycles: Sequence[PlanCycle]) -> dict[int, list[CyclePackage]]:
    found: dict[int, list[CyclePackage]] = defaultdict(list)
    rows = CyclePackage.objects.filter(cycle__in=[each.pk for each in cycles])
    for row in rows.select_related("package").order_by("cycle_id", F("role").desc(), "pk"):
        found[row.cycle_id].append(row)
    return found


def call_of(plan: MaintenancePlan, cycle: PlanCycle, rows: Iterable[CyclePackage]) -> Call | None:
    """The call that a stored cycle was made from; None where its packages are gone."""
    taken = tuple(
        Occurrence(
            package=Package(
                key=row.package_id,
                hierarchy=row.package.hierarchy,
                every=_every(row.package),
                meter_every=row.package.meter_every,
                anchor_on=row.anchor_before,
                number=row.number_before,
                base=row.base_before,
            ),
            due_on=row.due_on,
            trigger=row.trigger,
            number=row.number,
            due_reading=row.due_reading,
            runs=row.role == CycleRole.RUNS,
        )
        for row in rows
    )
    return Call(cycle.due_on, taken, plan.lead_days, plan.early_days, plan.late_days) if taken else None


def cycle_calls(plans: Mapping[int, MaintenancePlan], cycles: Sequence[PlanCycle]) -> dict[int, Call]:
    """The calls that stored cycles were made from, by cycle; one statement."""
    rows = _packages_of(cycles)
    calls = {cycle.pk: call_of(plans[cycle.plan_id], cycle, rows.get(cycle.pk, [])) for cycle in cycles}
    return {pk: call for pk, call in calls.items() if call is not None}


def _every(package: PlanPackage) -> Every | None:
    return Every(package.every_count, package.every_unit) if package.every_count else None


def engine_package(plan: MaintenancePlan, package: PlanPackage) -> Package:
    """The package with its clock, or at the start of the plan where it was never called."""
    clock = getattr(package, "clock", None)
    return Package(
        key=package.pk,
        hierarchy=package.hierarchy,
        every=_every(package) if plan.trigger != PlanTrigger.METER else None,
        meter_every=package.meter_every if plan.trigger != PlanTrigger.CALENDAR else None,
        anchor_on=clock.anchor_on if clock else plan.start_on,
        number=clock.number if clock else 0,
        base=clock.base_reading if clock else plan.start_reading,
    )


def _schedule(
    plan: MaintenancePlan,
    packages: Sequence[PlanPackage],
    calendar: WorkCalendar,
    spread: int,
    meter: MeterState | None,
) -> Schedule:
    return Schedule(
        packages=tuple(engine_package(plan, each) for each in packages),
        shift=ShiftRule(plan.shift_late_percent, plan.shift_early_percent, plan.tolerance_percent),
        meter_shift=plan.meter_shift_percent,
        resets_both=plan.resets == ResetPolicy.BOTH,
        merge_days=plan.merge_days,
        lead_days=plan.lead_days,
        early_days=plan.early_days,
        late_days=plan.late_days,
        offset_days=stagger_days(plan.offset_days, spread, plan.pk),
        day_rule=plan.day_rule,
        season=_season(plan),
        calendar=calendar,
        meter=meter,
        ends_on=plan.ends_on,
    )


def _season(plan: MaintenancePlan) -> Season | None:
    if not plan.season_start:
        return None
    return Season(month_day(plan.season_start), month_day(plan.season_end), plan.out_of_season)


def month_day(text: str) -> tuple[int, int]:
    """'04-01' as (4, 1). Raises ValueError where it is no day of a (leap) year."""
    month, _, day = text.partition("-")
    found = date(2024, int(month), int(day))
    return found.month, found.day
