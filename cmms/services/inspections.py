"""Readings at inspection points: each is a fact; a later one takes the place of the one before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from cmms.choices import OperationStatus, PointKind, WorkOrderStatus
from cmms.decisions.inspection import is_within
from cmms.models import InspectionPoint, Reading
from cmms.services.guards import guard_step_may_start
from cmms.services.steps import EXECUTE, locked_step
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User


@command
def take_reading(
    *,
    point_id: int,
    actor: User,
    at: datetime,
    value: Decimal | None = None,
    is_in_order: bool | None = None,
    note: str = "",
) -> Reading:
    """Record what was found: a value in the point's unit, or whether it is in order.

    The verdict against the limits of this moment is kept with it. Raises Conflict where the work is not in progress
    or the step is done, waits for another, or asks for a qualification that the actor lacks.
    """
    require(actor, EXECUTE)
    point = InspectionPoint.objects.filter(pk=point_id, is_dropped=False).first()
    if point is None:
        raise NotFound("That inspection point does not exist.", field="point_id")
    order, step = locked_step(operation_id=point.operation_id)
    order.require(WorkOrderStatus.IN_PROGRESS)
    if step.status == OperationStatus.DONE:
        raise Conflict(f"Step {step} is done.", remedy="Open it again to measure anew.")
    guard_step_may_start(operation=step, order=order, person=actor, at=at)
    if point.kind == PointKind.MEASURE:
        is_in_order = None
        if value is None or not value.is_finite():
            raise RuleViolation("Enter the value that was measured.", field="value")
    else:
        value = None
        if is_in_order is None:
            raise RuleViolation("Say whether it is in order.", field="is_in_order")
    reading = Reading(
        point=point, value=value, is_in_order=is_in_order, lower_limit=point.lower_limit,
        upper_limit=point.upper_limit, note=note.strip()[:200], taken_at=at, taken_by=actor,
        is_in_limits=is_within(value, is_in_order, point.lower_limit, point.upper_limit),
    )  # fmt: skip
    reading.clean_fields(exclude=["point", "taken_by"])
    reading.save()
    return reading
