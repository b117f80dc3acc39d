"""Collective time confirmation: the hours of many work orders booked in one go, steps and work finished with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from cmms.choices import LaborKind, OperationStatus, WorkOrderStatus
from cmms.models import LaborEntry, Operation, WorkOrder
from cmms.selectors.readiness import permit_blockers, unqualified_work
from cmms.services.execution import (
    EXECUTE,
    begin,
    check_step,
    finish,
    require_all_steps_done,
    tick_off,
)
from cmms.services.guards import refusals_of, unready_steps
from cmms.services.hours import (
    STATES_WITH_LABOR,
    Worked,
    another_step,
    entry_of,
    hours_on_day,
    post_labor,
    require_for,
    trades_of,
)
from cmms.services.locking import locked_work_orders, no_such_work_order
from core.access import require
from core.commands import command
from core.errors import RuleViolation
from core.models import User


@dataclass(frozen=True)
class ConfirmationLine:
    """Hours of a person on a day (of the site). `is_final`: the step, or without one the whole work, is done."""

    work_order_id: int
    person_id: int
    hours: Decimal
    worked_on: date
    operation_id: int | None = None
    kind: str = LaborKind.WRENCH
    note: str = ""
    is_final: bool = False


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation did: the hours booked, the work it started, and the work that is done by it."""

    entries: list[LaborEntry]
    started: list[WorkOrder]
    finished: list[WorkOrder]


class LinesRefused(RuleViolation):
    """Lines of a confirmation that were refused, by position (from 0); nothing of the confirmation was written."""

    code = "lines_refused"

    def __init__(self, lines: Mapping[int, RuleViolation], labels: Mapping[int, str]) -> None:
        self.lines = dict(sorted(lines.items()))
        super().__init__(
            " ".join(f"Line {number + 1}{labels[number]}: {error}" for number, error in self.lines.items()),
            field=self._field(min(self.lines)),
        )

    def _field(self, number: int) -> str:
        own = self.lines[number].field
        return f"lines.{number}.{own}" if own else f"lines.{number}"

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by line and its input."""
        return {self._field(number): [str(error)] for number, error in self.lines.items()}


@dataclass
class _Job:
    """The rows behind a confirmation, its work orders locked, and what was found about its lines."""

    lines: Sequence[ConfirmationLine]
    orders: dict[int, WorkOrder]
    steps: dict[int, Operation]
    refused: dict[int, RuleViolation] = field(default_factory=dict)

    def each(self, judge: Callable[[ConfirmationLine], None]) -> None:
        """Judge every line not refused yet, and collect the refusals, so that all are told at once."""
        for position, line in enumerate(self.lines):
            try:
                if position not in self.refused:
                    judge(line)
            except RuleViolation as error:
                self.refused[position] = error

    def raise_refusals(self) -> None:
        """Raise LinesRefused where a line was refused."""
        if self.refused:
            known = {at: self.orders.get(self.lines[at].work_order_id) for at in self.refused}
            raise LinesRefused(
                self.refused, {at: f" ({order})" if order else "" for at, order in known.items()}
            )

    def order_of(self, line: ConfirmationLine) -> WorkOrder:
        """The line's work order. Raises NotFound."""
        order = self.orders.get(line.work_order_id)
        if order is None:
            raise no_such_work_order()
        return order


@command
def confirm_work(*, lines: Sequence[ConfirmationLine], actor: User, at: datetime) -> Confirmed:
    """Book the hours of many work orders at each person's craft rate of that day; all lines or none.

    Released work starts (with nobody assigned, the person of its first line has it), steps of final lines are
    done, and the work is done where no step is left after a final line. Who works is qualified for the step on
    that day, and final steps are ready (see guards); steps that are done together do not wait for each other. Two
    dozen statements, whatever the number of lines (a few more where clocks still run on what is done); costs are posted once. Needs the rights of the
    single verbs: log_labor, log_labor_for_others, and execute_work_order where work starts or ends.
    Raises LinesRefused with every line that cannot be booked.
    """
    if not lines:
        raise RuleViolation("Enter hours on at least one line.", field="lines")
    for person_id in sorted({line.person_id for line in lines}):
        require_for(actor=actor, person_id=person_id)
    job = _job(lines)
    released = [order for order in job.orders.values() if order.status == WorkOrderStatus.RELEASED]
    if released or any(line.is_final for line in lines):
        require(actor, EXECUTE)
    entries = _entries(job, actor, at)
    _check_permits(job, released, at)
    begin(orders=released, people=_first_people(lines), at=at)
    done_steps, done_orders = _endings(job)
    job.raise_refusals()
    post_labor(entries=entries, locked=job.orders, actor=actor, at=at)
    tick_off(steps=done_steps, actor=actor, at=at)
    finish(orders=done_orders, actor=actor, at=at)
    return Confirmed(entries, released, done_orders)


