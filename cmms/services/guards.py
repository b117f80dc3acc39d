"""Guards of the state table: each refuses one thing, by name, for one work order or many, in constant statements.

The words come from selectors/readiness.py, which the pages show before anybody tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cmms.choices import OperationStatus
from cmms.models import Operation, WorkOrder
from cmms.selectors.readiness import (
    Blocker,
    children_blockers,
    finding_blockers,
    permit_blockers,
    signature_blockers,
    step_finish_blockers,
    step_start_blockers,
    unfilled_qualifications,
    unqualified,
    work_day,
)
from cmms.selectors.steps import StepView, step_views
from core.errors import Conflict, RuleViolation
from core.models import User


def refuse(*, blocker: Blocker | None) -> None:
    """Raise the Conflict that a blocker stands for."""
    if blocker is not None:
        raise Conflict(blocker.message, code=blocker.code, field=blocker.field, remedy=blocker.remedy)


def _refuse_first(blockers: dict[int, Blocker]) -> None:
    refuse(blocker=next(iter(blockers.values()), None))


def guard_permit(*, orders: Sequence[WorkOrder], at: datetime) -> None:
    """Work that needs a permit starts and goes on only under one in force. Orders with their site."""
    _refuse_first(permit_blockers(orders, at))


def guard_somebody_qualified(*, orders: Sequence[WorkOrder], at: datetime) -> None:
    """Work is released only where somebody holds what its steps ask for on the day of the work."""
    _refuse_first(unfilled_qualifications(orders, at))


def guard_children_finished(*, orders: Sequence[WorkOrder]) -> None:
    """An order is completed only after its parts (child orders)."""
    _refuse_first(children_blockers(orders))


def guard_signed(*, orders: Sequence[WorkOrder]) -> None:
    """An order is completed only with every mandatory signature, each valid for the present content."""
    _refuse_first(signature_blockers(orders))


def guard_no_open_findings(*, orders: Sequence[WorkOrder]) -> None:
    """An order is closed only when every nonconformance is settled."""
    _refuse_first(finding_blockers(orders))


def guard_step_may_start(*, operation: Operation, order: WorkOrder, person: User, at: datetime) -> None:
    """A step begins when its predecessors are done and who does it is qualified on that day."""
    view = _view(operation)
    blockers = [
        *step_start_blockers(view),
        *unqualified(view.qualifications, person.pk, str(person), work_day(order, at)),
    ]
    refuse(blocker=next(iter(blockers), None))


def guard_step_may_finish(*, operation: Operation, order: WorkOrder, person: User, at: datetime) -> None:
    """A step is done when its predecessors are, its points are in limits or conceded, its service and certificate
    came, and who does it is qualified on that day.
    """
    view = _view(operation)
    blockers = [
        *step_finish_blockers(view),
        *unqualified(view.qualifications, person.pk, str(person), work_day(order, at)),
    ]
    refuse(blocker=next(iter(blockers), None))


def guard_qualified(*, operation_id: int | None, person_id: int, day: date) -> None:
    """Hours on a step are of people who were qualified for it on the day they worked."""
    if operation_id is None:
        return
    links = Operation.objects.get(pk=operation_id).qualification_links.select_related("qualification")
    required = [link.qualification for link in links]
    if required:
        blockers = unqualified(required, person_id, str(User.objects.get(pk=person_id)), day)
        refuse(blocker=next(iter(blockers), None))


def guard_no_successor_done(*, operation: Operation) -> None:
    """A step is opened again only while no step that waited for it is done."""
    done = Operation.objects.filter(
        predecessor_links__predecessor=operation, status=OperationStatus.DONE
    ).order_by("sequence")
    names = [str(each) for each in done[:3]]
    if names:
        raise Conflict(
            f"Steps that waited for it are already done: {', '.join(names)}.",
            code="successors_done",
            remedy="Open these again first.",
        )


def guard_changeable(*, operation: Operation, order: WorkOrder) -> None:
    """What a step says is changed only while it and its work order are not done."""
    if order.is_finished or order.status == "WORK_DONE":
        raise Conflict(f"{order} is done, so its steps stay as they are.", remedy="Reopen it first.")
    if operation.status == OperationStatus.DONE:
        raise RuleViolation(
            f"Step {operation} is done, so it stays as it was.", remedy="Open it again first."
        )


def _view(operation: Operation) -> StepView:
    views = step_views([operation.work_order_id])[operation.work_order_id]
    return next(each for each in views if each.operation.pk == operation.pk)
