"""Lives of work orders on the floor: reported, begun, supplied with parts, done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cmms.choices import HoldReason, LaborKind, OperationStatus, Priority
from cmms.models import Operation, PartsRequest, WorkOrder
from cmms.services.execution import finish_operation, finish_work, hold_work, resume_work, start_work
from cmms.services.labor import log_hours
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.work_requests import (
    accept_work_request,
    join_work_request,
    reject_work_request,
    report_fault,
)
from core.models import User
from linkage.demo.clock import Life
from linkage.demo.jobs import Job, due, fault_job, needs_of, plan_of
from linkage.demo.words_plant import CLOSING_WORDS, DEPARTMENTS, REPORTERS
from linkage.demo.world import World


def reported_life(world: World) -> Life:
    """A fault: reported, and reviewed by the planner into a draft."""
    job, words = fault_job(world)
    asset, planner = job.place.asset, world.people["planner"]
    reporter = world.crew(job.place.site_position, "MEC") if world.chance(0.6) else planner
    request = report_fault(
        description=words, asset_id=asset.pk, location_id=None, priority=job.priority,
        is_asset_down=job.priority == Priority.EMERGENCY, department=world.random.choice(DEPARTMENTS),
        requester_name=world.random.choice(REPORTERS), actor=reporter, at=world.now,
    )  # fmt: skip
    yield world.later(1, 30)
    if world.chance(0.04):
        reason = "Looked at it on the round: nothing wrong."
        reject_work_request(work_request_id=request.pk, reason=reason, actor=planner, at=world.now)
        return
    if world.chance(0.08):
        same = WorkOrder.objects.open().filter(asset=asset).order_by("-pk").first()
        if same is not None:
            join_work_request(work_request_id=request.pk, work_order_id=same.pk, actor=planner, at=world.now)
            return
    operations, estimate = plan_of(world, job)
    order = accept_work_request(
        work_request_id=request.pk, title=job.title, assignee_id=job.person.pk, due_at=due(world, job.priority),
        operations=operations, estimate=estimate, actor=planner, at=world.now,
    )  # fmt: skip
    world.drafted(order.pk, job)


def floor_life(world: World, key: int, job: Job) -> Life:
    """From released until the hours are to be confirmed; some technicians do it all on the phone."""
    by_phone = world.chance(0.22)
    if by_phone:
        start_work(work_order_id=key, actor=job.person, at=world.now)
    yield from _fetch_parts(world, key, job, by_phone=by_phone)
    yield world.later(1, 8)
    if by_phone:
        yield from _finish_by_phone(world, key, job)
        world.done[key] = world.now
    else:
        world.ready[key] = world.now


def _finish_by_phone(world: World, key: int, job: Job) -> Life:
    for step in list(Operation.objects.filter(work_order=key, status=OperationStatus.PLANNED).in_order()):
        log_hours(
            work_order_id=key, hours=hours_taken(world, step), worked_on=(world.now - timedelta(hours=12)).date(),
            operation_id=step.pk, kind=LaborKind.TRAVEL if world.chance(0.05) else LaborKind.WRENCH,
            actor=job.person, at=world.now,
        )  # fmt: skip
        finish_operation(operation_id=step.pk, actor=job.person, at=world.now)
        yield world.later(1, 8)
    note = world.random.choice(CLOSING_WORDS)
    finish_work(work_order_id=key, note=note, actor=job.person, at=world.now)


def hours_taken(world: World, step: Operation) -> Decimal:
    """What the step really took: a good deal less or more than planned, in quarters."""
    hours = step.estimated_hours * Decimal(world.random.randint(60, 150)) / 100
    return max(Decimal("0.25"), hours.quantize(Decimal("0.25")))


def _fetch_parts(world: World, key: int, job: Job, *, by_phone: bool) -> Life:
    lines = needs_of(world, job.place, stock=job.wants_stock, purchase=job.wants_purchase)
    if not lines:
        return
    yield world.later(0, 3)
    ask_for(world, key, lines, job.person)
    yield world.later(20, 28)
    if key not in world.hungry:
        return
    if by_phone:
        reason = HoldReason.VENDOR if job.wants_purchase else HoldReason.PARTS
        hold_work(work_order_id=key, hold_reason=reason, actor=job.person, at=world.now)
    while key in world.hungry:
        yield world.later(20, 28)
    if by_phone:
        resume_work(work_order_id=key, actor=job.person, at=world.now)


def ask_for(world: World, key: int, lines: Sequence[RequestLineInput], person: User) -> PartsRequest:
    """Request parts; the work order waits until the storekeeper or the supplier has served it."""
    world.hungry.add(key)
    return request_parts(
        work_order_id=key, lines=lines, needed_on=(world.now + timedelta(days=10)).date(),
        actor=person, at=world.now,
    )  # fmt: skip
