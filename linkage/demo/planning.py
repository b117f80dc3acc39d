"""The planner's and the foreman's days: work is made, released, confirmed, accepted and closed, many at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from cmms.models import Operation
from cmms.services.closing import cancel_work_order, close_work_orders, complete_work_orders
from cmms.services.confirming import ConfirmationLine, confirm_work
from cmms.services.planning import approve_work_orders, create_work_orders, release_work_orders
from linkage.demo.clock import Life
from linkage.demo.jobs import Job, fault_job, planned_job, to_create
from linkage.demo.work import floor_life, hours_taken
from linkage.demo.world import World, working_time

DESK_DAYS = {1, 4}  # Tuesday, Friday
BOOKING_DAYS = {1, 3, 4}
FRIDAY = 4


def planners_days(world: World, found: Iterable[datetime], rounds: Iterable[datetime]) -> Life:
    """What was found on the rounds becomes work, and on Fridays next week's rounds; then all of it moves on."""
    faults, planned = deque(sorted(found)), deque(sorted(rounds))
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=7, minute=40))
        if world.now.weekday() not in DESK_DAYS:
            continue
        jobs = [fault_job(world)[0] for _ in range(_past(faults, world.now))]
        if world.now.weekday() == FRIDAY:
            jobs += [planned_job(world) for _ in range(_past(planned, world.now + timedelta(days=7)))]
        _make(world, jobs)
        _release(world)
        _accept(world)
        if world.now.weekday() == FRIDAY:
            _close(world)


def _past(moments: deque[datetime], now: datetime) -> int:
    """Takes out what is due by now, and says how many."""
    many = 0
    while moments and moments[0] <= now:
        moments.popleft()
        many += 1
    return many


def _make(world: World, jobs: list[Job]) -> None:
    if not jobs:
        return
    orders = create_work_orders(
        orders=[to_create(world, job) for job in jobs], actor=world.people["planner"], at=world.now
    )
    for order, job in zip(orders, jobs, strict=True):
        world.drafted(order.pk, job)


def _release(world: World) -> None:
    """Approve and release every draft but the few that turned out to be done already."""
    drafts, planner = world.take_drafts(), world.people["planner"]
    if not drafts:
        return
    approve_work_orders(work_order_ids=list(drafts), actor=planner, at=world.now)
    for key in [key for key in drafts if world.chance(0.02)]:
        reason = "Done together with another job."
        cancel_work_order(work_order_id=key, reason=reason, actor=planner, at=world.now)
        del drafts[key]
    release_work_orders(work_order_ids=list(drafts), actor=planner, at=world.now)
    for key, job in drafts.items():
        begins = world.later(2, 110)
        world.people_of[key] = job.person.pk
        if job.is_repair or job.wants_stock or job.wants_purchase:
            world.clock.spawn(floor_life(world, key, job), begins)
        else:
            world.ready[key] = begins


def _accept(world: World) -> None:
    old = world.now - timedelta(hours=4)
    done = [key for key, since in world.done.items() if since <= old and key not in world.hungry]
    if done:
        moved = complete_work_orders(work_order_ids=done, actor=world.people["planner"], at=world.now)
        for key in moved.done_ids:
            del world.done[key]
            world.completed[key] = world.now


def _close(world: World) -> None:
    """Close what was accepted some days ago; what still waits for a delivery or a bill stays for another week."""
    old = world.now - timedelta(hours=100)
    if keys := [key for key, since in world.completed.items() if since <= old]:
        moved = close_work_orders(work_order_ids=keys, actor=world.people["planner"], at=world.now)
        for key in moved.done_ids:
            del world.completed[key]


def foremans_days(world: World) -> Life:
    """Three afternoons a week the foreman books the hours of what was done."""
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=16, minute=45))
        if world.now.weekday() not in BOOKING_DAYS:
            continue
        ready = sorted(key for key, since in world.ready.items() if since <= world.now)
        if ready:
            _confirm(world, ready)


def _confirm(world: World, keys: list[int]) -> None:
    day = (world.now - timedelta(hours=12)).date()
    lines = [
        ConfirmationLine(
            work_order_id=step.work_order_id, operation_id=step.pk, person_id=world.people_of[step.work_order_id],
            hours=hours_taken(world, step), worked_on=day, is_final=True,
        )
        for step in Operation.objects.filter(work_order__in=keys).order_by("work_order_id", "sequence")
    ]  # fmt: skip
    confirm_work(lines=lines, actor=world.people["planner"], at=world.now)
    for key in keys:
        del world.ready[key]
        world.done[key] = world.now
