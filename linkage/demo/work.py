"""Lives of work orders: reported or planned, done, supplied with parts, closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cmms.choices import HoldReason, LaborKind, OperationStatus, Priority, RequestLineKind, WorkOrderType
from cmms.models import Operation, PartsRequest, WorkOrder
from cmms.services.closing import cancel_work_order, close_work_order, complete_work_order
from cmms.services.execution import finish_operation, finish_work, hold_work, resume_work, start_work
from cmms.services.labor import log_hours
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    approve_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.work_requests import (
    accept_work_request,
    join_work_request,
    reject_work_request,
    report_fault,
)
from core.errors import Conflict
from core.models import User
from linkage.demo.clock import Life
from linkage.demo.words_buying import FREE_TEXT_PARTS
from linkage.demo.words_plant import DEPARTMENTS, FAULTS, IMPROVEMENTS, REPORTERS, ROUNDS
from linkage.demo.world import Place, World
from linkage.services.closing import check_no_open_purchases

Steps = Sequence[tuple[str, str]]
HOURS = (Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal(2), Decimal(3), Decimal(4), Decimal(6))


@dataclass(frozen=True)
class Job:
    """One work order to be: what, where, who and with which needs."""

    place: Place
    title: str
    steps: Steps
    person: User
    type: str
    priority: str
    wants_stock: bool
    wants_purchase: bool


def corrective_life(world: World) -> Life:
    """A fault: reported, reviewed, repaired."""
    place = world.random.choice(world.places)
    words, title, steps = world.random.choice(FAULTS[place.kind])
    priority = world.random.choice(
        [Priority.LOW, Priority.NORMAL, Priority.NORMAL, Priority.HIGH, Priority.EMERGENCY]
    )
    reporter = world.crew(place.site_position, "MEC") if world.chance(0.6) else world.people["planner"]
    request = report_fault(
        description=f"{words}: {place.asset.name}.", asset_id=place.asset.pk, location_id=None, priority=priority,
        is_asset_down=priority == Priority.EMERGENCY, department=world.random.choice(DEPARTMENTS),
        requester_name=world.random.choice(REPORTERS), actor=reporter, at=world.now,
    )  # fmt: skip
    yield world.later(1, 30)
    if world.chance(0.04):
        reject_work_request(
            work_request_id=request.pk, reason="Looked at it on the round: nothing wrong.",
            actor=world.people["planner"], at=world.now,
        )  # fmt: skip
        return
    same = (
        WorkOrder.objects.open().filter(asset=place.asset).order_by("-pk").first()
        if world.chance(0.08)
        else None
    )
    if same is not None:
        join_work_request(
            work_request_id=request.pk, work_order_id=same.pk, actor=world.people["planner"], at=world.now
        )
        return
    person = world.crew(place.site_position, steps[0][1])
    job = Job(place, f"{title}: {place.asset.name}", steps, person, WorkOrderType.CORRECTIVE, priority,
              world.chance(0.6), world.chance(0.12))  # fmt: skip
    operations, estimate = _plan(world, job)
    order = accept_work_request(
        work_request_id=request.pk, title=job.title, assignee_id=job.person.pk, due_at=_due(world, priority),
        operations=operations, estimate=estimate, actor=world.people["planner"], at=world.now,
    )  # fmt: skip
    yield from work_life(world, order, job)


def planned_life(world: World) -> Life:
    """A round, a service or an improvement that the planner makes himself."""
    place = world.random.choice(world.places)
    if world.chance(0.12):
        title, steps, kind = (
            world.random.choice(IMPROVEMENTS),
            (("Build and fit", "MEC"),),
            WorkOrderType.IMPROVEMENT,
        )
    else:
        title, step, craft = world.random.choice(ROUNDS)
        steps = ((step, craft),)
        kind = (
            WorkOrderType.INSPECTION
            if "check" in title.lower() or "test" in title
            else WorkOrderType.PREVENTIVE
        )
    job = Job(
        place, f"{title}: {place.asset.name}", steps, world.crew(place.site_position, steps[0][1]), kind,
        Priority.NORMAL, world.chance(0.3), world.chance(0.2 if kind == WorkOrderType.IMPROVEMENT else 0.03),
    )  # fmt: skip
    operations, estimate = _plan(world, job)
    order = create_work_order(
        title=job.title, asset_id=place.asset.pk, type=kind, priority=job.priority, assignee_id=job.person.pk,
        due_at=_due(world, job.priority), operations=operations, estimate=estimate,
        actor=world.people["planner"], at=world.now,
    )  # fmt: skip
    yield from work_life(world, order, job)


def work_life(world: World, order: WorkOrder, job: Job) -> Life:
    """From draft to closed."""
    planner, key = world.people["planner"], order.pk
    yield world.later(0, 20)
    approve_work_order(work_order_id=key, actor=planner, at=world.now)
    yield world.later(0, 40)
    if world.chance(0.02):
        cancel_work_order(
            work_order_id=key, reason="Done together with another job.", actor=planner, at=world.now
        )
        return
    release_work_order(work_order_id=key, actor=planner, at=world.now)
    yield world.later(2, 110)
    start_work(work_order_id=key, actor=job.person, at=world.now)
    yield from _fetch_parts(world, order, job)
    steps = Operation.objects.filter(work_order=order, status=OperationStatus.PLANNED).in_order()
    for step in list(steps):
        yield world.later(1, 8)
        _work_on(world, order, step, job.person)
    finish_work(work_order_id=key, note=_closing_words(world), actor=job.person, at=world.now)
    yield world.later(4, 60)
    while key in world.hungry:
        yield world.later(20, 28)
    complete_work_order(work_order_id=key, actor=planner, at=world.now)
    yield world.later(100, 200)
    while not _may_close(key):
        yield world.later(60, 120)
    close_work_order(work_order_id=key, actor=planner, at=world.now)


def _fetch_parts(world: World, order: WorkOrder, job: Job) -> Life:
    lines = needs_of(world, job.place, stock=job.wants_stock, purchase=job.wants_purchase)
    if not lines:
        return
    yield world.later(0, 3)
    ask_for(world, order, lines, job.person)
    yield world.later(1, 7)
    if order.pk not in world.hungry:
        return
    reason = HoldReason.VENDOR if job.wants_purchase else HoldReason.PARTS
    hold_work(work_order_id=order.pk, hold_reason=reason, actor=job.person, at=world.now)
    while order.pk in world.hungry:
        yield world.later(20, 28)
    resume_work(work_order_id=order.pk, actor=job.person, at=world.now)


def ask_for(world: World, order: WorkOrder, lines: Sequence[RequestLineInput], person: User) -> PartsRequest:
    """Request parts; the work order waits until the storekeeper or the supplier has served it."""
    world.hungry.add(order.pk)
    return request_parts(
        work_order_id=order.pk, lines=lines, needed_on=(world.now + timedelta(days=10)).date(),
        actor=person, at=world.now,
    )  # fmt: skip


def needs_of(world: World, place: Place, *, stock: bool, purchase: bool) -> list[RequestLineInput]:
    """What a job at a place asks for: from the store, to be bought, in words, or a service."""
    lines: list[RequestLineInput] = []
    if stock and place.parts:
        for item in world.random.sample(place.parts, min(len(place.parts), world.random.randint(1, 2))):
            many = 6 if world.costs[item.pk] < 25 else 2
            quantity = Decimal(world.random.randint(1, many))
            lines.append(RequestLineInput(kind=RequestLineKind.ITEM, quantity=quantity, item_id=item.pk))
    if purchase:
        lines.append(_bought_need(world, place))
    return lines


def _bought_need(world: World, place: Place) -> RequestLineInput:
    kind = world.random.random()
    if kind < 0.45 and place.bought:
        item = world.random.choice(place.bought)
        return RequestLineInput(
            kind=RequestLineKind.ITEM, quantity=Decimal(1), item_id=item.pk,
            estimated_unit_cost=world.costs[item.pk],
        )  # fmt: skip
    if kind < 0.75:
        words, cost = world.random.choice(FREE_TEXT_PARTS)
        return RequestLineInput(
            kind=RequestLineKind.NON_CATALOGUE, quantity=Decimal(world.random.randint(1, 3)), description=words,
            unit_id=world.units["PCE"].pk, estimated_unit_cost=Decimal(cost),
        )  # fmt: skip
    service = world.random.choice(world.services)
    hours = Decimal(world.random.randint(2, 12)) if service.unit.code == "HUR" else Decimal(1)
    return RequestLineInput(
        kind=RequestLineKind.SERVICE, quantity=hours, item_id=service.pk, description=service.name,
        estimated_unit_cost=world.costs[service.pk],
    )  # fmt: skip


def _may_close(work_order_id: int) -> bool:
    """Whether every purchase for it is received and billed; asking writes nothing."""
    try:
        check_no_open_purchases(work_order_id=work_order_id)
    except Conflict:
        return False
    return True


def _plan(world: World, job: Job) -> tuple[list[OperationInput], list[EstimateInput]]:
    operations, estimate = [], []
    for number, (title, craft) in enumerate(job.steps, start=1):
        hours = world.random.choice(HOURS)
        operations.append(
            OperationInput(
                title=title, sequence=number * 10, craft_id=world.crafts[craft].pk, estimated_hours=hours
            )
        )
        estimate.append(
            EstimateInput(
                bucket="LABOR", description=title[:160], quantity=hours, unit_cost=Decimal(50),
                operation_sequence=number * 10,
            )
        )  # fmt: skip
    if job.wants_stock or job.wants_purchase:
        cost = Decimal(world.random.randint(30, 400) * (4 if job.wants_purchase else 1))
        estimate.append(
            EstimateInput(bucket="MATERIAL", description="Parts", quantity=Decimal(1), unit_cost=cost)
        )
    return operations, estimate


def _work_on(world: World, order: WorkOrder, step: Operation, person: User) -> None:
    hours = max(Decimal("0.25"), step.estimated_hours * Decimal(world.random.randint(60, 150)) / 100)
    log_hours(
        work_order_id=order.pk, hours=hours.quantize(Decimal("0.25")) or Decimal("0.25"),
        worked_on=(world.now - timedelta(hours=12)).date(), operation_id=step.pk,
        kind=LaborKind.TRAVEL if world.chance(0.05) else LaborKind.WRENCH, actor=person, at=world.now,
    )  # fmt: skip
    finish_operation(operation_id=step.pk, actor=person, at=world.now)


def _due(world: World, priority: str) -> datetime:
    days = {Priority.EMERGENCY: 1, Priority.HIGH: 4, Priority.NORMAL: 14, Priority.LOW: 30}[
        Priority(priority)
    ]
    return world.now + timedelta(days=days + world.random.randint(0, days))


def _closing_words(world: World) -> str:
    return world.random.choice(
        [
            "Runs quietly again.",
            "Changed, tested, cleaned up.",
            "Worn out, as expected.",
            "Check again in a month.",
            "",
        ]
    )
