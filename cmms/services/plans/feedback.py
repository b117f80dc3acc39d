"""What the end of orders tells their plans: done (late or early), called off, or going on after all.

One statement where no order is of a plan, a constant number otherwise. The orders are locked by the caller; their
plans are locked here, after them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cmms.choices import CycleStatus
from cmms.decisions.plan_grid import local_day
from cmms.decisions.plan_schedule import Call, Schedule, completed, uncompleted
from cmms.models import PlanCycle, WorkOrder
from cmms.selectors.plan_states import PlanState, cycle_calls, plan_states
from cmms.services.plans.clocks import locked_plans, store_clocks, store_packages
from core.history import bulk_update_with_history


@dataclass
class _Ended:
    """The cycles of some orders and the state of their plans, which changes as they are told."""

    cycles: list[PlanCycle]
    calls: dict[int, Call]
    states: dict[int, PlanState]
    orders: dict[int, WorkOrder]

    def moves(self, cycle: PlanCycle) -> bool:
        """Whether this cycle decides where its plan goes on: not where a later one was made since."""
        state = self.states[cycle.plan_id]
        is_last = state.last_number == cycle.number and cycle.pk in self.calls
        return is_last and state.schedule.waits_for_completion

    def go_on(self, cycle: PlanCycle, schedule: Schedule) -> None:
        """The plan goes on from here."""
        state = self.states[cycle.plan_id]
        self.states[cycle.plan_id] = replace(state, schedule=schedule)

    def store(self, *, still_open: Collection[PlanCycle] = ()) -> None:
        """Write the cycles and the clocks."""
        fields = ["status", "completed_on", "done_reading", "reason"]
        bulk_update_with_history(self.cycles, fields)
        told = {cycle.pk for cycle in self.cycles}
        states = [
            replace(
                state,
                open=(
                    *(each for each in state.open if each.pk not in told),
                    *(each for each in still_open if each.plan_id == state.plan.pk),
                ),
            )
            for state in self.states.values()
        ]
        store_packages(schedules=[state.schedule for state in states])
        store_clocks(states=states)


def _ended(orders: Sequence[WorkOrder], at: datetime) -> _Ended | None:
    by_key = {order.pk: order for order in orders}
    plan_ids = set(PlanCycle.objects.filter(work_order__in=by_key).values_list("plan_id", flat=True))
    if not plan_ids:
        return None
    plans = locked_plans(plan_ids=plan_ids)
    cycles = list(PlanCycle.objects.filter(work_order__in=by_key).order_by("plan_id", "number"))
    by_plan = {plan.pk: plan for plan in plans}
    return _Ended(cycles, cycle_calls(by_plan, cycles), plan_states(plans, at), by_key)


def plan_work_completed(*, orders: Sequence[WorkOrder], at: datetime) -> None:
    """Orders were accepted as done: their cycles are done on the day the work was, and the next dates follow."""
    found = _ended(orders, at)
    if found is None:
        return
    for cycle in found.cycles:
        state = found.states[cycle.plan_id]
        done_at = found.orders[cycle.work_order_id or 0].work_done_at or at
        day = local_day(done_at, state.plan.site.timezone)
        reading = state.schedule.meter.total_on(day) if state.schedule.meter else None
        cycle.status, cycle.completed_on, cycle.done_reading = CycleStatus.DONE, day, reading
        if found.moves(cycle):
            found.go_on(cycle, completed(state.schedule, found.calls[cycle.pk], day, reading))
    found.store()


def plan_work_reopened(*, orders: Sequence[WorkOrder], at: datetime) -> None:
    """Completed work goes on: its cycles are open again, and what their completion moved goes back."""
    found = _ended(orders, at)
    if found is None:
        return
    found.cycles = [cycle for cycle in found.cycles if cycle.status == CycleStatus.DONE]
    for cycle in found.cycles:
        state, day = found.states[cycle.plan_id], cycle.completed_on
        if found.moves(cycle) and day is not None:
            schedule = uncompleted(state.schedule, found.calls[cycle.pk], day, cycle.done_reading)
            found.go_on(cycle, schedule)
        cycle.status, cycle.completed_on, cycle.done_reading = CycleStatus.OPEN, None, None
    found.store(still_open=found.cycles)


def plan_work_cancelled(*, orders: Sequence[WorkOrder], reason: str, at: datetime) -> None:
    """Orders were called off: their cycles are skipped for that reason, and the plans go on as if done on time."""
    found = _ended(orders, at)
    if found is None:
        return
    for cycle in found.cycles:
        number = found.orders[cycle.work_order_id or 0].number
        cycle.status, cycle.reason = CycleStatus.SKIPPED, f"{number} was cancelled: {reason.strip()}"[:200]
        cycle.completed_on, cycle.done_reading = None, None
    found.store()
