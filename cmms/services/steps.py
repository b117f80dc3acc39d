"""Planning steps in depth: their words, order, qualifications and inspection points; certificates; opening again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cmms.choices import OperationStatus, WorkOrderStatus
from cmms.models import Operation, WorkOrder
from cmms.services.guards import guard_changeable, guard_no_successor_done
from cmms.services.locking import locked_work_order_of
from cmms.services.releasing import PLAN
from cmms.services.rework import unsettle_rework
from cmms.services.step_links import (
    PointInput,
    announce_outside_steps,
    ask_qualifications,
    link_predecessors,
    points_of,
    points_of_template,
    put_points,
)
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import Attachment, User

EXECUTE, COMPLETE = "cmms.execute_work_order", "cmms.complete_work_order"
CHANGEABLE_STEP = {
    "title", "instructions", "execution", "craft_id", "estimated_hours", "sign_off", "needs_certificate",
}  # fmt: skip


def locked_step(*, operation_id: int) -> tuple[WorkOrder, Operation]:
    """The step with its work order, which is locked until the transaction ends. Raises NotFound."""
    order = locked_work_order_of(operation_id=operation_id)
    return order, Operation.objects.select_related("craft", "certificate").get(pk=operation_id)


@command
def update_operation(
    *,
    operation_id: int,
    actor: User,
    at: datetime,
    after: Collection[int] | None = None,
    qualification_ids: Collection[int] | None = None,
    points: Sequence[PointInput] | None = None,
    **changes: Any,
) -> Operation:
    """Change a step that is not done: what is given is changed, what is not stays.

    `after`: keys of the steps it waits for. New words raise the revision of the instructions. Raises RuleViolation
    where steps would wait for each other.
    """
    require(actor, PLAN)
    order, step = locked_step(operation_id=operation_id)
    guard_changeable(operation=step, order=order)
    unknown = changes.keys() - CHANGEABLE_STEP
    if unknown:
        raise RuleViolation(f"{min(unknown)} cannot be changed here.", field=min(unknown))
    words = (step.title, step.instructions)
    for name, value in changes.items():
        setattr(step, name, value)
    step.title = step.title.strip()
    if not step.title:
        raise RuleViolation("Every step needs a title.", field="title")
    if (step.title, step.instructions) != words:
        step.instructions_revision += 1
    if changes:
        step.clean_fields(exclude=["work_order", "craft", "done_by", "certificate", "rework_of"])
        step.save()
    if after is not None:
        link_predecessors(after={step.pk: after}, work_order_id=order.pk)
    if qualification_ids is not None:
        ask_qualifications(operation=step, qualification_ids=qualification_ids)
    if points is not None:
        put_points(operation=step, points=points)
    announce_outside_steps(order=order, executions=[step.execution], actor=actor, at=at)
    return step


@command
def add_inspection_template(*, operation_id: int, template_id: int, actor: User, at: datetime) -> Operation:
    """Add a template's points to those the step has; later changes of the template leave the step alone."""
    require(actor, PLAN)
    order, step = locked_step(operation_id=operation_id)
    guard_changeable(operation=step, order=order)
    there = points_of(operation=step)
    new = [each for each in points_of_template(template_id=template_id) if each not in there]
    put_points(operation=step, points=[*there, *new])
    return step


@command
def attach_certificate(*, operation_id: int, attachment_id: int, actor: User, at: datetime) -> Operation:
    """File the certificate of a step (of an outside service, of a test). A new one takes the place of an old one."""
    require(actor, EXECUTE)
    order, step = locked_step(operation_id=operation_id)
    if order.is_finished:
        raise Conflict(
            f"{order} is finished, so its certificates stay as they are.", remedy="Reopen it first."
        )
    if not Attachment.objects.filter(pk=attachment_id).exists():
        raise NotFound("That file does not exist.", field="certificate")
    step.certificate_id = attachment_id
    step.save()
    return step


@command
def reopen_operation(*, operation_id: int, reason: str, actor: User, at: datetime) -> Operation:
    """A done step goes on, for a reason. Its signatures are void from now on and stay visible.

    Raises Conflict where the work order is not in progress, or a step that waited for this one is done.
    """
    require(actor, EXECUTE)
    if not reason.strip():
        raise RuleViolation("Say why it goes on.", field="reason")
    order, step = locked_step(operation_id=operation_id)
    order.require(WorkOrderStatus.IN_PROGRESS)
    if step.status != OperationStatus.DONE:
        raise Conflict(f"Step {step} is not done.")
    guard_no_successor_done(operation=step)
    step.status = OperationStatus.PLANNED
    step.done_at = step.done_by = None
    step.times_reopened += 1
    step.save()
    unsettle_rework(steps=[step])
    return step
