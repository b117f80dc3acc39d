"""From an idea to released work: steps, estimate, approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from cmms import events
from cmms.choices import Execution, Priority, SignOff, WorkOrderStatus, WorkOrderType
from cmms.models import Asset, CostEntry, EstimateLine, Location, Operation, WorkOrder
from cmms.services.costing import own_cost_targets, settle_costs
from cmms.services.guards import guard_somebody_qualified
from cmms.services.step_links import PointInput, announce_outside_steps, link_new_steps
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User
from core.money import round_money
from core.numbering import next_number

PLAN, APPROVE = "cmms.plan_work_order", "cmms.approve_work_order"
PLANNED_STATES = (WorkOrderStatus.DRAFT, WorkOrderStatus.APPROVED)
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
class EstimateInput:
    """One expected cost in the base currency."""

    bucket: str
    description: str
    quantity: Decimal
    unit_cost: Decimal
    operation_sequence: int | None = None


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
    require(actor, PLAN)
    asset, location = place_of(asset_id=asset_id, location_id=location_id)
    order = WorkOrder(
        number=next_number("WO"), created_at=at, created_by=actor, title=_titled(title),
        description=description, type=type, priority=priority, asset=asset, location=location,
        site_id=(asset or location).site_id,  # type: ignore[union-attr]
        cost_centre_id=cost_centre_id or (asset.cost_centre_id if asset else None),
        program_id=program_id, parent_id=parent_id, requester_id=requester_id or actor.pk,
        department=department, assignee_id=assignee_id, contractor_name=contractor_name,
        due_at=due_at, reported_at=reported_at or at,
    )  # fmt: skip
    order.clean_fields(exclude=_KEYS)
    order.save()
    _add_operations(order, operations)
    _write_estimate(order, estimate)
    return order


def _titled(title: str) -> str:
    if not title.strip():
        raise RuleViolation("A work order needs a title.", field="title")
    return title.strip()


# Whether a row behind a key exists is the database's to say, without a statement per key.
_KEYS = [field.name for field in WorkOrder._meta.fields if field.is_relation] + ["number"]


def place_of(*, asset_id: int | None, location_id: int | None) -> tuple[Asset | None, Location | None]:
    """The asset and location of a report or work order; the asset's own location where none is named."""
    asset = Asset.objects.select_related("location").filter(pk=asset_id).first() if asset_id else None
    if asset_id and asset is None:
        raise NotFound("That asset does not exist.", field="asset_id")
    if asset and not asset.is_active:
        raise RuleViolation(f"{asset} is no longer in use.", field="asset_id", remedy="Choose another asset.")
    if location_id is None:
        if asset is None:
            raise RuleViolation("Choose the asset or the location.", field="asset_id")
        return asset, asset.location
    location = Location.objects.filter(pk=location_id).first()
    if location is None:
        raise NotFound("That location does not exist.", field="location_id")
    return asset, location


def _add_operations(order: WorkOrder, inputs: Sequence[OperationInput], after: int = 0) -> list[Operation]:
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
    bulk_create_with_history(rows)
    link_new_steps(steps=rows, inputs=inputs)
    return rows


def _write_estimate(order: WorkOrder, inputs: Sequence[EstimateInput]) -> list[int]:
    """Make the estimate these lines, reusing the stored rows in their order; returns every key it had or has."""
    kept = list(EstimateLine.objects.filter(work_order=order).order_by("pk"))
    steps = dict(Operation.objects.filter(work_order=order).values_list("sequence", "pk")) if inputs else {}
    rows: list[EstimateLine] = []
    for position, each in enumerate(inputs):
        if each.operation_sequence is not None and each.operation_sequence not in steps:
            raise RuleViolation(f"There is no step {each.operation_sequence}.", field="estimate")
        row = kept[position] if position < len(kept) else EstimateLine(work_order=order)
        row.bucket, row.description = each.bucket, each.description
        row.quantity, row.unit_cost = each.quantity, each.unit_cost
        row.operation_id = steps[each.operation_sequence] if each.operation_sequence is not None else None
        row.amount = round_money(each.quantity * each.unit_cost, settings.BASE_CURRENCY)
        row.clean_fields(exclude=["work_order", "operation"])
        rows.append(row)
    bulk_update_with_history(rows[: len(kept)], ESTIMATE_FIELDS)
    created = bulk_create_with_history(rows[len(kept) :])
    keys = [row.pk for row in [*kept, *created]]
    for row in kept[len(rows) :]:
        row.delete()
    return keys


ESTIMATE_FIELDS = ["bucket", "description", "quantity", "unit_cost", "operation", "amount"]


def locked_work_order(*, work_order_id: int) -> WorkOrder:
    """The work order, locked until the transaction ends. Raises NotFound."""
    row = WorkOrder.objects.select_for_update(of=("self",), no_key=True).filter(pk=work_order_id)
    order: WorkOrder | None = row.select_related("site").first()
    if order is None:
        raise NotFound("That work order does not exist.", field="work_order_id")
    return order


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
    asset, location = place_of(asset_id=asset_id, location_id=location_id)
    order.asset, order.location = asset, location
    order.site_id = (asset or location).site_id  # type: ignore[union-attr]
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
    step = _add_operations(order, [operation], after=max(sequences, default=0))[0]
    announce_outside_steps(order=order, executions=[step.execution], actor=actor, at=at)
    return step


@command
def set_estimate(
    *, work_order_id: int, estimate: Sequence[EstimateInput], actor: User, at: datetime
) -> WorkOrder:
    """Replace the estimate (base currency). On an approved work order it takes the right to approve as well.

    Each line is rounded once. The ledger follows at once where the work order is approved.
    """
    require(actor, PLAN)
    order = locked_work_order(work_order_id=work_order_id)
    order.require(*PLANNED_STATES)
    if order.status == WorkOrderStatus.APPROVED:
        require(actor, APPROVE)
    lines = _write_estimate(order, estimate)
    if order.status == WorkOrderStatus.APPROVED:
        post_estimate(work_order_id=order.pk, line_ids=lines, actor=actor, at=at)
    order.save()
    return order


def post_estimate(*, work_order_id: int, line_ids: Sequence[int], actor: User, at: datetime) -> None:
    """Bring the estimate stage of the ledger to what the approved estimate lines say."""
    own = own_cost_targets(work_order_ids=[work_order_id])
    targets = [each for each in own if each.source_key.startswith("estimate:")]
    settle_costs(targets=targets, source_keys=[f"estimate:{pk}" for pk in line_ids], actor=actor, at=at)


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
    order.save()
    return order


@command
def approve_work_order(*, work_order_id: int, actor: User, at: datetime, reason: str = "") -> WorkOrder:
    """Approve the plan and post its estimate to the ledger."""
    require(actor, APPROVE)
    order = locked_work_order(work_order_id=work_order_id)
    order.advance(WorkOrderStatus.APPROVED)
    order.approved_at, order.approved_by = at, actor
    order.save()
    post_estimate(work_order_id=order.pk, line_ids=[], actor=actor, at=at)
    return order


@command
def release_work_order(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Hand approved work to the floor; announces work_order_released (outside steps are bought from then on)."""
    require(actor, PLAN)
    order = locked_work_order(work_order_id=work_order_id)
    order.advance(WorkOrderStatus.RELEASED)
    guard_somebody_qualified(orders=[order], at=at)
    order.released_at = at
    order.save()
    events.work_order_released.send(sender=WorkOrder, work_order_id=order.pk, actor=actor, at=at)
    return order
