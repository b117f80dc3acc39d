"""What a work order of the demo is to be: where, who, the steps, and what it will need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cmms.choices import Priority, RequestLineKind, WorkOrderType
from cmms.services.parts import RequestLineInput
from cmms.services.planning import EstimateInput, OperationInput, WorkOrderInput
from core.models import User
from linkage.demo.words_buying import FREE_TEXT_PARTS
from linkage.demo.words_plant import FAULTS, IMPROVEMENTS, ROUNDS
from linkage.demo.world import Place, World

Steps = Sequence[tuple[str, str]]
HOURS = (Decimal("0.5"), Decimal(1), Decimal("1.5"), Decimal(2), Decimal(3), Decimal(4), Decimal(6))
URGENCIES = (Priority.LOW, Priority.NORMAL, Priority.NORMAL, Priority.HIGH, Priority.EMERGENCY)


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

    @property
    def is_repair(self) -> bool:
        """Whether something was broken."""
        return self.type == WorkOrderType.CORRECTIVE


def fault_job(world: World) -> tuple[Job, str]:
    """A repair, and the words in which the fault is reported."""
    place = world.random.choice(world.places)
    words, title, steps = world.random.choice(FAULTS[place.kind])
    person = world.crew(place.site_position, steps[0][1])
    job = Job(
        place, f"{title}: {place.asset.name}", steps, person, WorkOrderType.CORRECTIVE,
        world.random.choice(URGENCIES), world.chance(0.42), world.chance(0.13),
    )  # fmt: skip
    return job, f"{words}: {place.asset.name}."


def planned_job(world: World) -> Job:
    """A round, a service or an improvement that the planner makes himself."""
    place = world.random.choice(world.places)
    if world.chance(0.12):
        title, steps = world.random.choice(IMPROVEMENTS), (("Build and fit", "MEC"),)
        kind = WorkOrderType.IMPROVEMENT
    else:
        title, step, craft = world.random.choice(ROUNDS)
        steps = ((step, craft),)
        checks = "check" in title.lower() or "test" in title
        kind = WorkOrderType.INSPECTION if checks else WorkOrderType.PREVENTIVE
    return Job(
        place, f"{title}: {place.asset.name}", steps, world.crew(place.site_position, steps[0][1]), kind,
        Priority.NORMAL, world.chance(0.15), world.chance(0.2 if kind == WorkOrderType.IMPROVEMENT else 0.03),
    )  # fmt: skip


def to_create(world: World, job: Job) -> WorkOrderInput:
    """The work order that a planner makes of a job."""
    operations, estimate = plan_of(world, job)
    return WorkOrderInput(
        title=job.title, asset_id=job.place.asset.pk, type=job.type, priority=job.priority,
        assignee_id=job.person.pk, due_at=due(world, job.priority), operations=operations, estimate=estimate,
    )  # fmt: skip


def plan_of(world: World, job: Job) -> tuple[list[OperationInput], list[EstimateInput]]:
    """Steps with hours, and what they and the parts should cost."""
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


def due(world: World, priority: str) -> datetime:
    """By when: the more urgent, the sooner."""
    days = {Priority.EMERGENCY: 1, Priority.HIGH: 4, Priority.NORMAL: 14, Priority.LOW: 30}[
        Priority(priority)
    ]
    return world.now + timedelta(days=days + world.random.randint(0, days))
