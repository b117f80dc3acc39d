"""The work orders that calls of plans become: steps, estimate and parts from the approved revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cmms.choices import CostBucket, Execution
from cmms.decisions.plan_grid import moment
from cmms.decisions.plan_schedule import Call
from cmms.models import MaintenancePlan, PlanPackage, PlanStop, WorkOrder
from cmms.selectors.plan_contents import CostsAtSite, PlannedWork, unit_cost_of
from cmms.services.moving import Moved
from cmms.services.parts.planned import PlannedNeed, PlannedRequest
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    WorkOrderInput,
    approve_work_orders,
    create_work_orders,
    release_work_orders,
)
from core.models import Item, User

ZERO = Decimal(0)
TITLE, STEP_TITLE = 200, 160


@dataclass(frozen=True)
class Prices:
    """What things cost today: parts by item and site, an hour by craft; base currency."""

    parts: CostsAtSite
    hours: Mapping[int | None, Decimal]


@dataclass(frozen=True)
class OrderDraft:
    """A work order to be made from one call. `works`: the revisions it does, each once."""

    plan: MaintenancePlan
    call: Call
    packages: Mapping[int, PlanPackage]
    works: Sequence[PlannedWork]
    stops: Sequence[PlanStop] = ()

    @property
    def due_at(self) -> datetime:
        """The due day at the plan's time of day, local to the site."""
        return moment(self.call.due_on, self.plan.due_time, self.plan.site.timezone)

    @property
    def rounds(self) -> int:
        """How often the steps are done: at each stop of the round."""
        return max(len(self.stops), 1)

    @property
    def title(self) -> str:
        """The plan's title; with several packages also what runs this time."""
        if len(self.packages) < 2:
            return self.plan.title[:TITLE]
        running = " + ".join(self.packages[each.package.key].job_plan.name for each in self.call.running)
        return f"{self.plan.title}: {running}"[:TITLE]

    @property
    def description(self) -> str:
        """The instructions of every revision, under its name."""
        texts = [
            f"{each.revision}\n{each.revision.instructions}".strip()
            for each in self.works
            if each.revision.instructions
        ]
        return "\n\n".join(texts)

    def operations(self) -> list[OperationInput]:
        """The steps, at each stop."""
        names: list[str] = [stop.asset.code for stop in self.stops] or [""]
        return [
            OperationInput(
                title=(f"{name}: {step.title}" if name else step.title)[:STEP_TITLE],
                execution=step.execution,
                craft_id=step.craft_id,
                estimated_hours=step.estimated_hours,
                instructions=step.instructions,
            )
            for name in names
            for work in self.works
            for step in work.steps
        ]

    def needs(self, costs: CostsAtSite) -> list[PlannedNeed]:
        """The parts of all revisions, each item once."""
        found: dict[int, PlannedNeed] = {}
        for work in self.works:
            for part in work.parts:
                before = found[part.item_id].quantity if part.item_id in found else ZERO
                cost = unit_cost_of(part, self.plan.site_id, costs)
                item: Item = part.item
                found[part.item_id] = PlannedNeed(item, before + part.quantity * self.rounds, cost)
        return list(found.values())

    def estimate(self, prices: Prices) -> list[EstimateInput]:
        """Hours at today's rates, outside steps as agreed, parts at stock average; what has no price is left out."""
        lines = [*self._labor(prices), *self._services()]
        for need in self.needs(prices.parts):
            if need.unit_cost is not None:
                name = str(need.item)[:STEP_TITLE]
                cost = need.unit_cost.quantize(Decimal("0.000001"))
                lines.append(EstimateInput(CostBucket.MATERIAL, name, need.quantity, cost))
        return lines

    def _labor(self, prices: Prices) -> Iterable[EstimateInput]:
        hours: dict[int, tuple[str, Decimal]] = {}
        for work in self.works:
            for step in work.steps:
                if step.craft is not None and step.execution == Execution.INTERNAL:
                    before = hours.get(step.craft.pk, ("", ZERO))[1]
                    hours[step.craft.pk] = (step.craft.name, before + step.estimated_hours * self.rounds)
        for craft, (name, count) in hours.items():
            if count and craft in prices.hours:
                yield EstimateInput(CostBucket.LABOR, name, count, prices.hours[craft])

    def _services(self) -> Iterable[EstimateInput]:
        for work in self.works:
            for step in work.steps:
                if step.execution == Execution.OUTSIDE and step.outside_cost is not None:
                    count = Decimal(self.rounds)
                    yield EstimateInput(CostBucket.SERVICE, step.title, count, step.outside_cost)


def make_orders(
    *, drafts: Sequence[OrderDraft], prices: Prices, actor: User, at: datetime
) -> list[WorkOrder]:
    """Approved work orders, released where the plan says so, with their estimates in the ledger; in order.

    A constant number of statements, whatever their number, besides those of who hears of the released ones.
    """
    wanted = [_input(draft, prices) for draft in drafts]
    orders = create_work_orders(orders=wanted, actor=actor, at=at)
    approved = {order.pk: order for order in _moved(approve_work_orders, orders, actor, at)}
    at_once = [order for draft, order in zip(drafts, orders, strict=True) if draft.plan.releases_orders]
    if at_once:
        approved |= {order.pk: order for order in _moved(release_work_orders, at_once, actor, at)}
    return [approved[order.pk] for order in orders]


def _moved(
    verb: Callable[..., Moved], orders: Sequence[WorkOrder], actor: User, at: datetime
) -> list[WorkOrder]:
    """All of these orders, moved; what refuses one refuses the whole run."""
    moved = verb(work_order_ids=[order.pk for order in orders], actor=actor, at=at)
    for each in moved.refused:
        raise each.error
    return moved.done


def _input(draft: OrderDraft, prices: Prices) -> WorkOrderInput:
    plan = draft.plan
    return WorkOrderInput(
        title=draft.title,
        asset_id=plan.asset_id,
        location_id=plan.location_id,
        type=plan.type,
        priority=plan.priority,
        description=draft.description,
        assignee_id=plan.assignee_id,
        due_at=draft.due_at,
        program_id=plan.program_id,
        operations=draft.operations(),
        estimate=draft.estimate(prices),
    )


def parts_of(
    *, drafts: Sequence[OrderDraft], orders: Sequence[WorkOrder], costs: CostsAtSite
) -> list[PlannedRequest]:
    """What the new orders need, the plan's buffer of days before they are due."""
    return [
        PlannedRequest(
            order,
            draft.needs(costs),
            draft.call.due_on - timedelta(days=draft.plan.buffer_days),
            f"From plan {draft.plan.number}",
        )
        for draft, order in zip(drafts, orders, strict=True)
    ]
