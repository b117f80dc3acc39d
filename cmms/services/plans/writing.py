"""Maintenance plans: written, changed, switched on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cmms.choices import IntervalUnit, PlanStatus, PlanTrigger
from cmms.decisions.plan_schedule import started
from cmms.models import Asset, JobPlan, MaintenancePlan, Meter, PlanPackage, PlanStop
from cmms.selectors.plan_states import PlanState, month_day, plan_states
from cmms.services.places import place_of
from cmms.services.plans.clocks import locked_plans, refresh_clocks, store_clocks, store_packages
from cmms.services.releasing import APPROVE
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User
from core.numbering import next_number

MANAGE = "cmms.manage_plans"


@dataclass(frozen=True)
class PackageInput:
    """One interval and the job plan that it asks for. Of those due together the highest `hierarchy` runs."""

    job_plan_id: int
    hierarchy: int = 1
    every_count: int | None = None
    every_unit: str = IntervalUnit.MONTH
    meter_every: Decimal | None = None


CHANGEABLE = frozenset({
    "title", "type", "priority", "assignee_id", "program_id", "trigger", "meter_id", "start_on", "ends_on",
    "start_reading", "due_time", "shift_late_percent", "shift_early_percent", "tolerance_percent",
    "meter_shift_percent", "resets", "merge_days", "adds_covered_steps", "lead_days", "early_days", "late_days",
    "offset_days", "day_rule", "season_start", "season_end", "out_of_season", "pile_up", "part_lead_days",
    "buffer_days", "releases_orders", "planner_id",
})  # fmt: skip
_KEYS = [field.name for field in MaintenancePlan._meta.fields if field.is_relation] + ["number"]


@command
def create_plan(
    *,
    title: str,
    start_on: date,
    packages: Sequence[PackageInput],
    actor: User,
    at: datetime,
    asset_id: int | None = None,
    location_id: int | None = None,
    stop_ids: Sequence[int] = (),
    **settings: Any,
) -> MaintenancePlan:
    """A new plan as a draft; `settings` are named as the fields of MaintenancePlan. `stop_ids`: assets of a round.

    Raises RuleViolation with the field for what cannot be.
    """
    require(actor, MANAGE)
    _only_known(settings)
    place = place_of(asset_id=asset_id, location_id=location_id)
    plan = MaintenancePlan(
        number=next_number("MP"), created_at=at, created_by=actor, title=title.strip(), start_on=start_on,
        asset=place.asset, location_id=place.location_id, site_id=place.site_id,
        **{"planner_id": actor.pk, **settings},
    )  # fmt: skip
    _check(plan)
    plan.save()
    _write_packages(plan, packages)
    _write_stops(plan, stop_ids)
    refresh_clocks(plan_ids=[plan.pk], at=at)
    return plan


@command
def change_plan(
    *,
    plan_id: int,
    actor: User,
    at: datetime,
    packages: Sequence[PackageInput] | None = None,
    stop_ids: Sequence[int] | None = None,
    **changes: Any,
) -> MaintenancePlan:
    """Change a plan; orders already made stay as they are. A package is known again by its job plan.

    The start and the start reading of a plan that has cycles stay. Raises RuleViolation per field.
    """
    require(actor, MANAGE)
    _only_known(changes)
    plan = _locked(plan_id)
    for name in ("start_on", "start_reading"):
        if name in changes and changes[name] != getattr(plan, name) and plan.cycles.exists():
            raise Conflict("This plan already has cycles, so its start stays.", field=name)
    for name, value in changes.items():
        setattr(plan, name, value.strip() if isinstance(value, str) else value)
    _check(plan)
    plan.save()
    if packages is not None:
        _write_packages(plan, packages)
    if stop_ids is not None:
        _write_stops(plan, stop_ids)
    if plan.status == PlanStatus.ACTIVE:
        _require_can_run(plan)
        _start_new_packages(plan, at)
    refresh_clocks(plan_ids=[plan.pk], at=at)
    return plan


def _only_known(names: dict[str, Any]) -> None:
    unknown = names.keys() - CHANGEABLE
    if unknown:
        raise RuleViolation(f"{min(unknown)} cannot be set here.", field=min(unknown))


def _locked(plan_id: int) -> MaintenancePlan:
    found = locked_plans(plan_ids=[plan_id])
    if not found:
        raise NotFound("That maintenance plan does not exist.", field="plan_id")
    return found[0]


def _check(plan: MaintenancePlan) -> None:
    if not plan.title:
        raise RuleViolation("A plan needs a title.", field="title")
    plan.clean_fields(exclude=_KEYS)
    if plan.ends_on and plan.ends_on < plan.start_on:
        raise RuleViolation("The plan must end after it starts.", field="ends_on")
    if bool(plan.season_start) != bool(plan.season_end):
        raise RuleViolation("A season has a first and a last day.", field="season_end")
    for name in ("season_start", "season_end"):
        if getattr(plan, name):
            _check_day(getattr(plan, name), name)
    if plan.trigger == PlanTrigger.CALENDAR:
        plan.meter = None
        return
    if plan.meter_id is None:
        raise RuleViolation("Choose the meter that the work counts by.", field="meter_id")
    if not Meter.objects.filter(pk=plan.meter_id, is_active=True).exists():
        raise RuleViolation("That meter is not in use.", field="meter_id")


def _check_day(text: str, name: str) -> None:
    try:
        month_day(text)
    except ValueError as wrong:
        raise RuleViolation(
            f"'{text}' is no day of the year.", field=name, remedy="Write month and day, e.g. 04-01."
        ) from wrong


def _write_packages(plan: MaintenancePlan, inputs: Sequence[PackageInput]) -> None:
    """Make these the packages; one whose job plan is no longer named goes out of use (its cycles keep it)."""
    if not inputs:
        raise RuleViolation("Add at least one interval with its job plan.", field="packages")
    job_plans = JobPlan.objects.in_bulk({each.job_plan_id for each in inputs})
    kept = {row.job_plan_id: row for row in plan.packages.order_by("is_active", "pk")}
    rows: list[PlanPackage] = []
    for each in inputs:
        job_plan = job_plans.get(each.job_plan_id)
        if job_plan is None or not job_plan.is_active:
            raise RuleViolation("Choose a job plan that is in use.", field="packages")
        if each.job_plan_id in {row.job_plan_id for row in rows}:
            raise RuleViolation(f"{job_plan} is named twice.", field="packages")
        row = kept.get(each.job_plan_id) or PlanPackage(plan=plan, job_plan=job_plan)
        _check_interval(plan, each)
        row.hierarchy, row.every_count, row.every_unit = each.hierarchy, each.every_count, each.every_unit
        row.meter_every, row.is_active = each.meter_every, True
        row.clean_fields(exclude=["plan", "job_plan"])
        rows.append(row)
    gone = [row for row in kept.values() if row not in rows and row.is_active]
    for row in gone:
        row.is_active = False
    _check_window(plan, rows)
    bulk_create_with_history([row for row in rows if row.pk is None])
    fields = ["hierarchy", "every_count", "every_unit", "meter_every", "is_active"]
    bulk_update_with_history([*(row for row in rows if row in kept.values()), *gone], fields)


def _check_interval(plan: MaintenancePlan, each: PackageInput) -> None:
    if plan.trigger != PlanTrigger.METER and not each.every_count:
        raise RuleViolation("Say after how long it is due.", field="packages")
    if plan.trigger != PlanTrigger.CALENDAR and not each.meter_every:
        raise RuleViolation("Say after how much use it is due.", field="packages")


def _check_window(plan: MaintenancePlan, rows: Sequence[PlanPackage]) -> None:
    """Two cycles of one package must never fall into one call."""
    if plan.trigger == PlanTrigger.METER:
        return
    # A window measured against the shortest month of the year holds in every other.
    shortest = min(_shortest_days(row) for row in rows)
    if plan.merge_days >= shortest:
        raise RuleViolation(
            f"The merge window must be shorter than the shortest interval ({shortest} days).",
            field="merge_days",
        )


def _shortest_days(row: PlanPackage) -> int:
    count = row.every_count or 1
    return count * {IntervalUnit.DAY: 1, IntervalUnit.WEEK: 7, IntervalUnit.MONTH: 28}.get(
        IntervalUnit(row.every_unit), 365
    )


def _write_stops(plan: MaintenancePlan, asset_ids: Sequence[int]) -> None:
    wanted = list(dict.fromkeys(asset_ids))
    found = Asset.objects.in_bulk(wanted)
    for pk in wanted:
        if pk not in found or found[pk].site_id != plan.site_id:
            raise RuleViolation("Every stop of a round is an asset of the plan's site.", field="stops")
    present = list(plan.stops.order_by("sequence", "pk").values_list("asset_id", flat=True))
    if present == wanted:
        return
    for stop in plan.stops.all():
        stop.delete()
    bulk_create_with_history(
        [PlanStop(plan=plan, sequence=number, asset=found[pk]) for number, pk in enumerate(wanted, start=1)]
    )


@command
def activate_plan(*, plan_id: int, actor: User, at: datetime) -> MaintenancePlan:
    """Switch a plan on: from now on its orders are made, approved by this. What its dates held before is not made up.

    Takes the right to approve work orders too. Raises Conflict where a job plan has no approved revision.
    """
    require(actor, MANAGE)
    require(actor, APPROVE)
    plan = _locked(plan_id)
    plan.advance(PlanStatus.ACTIVE)
    _require_can_run(plan)
    plan.activated_at, plan.suspended_reason = at, ""
    plan.save()
    state = plan_states([plan], at)[plan.pk]
    _start(state, only_new=False)
    store_clocks(states=plan_states([plan], at).values())
    return plan


def _require_can_run(plan: MaintenancePlan) -> None:
    waiting = (
        JobPlan.objects.filter(packages__plan=plan, packages__is_active=True)
        .exclude(revisions__status="APPROVED")
        .order_by("code")
        .first()
    )
    if waiting is not None:
        raise Conflict(
            f"Job plan {waiting} has no approved revision.",
            field="packages",
            remedy="Have it approved first.",
        )
    if not plan.planner.has_perm(APPROVE):
        raise Conflict(
            f"{plan.planner} may not approve work orders, so none can be made in that name.",
            field="planner_id",
            remedy="Name another planner.",
        )


def _start_new_packages(plan: MaintenancePlan, at: datetime) -> None:
    _start(plan_states([plan], at)[plan.pk], only_new=True)


def _start(state: PlanState, *, only_new: bool) -> None:
    """Set the clocks of packages that were never called (all, where a plan is switched on) to `today`."""
    total = state.schedule.meter.total if state.schedule.meter else Decimal(0)
    chosen = [
        package
        for package in state.schedule.packages
        if not (only_new and hasattr(state.packages[package.key], "clock"))
    ]
    ready = tuple(started(package, state.today, total) for package in chosen)
    store_packages(schedules=[type(state.schedule)(packages=ready)])


@command
def suspend_plan(*, plan_id: int, reason: str, actor: User, at: datetime) -> MaintenancePlan:
    """Switch a plan off; orders already made stay."""
    require(actor, MANAGE)
    if not reason.strip():
        raise RuleViolation("Say why the plan is suspended.", field="reason")
    plan = _locked(plan_id)
    plan.advance(PlanStatus.SUSPENDED)
    plan.suspended_reason = reason.strip()[:200]
    plan.save()
    store_clocks(states=plan_states([plan], at).values())
    return plan
