"""From an idea to released work: steps, estimate, approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cmms.choices import Execution, Priority, SignOff, WorkOrderStatus, WorkOrderType
from cmms.models import CostEntry, EstimateLine, Operation, WorkOrder
from cmms.services.estimating import PLANNED_STATES, EstimateInput, first_estimate, set_estimate
from cmms.services.locking import locked_work_order
from cmms.services.places import Place, place_of, places_of
from cmms.services.releasing import (
    APPROVE,
    PLAN,
    approve_work_order,
    approve_work_orders,
    release_work_order,
    release_work_orders,
)
from cmms.services.step_links import PointInput, announce_outside_steps, link_new_steps
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history
from core.models import User
from core.numbering import next_numbers

__all__ = [
    "APPROVE",
    "PLAN",
    "EstimateInput",
    "OperationInput",
    "WorkOrderInput",
    "add_operation",
    "approve_work_order",
    "approve_work_orders",
    "assign_work_order",
    "create_work_order",
    "create_work_orders",
    "locked_work_order",
    "place_of",
    "release_work_order",
    "release_work_orders",
    "set_estimate",
    "update_work_order",
]

STEP = 10  # steps are numbered 10, 20, 30, so that one can be put between


@dataclass(frozen=True)
class OperationInput:
    """A step of a work order; without a sequence it comes last."""

    title: str
    sequence: int | None = None
    execution: str = Execution.INTERNAL
    craft_id: int | None = None
    estimated_hours: Decimal = Decimal(0)
    instructions: str = ""
    sign_off: str = SignOff.NONE
    needs_certificate: bool = False
    after: Sequence[int] = ()  # numbers of the steps it waits for
    qualification_ids: Sequence[int] = ()
    points: Sequence[PointInput] = ()
    rework_of_id: int | None = None


@dataclass(frozen=True)
class WorkOrderInput:
    """A work order to create; needs a title and an asset or a location. Empty fields come from the asset or actor."""

    title: str
    asset_id: int | None
    location_id: int | None = None
    type: str = WorkOrderType.CORRECTIVE
    priority: str = Priority.NORMAL
    description: str = ""
    assignee_id: int | None = None
    due_at: datetime | None = None
    cost_centre_id: int | None = None
    program_id: int | None = None
    parent_id: int | None = None
    department: str = ""
    contractor_name: str = ""
    requester_id: int | None = None
    reported_at: datetime | None = None
    operations: Sequence[OperationInput] = ()
    estimate: Sequence[EstimateInput] = ()


@command
def create_work_order(
    *,
    title: str,
    asset_id: int | None,
    actor: User,
    at: datetime,
    location_id: int | None = None,
    type: str = WorkOrderType.CORRECTIVE,
    priority: str = Priority.NORMAL,
    description: str = "",
    assignee_id: int | None = None,
    due_at: datetime | None = None,
    cost_centre_id: int | None = None,
    program_id: int | None = None,
    parent_id: int | None = None,
    department: str = "",
    contractor_name: str = "",
    requester_id: int | None = None,
    reported_at: datetime | None = None,
    operations: Sequence[OperationInput] = (),
    estimate: Sequence[EstimateInput] = (),
) -> WorkOrder:
    """A new draft with steps and estimate. Raises RuleViolation without a title and an asset or location."""
    wanted = WorkOrderInput(
        title=title, asset_id=asset_id, location_id=location_id, type=type, priority=priority,
        description=description, assignee_id=assignee_id, due_at=due_at, cost_centre_id=cost_centre_id,
        program_id=program_id, parent_id=parent_id, department=department, contractor_name=contractor_name,
        requester_id=requester_id, reported_at=reported_at, operations=operations, estimate=estimate,
    )  # fmt: skip
    return create_work_orders(orders=[wanted], actor=actor, at=at)[0]


@command
def create_work_orders(*, orders: Sequence[WorkOrderInput], actor: User, at: datetime) -> list[WorkOrder]:
    """New drafts with steps and estimates, in the order given; all or none, numbered without gaps.

    At most six statements, whatever their number (five more where steps have predecessors, qualifications, points). Raises RuleViolation as create_work_order does; among several
    the message and field name the one it is about.
    """
    require(actor, PLAN)
    places = places_of(wanted=[(each.asset_id, each.location_id) for each in orders])
    rows: list[WorkOrder] = []
    steps: list[Operation] = []
    lines: list[EstimateLine] = []
    for position, each in enumerate(orders):
        with _about(each, position if len(orders) > 1 else None):
            place = places.of(asset_id=each.asset_id, location_id=each.location_id)
            row = _draft(each, place, actor, at)
            own = _operations(row, each.operations)
            lines += first_estimate(order=row, operations=own, inputs=each.estimate)
        rows.append(row)
        steps += own
    for row, number in zip(rows, next_numbers("WO", len(rows)), strict=True):
        row.number = number
    bulk_create_with_history(rows)
    bulk_create_with_history(steps)
    bulk_create_with_history(lines)
    link_new_steps(steps=steps, inputs=[step for each in orders for step in each.operations])
    return rows


@contextmanager
def _about(wanted: WorkOrderInput, position: int | None) -> Iterator[None]:
    """Among several, a refusal says which one it is about."""
    try:
        yield
    except RuleViolation as refused:
        if position is not None:
            refused.message = f"Work order {position + 1} ({wanted.title.strip()}): {refused.message}"
            refused.field = f"orders.{position}.{refused.field}" if refused.field else f"orders.{position}"
        raise


def _draft(wanted: WorkOrderInput, place: Place, actor: User, at: datetime) -> WorkOrder:
    order = WorkOrder(
        created_at=at, created_by=actor, title=_titled(wanted.title), description=wanted.description,
        type=wanted.type, priority=wanted.priority, asset=place.asset, location_id=place.location_id,
        site_id=place.site_id, cost_centre_id=wanted.cost_centre_id or place.cost_centre_id,
        program_id=wanted.program_id, parent_id=wanted.parent_id,
        requester_id=wanted.requester_id or actor.pk, department=wanted.department,
        assignee_id=wanted.assignee_id, contractor_name=wanted.contractor_name, due_at=wanted.due_at,
        reported_at=wanted.reported_at or at,
    )  # fmt: skip
    order.clean_fields(exclude=_KEYS)
    return order


def _titled(title: str) -> str:
    if not title.strip():
        raise RuleViolation("A work order needs a title.", field="title")
    return title.strip()


# Whether a row behind a key exists is the database's to say, without a statement per key.
_KEYS = [field.name for field in WorkOrder._meta.fields if field.is_relation] + ["number"]


def _operations(order: WorkOrder, inputs: Sequence[OperationInput], after: int = 0) -> list[Operation]:
    """The steps that are asked for, not stored yet."""
    rows: list[Operation] = []
    for each in inputs:
        if not each.title.strip():
            raise RuleViolation("Every step needs a title.", field="operations")
        after = each.sequence if each.sequence is not None else after + STEP
        row = Operation(
            work_order=order, sequence=after, title=each.title.strip(), instructions=each.instructions,
            execution=each.execution, craft_id=each.craft_id, estimated_hours=each.estimated_hours,
            sign_off=each.sign_off, needs_certificate=each.needs_certificate, rework_of_id=each.rework_of_id,
        )  # fmt: skip
        row.clean_fields(exclude=["work_order", "craft", "rework_of"])
        rows.append(row)
    return rows


@command
def update_work_order(*, work_order_id: int, actor: User, at: datetime, **changes: Any) -> WorkOrder:
    """Change what is planned, while it is a draft or approved; names as in create_work_order.

    The asset stays once any cost was posted. Raises RuleViolation for a name that cannot be changed.
    """
    require(actor, PLAN)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(*PLANNED_STATES)
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise RuleViolation(f"{min(unknown)} cannot be changed here.", field=min(unknown))
    if {"asset_id", "location_id"} & changes.keys():
        _move(order, changes)
    for name, value in changes.items():
        setattr(order, name, value)
    order.title = _titled(order.title)
    if order.parent_id == order.pk:
        raise RuleViolation("A work order cannot be its own parent.", field="parent_id")
    order.clean_fields(exclude=_KEYS)
    order.save()
    return order


CHANGEABLE = {
    "title", "asset_id", "location_id", "type", "priority", "description", "assignee_id", "due_at",
    "cost_centre_id", "program_id", "parent_id", "department", "contractor_name",
}  # fmt: skip


def _move(order: WorkOrder, changes: dict[str, Any]) -> None:
    asset_id = changes.get("asset_id", order.asset_id)
    if asset_id != order.asset_id and CostEntry.objects.filter(work_order=order).exists():
        raise Conflict(
            f"{order} already carries costs, so its asset stays.",
            field="asset_id",
            remedy="Cancel it and plan a new one.",
        )
    # Another asset brings its own location unless one is named with it.
    moved = asset_id != order.asset_id and asset_id is not None
    location_id = changes.get("location_id", None if moved else order.location_id)
    place = place_of(asset_id=asset_id, location_id=location_id)
    order.asset, order.location_id, order.site_id = place.asset, place.location_id, place.site_id
    changes.pop("asset_id", None), changes.pop("location_id", None)


@command
def add_operation(*, work_order_id: int, operation: OperationInput, actor: User, at: datetime) -> Operation:
    """Add a step to work that is not finished. Raises Conflict on a finished one."""
    require(actor, PLAN)
    order = locked_work_order(work_order_id=work_order_id)
    if order.is_finished or order.status == WorkOrderStatus.WORK_DONE:
        raise Conflict(f"{order} is done, so no step can be added.", remedy="Reopen it first.")
    sequences = list(order.operations.values_list("sequence", flat=True))
    if operation.sequence in sequences:
        raise RuleViolation(f"There already is a step {operation.sequence}.", field="sequence")
    step = bulk_create_with_history(_operations(order, [operation], after=max(sequences, default=0)))[0]
    link_new_steps(steps=[step], inputs=[operation])
    announce_outside_steps(order=order, executions=[step.execution], actor=actor, at=at)
    return step


@command
def assign_work_order(*, work_order_id: int, assignee_id: int | None, actor: User, at: datetime) -> WorkOrder:
    """Give the work to a person, or to nobody."""
    require(actor, PLAN)
    order = locked_work_order(work_order_id=work_order_id)
    if order.is_finished:
        raise Conflict(f"{order} is finished and cannot be assigned.")
    if assignee_id and not User.objects.filter(pk=assignee_id, is_active=True).exists():
        raise NotFound("That person does not exist or has left.", field="assignee_id")
    order.assignee_id = assignee_id
    order.save(update_fields=["assignee"])
    return order