def _job(lines: Sequence[ConfirmationLine]) -> _Job:
    orders = locked_work_orders(work_order_ids=[line.work_order_id for line in lines], with_site=True)
    steps = Operation.objects.filter(work_order_id__in=orders).in_order()
    return _Job(lines, orders, {step.pk: step for step in steps})


def _first_people(lines: Sequence[ConfirmationLine]) -> dict[int, int]:
    """Who is on the first line of each work order."""
    people: dict[int, int] = {}
    for line in lines:
        people.setdefault(line.work_order_id, line.person_id)
    return people


def _entries(job: _Job, actor: User, at: datetime) -> list[LaborEntry]:
    """The hours of all lines as entries, not stored yet."""
    trades = trades_of(person_ids=[line.person_id for line in job.lines])
    worked_on = {
        (line.operation_id, line.person_id, line.worked_on) for line in job.lines if line.operation_id
    }
    unqualified = refusals_of(blockers=unqualified_work(worked_on) if worked_on else {})
    entries: list[LaborEntry] = []

    def enter(line: ConfirmationLine) -> None:
        order = job.order_of(line)
        order.require(*STATES_WITH_LABOR)
        step = job.steps.get(line.operation_id or 0)
        if line.operation_id and (step is None or step.work_order_id != order.pk):
            raise another_step()
        key = (line.operation_id or 0, line.person_id, line.worked_on)
        if key in unqualified:
            raise unqualified[key]
        start, end = hours_on_day(order=order, hours=line.hours, worked_on=line.worked_on, at=at)
        worked = Worked(
            order, line.person_id, start, end, line.operation_id, line.kind, line.note, hours=line.hours
        )
        entries.append(entry_of(worked=worked, trades=trades, actor=actor, at=at))

    job.each(enter)
    return entries


def _check_permits(job: _Job, released: Sequence[WorkOrder], at: datetime) -> None:
    """Work that starts by this confirmation has the permit that it needs."""
    missing = refusals_of(blockers=permit_blockers(released, at))

    def check(line: ConfirmationLine) -> None:
        if line.work_order_id in missing:
            raise missing[line.work_order_id]

    job.each(check)


def _endings(job: _Job) -> tuple[list[Operation], list[WorkOrder]]:
    """The steps that are done by final lines, and the work orders that are done with them."""
    steps: dict[int, Operation] = {}
    orders: dict[int, WorkOrder] = {}
    left: dict[int, list[Operation]] = defaultdict(list)
    for step in job.steps.values():
        if step.status != OperationStatus.DONE:
            left[step.work_order_id].append(step)

    final = {line.operation_id for line in job.lines if line.is_final}
    unready = unready_steps(steps=[step for pk, step in job.steps.items() if pk in final])

    def end_step(line: ConfirmationLine) -> None:
        if not (line.is_final and line.operation_id) or line.operation_id in steps:
            return
        order, step = job.order_of(line), job.steps[line.operation_id]
        check_step(order=order, step=step)
        if step.pk in unready:
            raise unready[step.pk]
        steps[step.pk] = step
        left[order.pk].remove(step)
        if not left[order.pk]:
            orders[order.pk] = order

    def end_work(line: ConfirmationLine) -> None:
        if line.is_final and not line.operation_id:
            order = job.order_of(line)
            order.require(WorkOrderStatus.IN_PROGRESS)
            require_all_steps_done(steps=left[order.pk])
            orders[order.pk] = order

    job.each(end_step)
    job.each(end_work)
    return list(steps.values()), list(orders.values())
