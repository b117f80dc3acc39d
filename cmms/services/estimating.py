"""What work is expected to cost: the estimate lines of a work order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from cmms.choices import WorkOrderStatus
from cmms.models import EstimateLine, Operation, WorkOrder
from cmms.services.costing import post_estimates
from cmms.services.locking import locked_work_order
from cmms.services.releasing import APPROVE, PLAN
from core.access import require
from core.commands import command
from core.errors import RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User
from core.money import round_money

PLANNED_STATES = (WorkOrderStatus.DRAFT, WorkOrderStatus.APPROVED)
ESTIMATE_FIELDS = ["bucket", "description", "quantity", "unit_cost", "operation", "amount"]


@dataclass(frozen=True)
class EstimateInput:
    """One expected cost in the base currency."""

    bucket: str
    description: str
    quantity: Decimal
    unit_cost: Decimal
    operation_sequence: int | None = None


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
    keys = _rewrite(order, estimate)
    if order.status == WorkOrderStatus.APPROVED:
        post_estimates(orders=[order], line_ids=keys, actor=actor, at=at)
    order.save(update_fields=[])
    return order


def _rewrite(order: WorkOrder, inputs: Sequence[EstimateInput]) -> list[int]:
    """Make the estimate these lines, reusing the stored rows in their order; returns every key it had or has."""
    kept = list(EstimateLine.objects.filter(work_order=order).order_by("pk"))
    steps = {step.sequence: step for step in Operation.objects.filter(work_order=order)} if inputs else {}
    rows: list[EstimateLine] = []
    for position, each in enumerate(inputs):
        row = kept[position] if position < len(kept) else EstimateLine(work_order=order)
        rows.append(_filled(row, each, steps))
    bulk_update_with_history(rows[: len(kept)], ESTIMATE_FIELDS)
    created = bulk_create_with_history(rows[len(kept) :])
    keys = [row.pk for row in [*kept, *created]]
    for row in kept[len(rows) :]:
        row.delete()
    return keys


def first_estimate(
    *, order: WorkOrder, operations: Sequence[Operation], inputs: Sequence[EstimateInput]
) -> list[EstimateLine]:
    """The lines of a new work order with these steps; neither needs to be stored yet."""
    steps = {operation.sequence: operation for operation in operations}
    return [_filled(EstimateLine(work_order=order), each, steps) for each in inputs]


def _filled(row: EstimateLine, wanted: EstimateInput, steps: Mapping[int, Operation]) -> EstimateLine:
    """The line with what is wanted, its amount rounded once; `steps` by their number."""
    sequence = wanted.operation_sequence
    if sequence is not None and sequence not in steps:
        raise RuleViolation(f"There is no step {sequence}.", field="estimate")
    row.bucket, row.description = wanted.bucket, wanted.description
    row.quantity, row.unit_cost = wanted.quantity, wanted.unit_cost
    row.operation = steps[sequence] if sequence is not None else None
    row.amount = round_money(wanted.quantity * wanted.unit_cost, settings.BASE_CURRENCY)
    row.clean_fields(exclude=["work_order", "operation"])
    return row
