"""When each plan has to be looked at next: worked out again whenever something it depends on changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from cmms.choices import PlanStatus
from cmms.decisions.plan_schedule import Package, Schedule, next_call
from cmms.models import MaintenancePlan, PackageClock, PlanClock
from cmms.selectors.plan_states import PlanState, plan_states

PLAN_NEEDS = ("site", "asset", "location", "planner")


def locked_plans(*, plan_ids: Collection[int]) -> list[MaintenancePlan]:
    """Plans by primary key, locked until the transaction ends."""
    rows = MaintenancePlan.objects.filter(pk__in=plan_ids).order_by("pk").select_related(*PLAN_NEEDS)
    return list(rows.select_for_update(of=("self",), no_key=True))


def refresh_clocks(*, plan_ids: Collection[int], at: datetime) -> None:
    """Work out anew when these plans are due next; a constant number of statements."""
    if not plan_ids:
        return
    states = plan_states(locked_plans(plan_ids=plan_ids), at)
    store_clocks(states=states.values())


def store_clocks(*, states: Iterable[PlanState], problems: dict[int, str] | None = None) -> None:
    """Keep the next dates of plans, and what keeps them from being made; one statement."""
    told = problems or {}
    rows = [_clock(state, told.get(state.plan.pk, "")) for state in states]
    if rows:
        PlanClock.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["plan"],
            update_fields=["next_due_on", "generate_on", "problem"],
        )


def _clock(state: PlanState, problem: str) -> PlanClock:
    active = state.plan.status == PlanStatus.ACTIVE
    waits = bool(state.open) and state.schedule.waits_for_completion
    call = next_call(state.schedule) if active and not waits else None
    return PlanClock(
        plan=state.plan,
        next_due_on=call.due_on if call else None,
        generate_on=call.generate_on if call else None,
        problem=problem[:200],
    )


def store_packages(*, schedules: Iterable[Schedule]) -> None:
    """Keep how far the packages of schedules were called; one statement."""
    rows = [_package_clock(package) for schedule in schedules for package in schedule.packages]
    if rows:
        PackageClock.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["package"],
            update_fields=["anchor_on", "number", "base_reading"],
        )


def _package_clock(package: Package) -> PackageClock:
    return PackageClock(
        package_id=package.key,
        anchor_on=package.anchor_on,
        number=package.number,
        base_reading=package.base,
    )
