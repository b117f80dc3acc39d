"""What the end of an order tells its plan: done (late or early), called off, or going on after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cmms.choices import CycleStatus
from cmms.decisions.plan_grid import local_day
from cmms.decisions.plan_schedule import completed, uncompleted
from cmms.models import PlanCycle, WorkOrder
from cmms.selectors.plan_states import PlanState, cycle_call, plan_states
from cmms.services.plans.clocks import locked_plans, store_clocks, store_packages


def plan_work_completed(*, order: WorkOrder, at: datetime) -> None:
    """The order was accepted as done: its cycle is done on the day the work was, and the next date follows."""
    found = _cycle_of(order, at)
    if found is None:
        return
    cycle, state = found
    day = local_day(order.work_done_at or at, state.plan.site.timezone)
    reading = state.schedule.meter.total_on(day) if state.schedule.meter else None
    cycle.status, cycle.completed_on, cycle.done_reading = CycleStatus.DONE, day, reading
    cycle.save()
    call = cycle_call(state.plan, cycle)
    # A cycle that was made since already settled where the plan goes on.
    if call is not None and state.schedule.waits_for_completion and state.last_number == cycle.number:
        state = replace(state, schedule=completed(state.schedule, call, day, reading))
    _store(state, cycle)


def plan_work_reopened(*, order: WorkOrder, at: datetime) -> None:
    """Completed work goes on: its cycle is open again, and what its completion moved goes back."""
    found = _cycle_of(order, at)
    if found is None or found[0].status != CycleStatus.DONE:
        return
    cycle, state = found
    call, day = cycle_call(state.plan, cycle), cycle.completed_on
    if (
        call is not None
        and day is not None
        and state.schedule.waits_for_completion
        and state.last_number == cycle.number
    ):
        state = replace(state, schedule=uncompleted(state.schedule, call, day, cycle.done_reading))
    cycle.status, cycle.completed_on, cycle.done_reading = CycleStatus.OPEN, None, None
    cycle.save()
    _store(replace(state, open=(*state.open, cycle)), None)


def plan_work_cancelled(*, order: WorkOrder, reason: str, at: datetime) -> None:
    """The order was called off: its cycle is skipped for that reason and the plan goes on as if it had been on time."""
    found = _cycle_of(order, at)
    if found is None:
        return
    cycle, state = found
    cycle.status, cycle.reason = CycleStatus.SKIPPED, f"{order.number} was cancelled: {reason.strip()}"[:200]
    cycle.completed_on, cycle.done_reading = None, None
    cycle.save()
    _store(state, cycle)


def _cycle_of(order: WorkOrder, at: datetime) -> tuple[PlanCycle, PlanState] | None:
    """The cycle that the (locked) order does and its plan's state under lock."""
    plan_id = PlanCycle.objects.filter(work_order=order).values_list("plan_id", flat=True).first()
    if plan_id is None:
        return None
    plans = locked_plans(plan_ids=[plan_id])
    state = plan_states(plans, at)[plan_id]
    return PlanCycle.objects.get(work_order=order), state


def _store(state: PlanState, finished: PlanCycle | None) -> None:
    still_open = tuple(each for each in state.open if finished is None or each.pk != finished.pk)
    store_packages(schedules=[state.schedule])
    store_clocks(states=[replace(state, open=still_open)])
