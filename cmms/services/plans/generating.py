"""The scheduler of maintenance plans. Run once, fifty times, late, or by two workers: the same work orders.

Each run takes the plans that may be due, in the name of their planner, a few hundred to a transaction. The plan's
row lock lets one worker at a time decide, and no cycle number exists twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from cmms.choices import CycleRole, CycleStatus, PileUp, PlanStatus
from cmms.decisions.plan_grid import moment
from cmms.decisions.plan_pileup import Taken, due_calls
from cmms.models import CyclePackage, MaintenancePlan, PlanCycle, PlanStop, WorkOrder
from cmms.selectors.plan_contents import PlannedWork, approved_work, costs_at_sites, craft_rates
from cmms.selectors.plan_states import PlanState, plan_states
from cmms.services.parts.planned import request_planned_parts
from cmms.services.plans.clocks import locked_plans, store_clocks, store_packages
from cmms.services.plans.orders import OrderDraft, Prices, make_orders, parts_of
from cmms.services.releasing import APPROVE, PLAN
from core.access import require
from core.commands import command
from core.history import bulk_create_with_history
from core.models import User

RUN = "cmms.run_plans"
CHUNK = 200
# Holidays and seasons are edited without asking the plans, so each is looked at this long before its time.
MARGIN = timedelta(days=31)
RIGHTS = (PLAN, APPROVE, "cmms.request_parts")


@dataclass
class Generated:
    """What a run did. `orders`: their numbers. `problems`: by plan number, why nothing could be made."""

    plans: int = 0
    orders: list[str] = field(default_factory=list)
    merged: int = 0
    skipped: int = 0
    problems: dict[str, str] = field(default_factory=dict)

    def add(self, other: Generated) -> None:
        """Sum up."""
        self.plans += other.plans
        self.orders += other.orders
        self.merged += other.merged
        self.skipped += other.skipped
        self.problems |= other.problems


def generate_due(
    *, at: datetime, actor: User | None = None, plan_ids: Sequence[int] | None = None
) -> Generated:
    """Make every order whose time has come, of these plans or all. Safe to run at any time, any number of times.

    Orders are made in the name of each plan's planner; an `actor` (None: the clock) must hold the right to run it.
    """
    if actor is not None:
        require(actor, RUN)
    wanted = MaintenancePlan.objects.to_look_at(at.date() + MARGIN)
    if plan_ids is not None:
        wanted = wanted.filter(pk__in=plan_ids)
    done = Generated()
    rows = wanted.order_by("planner_id", "pk").values_list("planner_id", "pk")
    for planner_id, group in groupby(rows, key=lambda row: row[0]):
        keys = [pk for _, pk in group]
        planner = User.objects.get(pk=planner_id)
        for start in range(0, len(keys), CHUNK):
            done.add(_generate(plan_ids=keys[start : start + CHUNK], actor=planner, at=at))
    return done


@command
def _generate(*, plan_ids: Sequence[int], actor: User, at: datetime) -> Generated:
    plans = [plan for plan in locked_plans(plan_ids=plan_ids) if plan.status == PlanStatus.ACTIVE]
    states = plan_states(plans, at)
    done = Generated(plans=len(plans))
    missing = next((right for right in RIGHTS if not actor.has_perm(right)), None)
    works = approved_work({each.job_plan_id for state in states.values() for each in state.packages.values()})
    taken: dict[int, list[Taken]] = {}
    after: dict[int, PlanState] = {}
    told: dict[int, str] = {}
    for state in states.values():
        found, schedule = due_calls(
            state.schedule, state.plan.pile_up, [cycle.hierarchy for cycle in state.open], state.today
        )
        problem = _problem(state, found, works, missing, actor)
        if problem:
            told[state.plan.pk] = done.problems[state.plan.number] = problem
            continue
        if found:
            taken[state.plan.pk] = found
            after[state.plan.pk] = replace(state, schedule=schedule)
    _take(done, [states[pk] for pk in taken], taken, works, actor=actor, at=at)
    store_packages(schedules=[state.schedule for state in after.values()])
    store_clocks(states=_seen(states, after, taken), problems=told)
    return done


def _problem(
    state: PlanState, found: list[Taken], works: dict[int, PlannedWork], missing: str | None, planner: User
) -> str:
    if not any(each.verdict == PileUp.QUEUE for each in found):
        return ""
    if missing:
        return f"{planner} may no longer plan and approve work orders. Name another planner."
    place = state.plan.asset
    if place is not None and not place.is_active:
        return f"{place} is no longer in use. Suspend the plan or change its asset."
    waiting = [each.job_plan for each in state.packages.values() if each.job_plan_id not in works]
    return f"Job plan {waiting[0]} has no approved revision." if waiting else ""


def _seen(
    states: dict[int, PlanState], after: dict[int, PlanState], taken: dict[int, list[Taken]]
) -> list[PlanState]:
    """The states to work the next dates out of: a plan that waits for completion has none while it is open."""
    ordered = {pk for pk, found in taken.items() if any(each.verdict == PileUp.QUEUE for each in found)}
    return [
        replace(after.get(pk, state), open=(*state.open, PlanCycle()))
        if pk in ordered
        else after.get(pk, state)
        for pk, state in states.items()
    ]


def _take(
    done: Generated,
    states: Sequence[PlanState],
    taken: dict[int, list[Taken]],
    works: dict[int, PlannedWork],
    *,
    actor: User,
    at: datetime,
) -> None:
    """Write the cycles and the orders of what was decided."""
    if not states:
        return
    stops = _stops([state.plan.pk for state in states])
    drafts: list[OrderDraft] = []
    cycles: list[tuple[PlanState, Taken, PlanCycle]] = []
    for state in states:
        for number, each in enumerate(taken[state.plan.pk], start=state.last_number + 1):
            cycle = _cycle(state, each, number, at)
            cycles.append((state, each, cycle))
            if each.verdict == PileUp.QUEUE:
                drafts.append(_draft(state, each, works, stops.get(state.plan.pk, [])))
    orders = _make(drafts, works, actor=actor, at=at)
    _write_cycles(cycles, orders, works)
    done.orders += [order.number for order in orders]
    done.merged += sum(1 for _, each, _ in cycles if each.verdict == PileUp.MERGE)
    done.skipped += sum(1 for _, each, _ in cycles if each.verdict == PileUp.SKIP)


def _stops(plan_ids: Sequence[int]) -> dict[int, list[PlanStop]]:
    found: dict[int, list[PlanStop]] = {}
    rows = (
        PlanStop.objects.filter(plan__in=plan_ids)
        .select_related("asset")
        .order_by("plan_id", "sequence", "pk")
    )
    for stop in rows:
        found.setdefault(stop.plan_id, []).append(stop)
    return found


def _draft(
    state: PlanState, each: Taken, works: dict[int, PlannedWork], stops: Sequence[PlanStop]
) -> OrderDraft:
    wanted = each.call.occurrences if state.plan.adds_covered_steps else each.call.running
    ordered = sorted(wanted, key=lambda one: (-one.package.hierarchy, one.package.key))
    keys = dict.fromkeys(state.packages[one.package.key].job_plan_id for one in ordered)
    return OrderDraft(state.plan, each.call, state.packages, [works[key] for key in keys], stops)


def _make(
    drafts: Sequence[OrderDraft], works: dict[int, PlannedWork], *, actor: User, at: datetime
) -> list[WorkOrder]:
    if not drafts:
        return []
    items = {part.item_id for work in works.values() for part in work.parts}
    costs = costs_at_sites(items, {draft.plan.site_id for draft in drafts})
    prices = Prices(costs, craft_rates(at.date()))
    orders = make_orders(drafts=drafts, prices=prices, actor=actor, at=at)
    requests = parts_of(drafts=drafts, orders=orders, costs=costs)
    request_planned_parts(requests=requests, actor=actor, at=at)
    return orders


def _cycle(state: PlanState, each: Taken, number: int, at: datetime) -> PlanCycle:
    plan, call = state.plan, each.call
    blocker = state.open[-1].work_order if state.open else None
    named = blocker.number if blocker else "the order before"
    return PlanCycle(
        plan=plan, number=number, trigger=call.trigger, hierarchy=call.hierarchy, generated_at=at,
        earliest_start_on=call.earliest_start, due_on=call.due_on, latest_end_on=call.latest_end,
        due_at=moment(call.due_on, plan.due_time, plan.site.timezone),
        due_reading=call.running[0].due_reading,
        status={PileUp.MERGE: CycleStatus.MERGED, PileUp.SKIP: CycleStatus.SKIPPED}.get(
            PileUp(each.verdict), CycleStatus.OPEN
        ),
        reason="" if each.verdict == PileUp.QUEUE else f"Came due while {named} was open.",
    )  # fmt: skip


def _write_cycles(
    cycles: Sequence[tuple[PlanState, Taken, PlanCycle]],
    orders: Sequence[WorkOrder],
    works: dict[int, PlannedWork],
) -> None:
    waiting = iter(orders)
    ordered = [cycle for _, each, cycle in cycles if each.verdict == PileUp.QUEUE]
    for cycle in ordered:
        cycle.work_order = next(waiting)
    bulk_create_with_history(ordered)
    last = {state.plan.pk: state.open[-1] for state, _, _ in cycles if state.open}
    for _, each, cycle in cycles:
        if each.verdict == PileUp.QUEUE:
            last[cycle.plan_id] = cycle
        elif each.verdict == PileUp.MERGE:
            cycle.merged_into = last[cycle.plan_id]
    bulk_create_with_history([cycle for _, each, cycle in cycles if each.verdict != PileUp.QUEUE])
    CyclePackage.objects.bulk_create(
        [row for state, each, cycle in cycles for row in _packages(state, each, cycle, works)]
    )


def _packages(
    state: PlanState, each: Taken, cycle: PlanCycle, works: dict[int, PlannedWork]
) -> list[CyclePackage]:
    ordered = each.verdict == PileUp.QUEUE
    rows = []
    for one in each.call.occurrences:
        work = works.get(state.packages[one.package.key].job_plan_id)
        done = ordered and work is not None and (one.runs or state.plan.adds_covered_steps)
        rows.append(
            CyclePackage(
                cycle=cycle, package_id=one.package.key, trigger=one.trigger, due_on=one.due_on,
                role=CycleRole.RUNS if one.runs else CycleRole.COVERED,
                revision=work.revision if done and work else None,
                number=one.number, due_reading=one.due_reading, anchor_before=one.package.anchor_on,
                number_before=one.package.number, base_before=one.package.base,
            )
        )  # fmt: skip
    return rows
