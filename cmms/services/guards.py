"""Guards of the state table: each refuses one thing, by name, for one work order or many, in constant statements.

The words come from selectors/readiness.py, which the pages show before anybody tries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from cmms.choices import OperationStatus
from cmms.models import Operation, WorkOrder
from cmms.selectors.readiness import (
    Blocker,
    permit_blockers,
    step_finish_blockers,
    step_start_blockers,
    unqualified,
    unqualified_work,
    work_day,
)
from cmms.selectors.steps import StepView, demanding_steps, step_views
from core.errors import Conflict, RuleViolation
from core.models import User

Key = TypeVar("Key")


def _refusal(blocker: Blocker) -> RuleViolation:
    return Conflict(blocker.message, code=blocker.code, field=blocker.field, remedy=blocker.remedy)


def refusals_of(*, blockers: Mapping[Key, Blocker]) -> dict[Key, RuleViolation]:
    """The errors that blockers stand for, for moves of many work orders together (see moving.raise_from)."""
    return {key: _refusal(each) for key, each in blockers.items()}


def refuse(*, blocker: Blocker | None) -> None:
    """Raise the Conflict that a blocker stands for."""
    if blocker is not None:
        raise _refusal(blocker)


def _refuse_first(blockers: Mapping[Key, Blocker]) -> None:
    refuse(blocker=next(iter(blockers.values()), None))


def guard_permit(*, orders: Sequence[WorkOrder], at: datetime) -> None:
    """Work that needs a permit starts and goes on only under one in force. Orders with their site."""
    _refuse_first(permit_blockers(orders, at))


def guard_step_may_start(*, operation: Operation, order: WorkOrder, person: User, at: datetime) -> None:
    """A step begins when its predecessors are done and who does it is qualified on that day."""
    if not demanding_steps([operation.pk]):
        return
    view = _view(operation)
    blockers = [
        *step_start_blockers(view),
        *unqualified(view.qualifications, person.pk, str(person), work_day(order, at)),
    ]
    refuse(blocker=next(iter(blockers), None))


def guard_step_may_finish(*, operation: Operation, order: WorkOrder, person: User, at: datetime) -> None:
    """A step is done when its predecessors are, its points are in limits or conceded, its service and certificate
    came, and who does it is qualified on that day. One statement for a step that asks for none of this.
    """
    if not demanding_steps([operation.pk]):
        return
    view = _view(operation)
    blockers = [
        *step_finish_blockers(view),
        *unqualified(view.qualifications, person.pk, str(person), work_day(order, at)),
    ]
    refuse(blocker=next(iter(blockers), None))


def guard_qualified(*, worked: Collection[tuple[int, int, date]]) -> None:
    """Hours on a step are of people who were qualified for it on the day they worked: (step, person, day)."""
    _refuse_first(unqualified_work(worked))


def unready_steps(*, steps: Collection[Operation]) -> dict[int, RuleViolation]:
    """Steps that are to be done together and cannot, by key: as guard_step_may_finish, apart from who does them.

    One statement where none asks for anything, nine more otherwise (thirteen where steps are signed).
    """
    asking = demanding_steps([step.pk for step in steps]) if steps else set()
    if not asking:
        return {}
    views = step_views(
        {step.work_order_id for step in steps if step.pk in asking}, done_with_it=[step.pk for step in steps]
    )
    found: dict[int, RuleViolation] = {}
    for view in (view for own in views.values() for view in own):
        blockers = step_finish_blockers(view) if view.operation.pk in asking else []
        if blockers:
            found[view.operation.pk] = _refusal(blockers[0])
    return found


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
