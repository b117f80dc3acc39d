"""What hangs on steps: which steps they wait for, which qualifications they ask for, what is inspected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from cmms import events
from cmms.choices import Execution, PointKind
from cmms.decisions.step_order import find_cycle
from cmms.models import (
    InspectionPoint,
    InspectionTemplate,
    Operation,
    OperationPredecessor,
    OperationQualification,
    Qualification,
    WorkOrder,
)
from cmms.models.inspection import Point
from core.errors import NotFound, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User

OUT_OF_THE_WAY = 10_000  # above any position that a step has


@dataclass(frozen=True)
class PointInput:
    """One inspection point; limits in `unit`, None: no limit on that side."""

    name: str
    kind: str = PointKind.MEASURE
    unit: str = ""
    lower_limit: Decimal | None = None
    upper_limit: Decimal | None = None
    is_mandatory: bool = True


class StepLinks(Protocol):
    """What a planned step says beyond its own row: numbers of the steps it waits for, qualifications, points."""

    @property
    def after(self) -> Sequence[int]: ...
    @property
    def qualification_ids(self) -> Sequence[int]: ...
    @property
    def points(self) -> Sequence[PointInput]: ...


def link_predecessors(*, after: Mapping[int, Collection[int]], work_order_id: int) -> None:
    """Make each step (key) wait for exactly these steps of the same work order.

    Raises RuleViolation for a step of another order, and for steps that would wait for each other.
    """
    steps = {step.pk: step for step in Operation.objects.filter(work_order_id=work_order_id)}
    before: dict[int, set[int]] = defaultdict(set)
    kept = list(OperationPredecessor.objects.filter(operation__work_order_id=work_order_id))
    for link in kept:
        if link.operation_id not in after:
            before[link.operation_id].add(link.predecessor_id)
    for pk, wanted in after.items():
        if not {pk, *wanted} <= steps.keys():
            raise RuleViolation("A step waits for steps of its own work order only.", field="after")
        before[pk] = set(wanted)
    _refuse_ring(before, steps)
    there = {(link.operation_id, link.predecessor_id) for link in kept}
    for link in kept:
        if link.operation_id in after and link.predecessor_id not in before[link.operation_id]:
            link.delete()
    bulk_create_with_history(
        [
            OperationPredecessor(operation_id=pk, predecessor_id=each)
            for pk in sorted(after)
            for each in sorted(before[pk])
            if (pk, each) not in there
        ]
    )


def link_new_steps(*, steps: Sequence[Operation], inputs: Sequence[StepLinks]) -> None:
    """Hang on new steps, of any number of work orders, what they were planned with; no statement where that is nothing.

    Raises RuleViolation for an unknown step number or steps that wait for each other, NotFound for an unknown
    qualification.
    """
    pairs = list(zip(steps, inputs, strict=True))
    _link_by_number({step: each.after for step, each in pairs if each.after})
    wanted = {pk for _, each in pairs for pk in each.qualification_ids}
    if wanted:
        _check_qualifications(wanted)
        bulk_create_with_history(
            [
                OperationQualification(operation=step, qualification_id=pk)
                for step, each in pairs
                for pk in sorted(set(each.qualification_ids))
            ]
        )
    points = []
    for step, each in pairs:
        for position, point in enumerate(each.points, start=1):
            row = _new_point(step, point)
            row.position = position
            points.append(row)
    bulk_create_with_history(points)


def _link_by_number(waiting: Mapping[Operation, Sequence[int]]) -> None:
    """New steps wait for steps of their own work order, by number; two statements."""
    if not waiting:
        return
    rows = Operation.objects.filter(work_order_id__in={step.work_order_id for step in waiting})
    keys = {(row.work_order_id, row.sequence): row for row in rows}
    before: dict[int, list[int]] = {}
    for step, numbers in waiting.items():
        unknown = [each for each in numbers if (step.work_order_id, each) not in keys]
        if unknown:
            raise RuleViolation(f"There is no step {unknown[0]}.", field="after")
        before[step.pk] = [keys[step.work_order_id, each].pk for each in dict.fromkeys(numbers)]
    # Nothing older waits for a new step, so a ring is among the new ones.
    _refuse_ring(before, {row.pk: row for row in keys.values()})
    bulk_create_with_history(
        [
            OperationPredecessor(operation_id=pk, predecessor_id=each)
            for pk, wanted in before.items()
            for each in wanted
        ]
    )


def _refuse_ring(before: Mapping[int, Collection[int]], steps: Mapping[int, Operation]) -> None:
    ring = find_cycle(before)
    if ring:
        names = ", ".join(str(steps[pk]) for pk in ring)
        raise RuleViolation(
            f"These steps would wait for each other: {names}.", field="after", remedy="Take one of them out."
        )


def announce_outside_steps(
    *, order: WorkOrder, executions: Collection[str], actor: User, at: datetime
) -> None:
    """An outside step that comes to work already on the floor is bought at once."""
    if Execution.OUTSIDE in executions and order.is_workable:
        events.outside_steps_added.send(sender=WorkOrder, work_order_ids=[order.pk], actor=actor, at=at)


def ask_qualifications(*, operation: Operation, qualification_ids: Collection[int]) -> None:
    """Make the step ask for exactly these qualifications. Raises NotFound for one that is not there."""
    wanted = set(qualification_ids)
    _check_qualifications(wanted)
    kept = list(OperationQualification.objects.filter(operation=operation))
    for link in kept:
        if link.qualification_id not in wanted:
            link.delete()
    there = {link.qualification_id for link in kept}
    bulk_create_with_history(
        [OperationQualification(operation=operation, qualification_id=pk) for pk in sorted(wanted - there)]
    )


def _check_qualifications(wanted: set[int]) -> None:
    if Qualification.objects.filter(pk__in=wanted).count() != len(wanted):
        raise NotFound("That qualification does not exist.", field="qualifications")


def put_points(*, operation: Operation, points: Sequence[PointInput]) -> list[InspectionPoint]:
    """Make the step's inspection points exactly these, in this order.

    One that stays as it was keeps its readings; a changed one starts anew, and one that is gone is kept aside
    with its readings.
    """
    kept = list(InspectionPoint.objects.filter(operation=operation, is_dropped=False).order_by("position"))
    before = {row.pk: row.position for row in kept}
    unchanged: dict[PointInput, list[InspectionPoint]] = defaultdict(list)
    for row in kept:
        unchanged[_input_of(row)].append(row)
    result = []
    for position, each in enumerate(points, start=1):
        row = unchanged[each].pop(0) if unchanged[each] else _new_point(operation, each)
        row.position = position
        result.append(row)
    stay = {row.pk for row in result}
    gone = [row for row in kept if row.pk not in stay]
    for row in gone:
        row.is_dropped = True
    bulk_update_with_history(gone, ["is_dropped"])
    _renumber([row for row in result if before.get(row.pk, row.position) != row.position])
    bulk_create_with_history([row for row in result if row.pk is None])
    return result


def _renumber(rows: list[InspectionPoint]) -> None:
    """Move points to their new positions; out of the way first, so that no two ever share one."""
    places = [row.position for row in rows]
    for place, row in enumerate(rows, start=OUT_OF_THE_WAY):
        row.position = place
    bulk_update_with_history(rows, ["position"])
    for place, row in zip(places, rows, strict=True):
        row.position = place
    bulk_update_with_history(rows, ["position"])


def points_of_template(*, template_id: int) -> list[PointInput]:
    """The points that a template holds. Raises NotFound."""
    template = InspectionTemplate.objects.filter(pk=template_id, is_active=True).first()
    if template is None:
        raise NotFound("That inspection template does not exist.", field="template")
    return [_input_of(point) for point in template.points.order_by("position")]


def points_of(*, operation: Operation) -> list[PointInput]:
    """The points that a step asks for now."""
    rows = InspectionPoint.objects.filter(operation=operation, is_dropped=False)
    return [_input_of(row) for row in rows.order_by("position")]


def _input_of(row: Point) -> PointInput:
    return PointInput(row.name, row.kind, row.unit, row.lower_limit, row.upper_limit, row.is_mandatory)


def _new_point(operation: Operation, each: PointInput) -> InspectionPoint:
    if not each.name.strip():
        raise RuleViolation("Every inspection point needs a name.", field="points")
    row = InspectionPoint(
        operation=operation, name=each.name.strip(), kind=each.kind, unit=each.unit.strip(),
        lower_limit=each.lower_limit, upper_limit=each.upper_limit, is_mandatory=each.is_mandatory, position=1,
    )  # fmt: skip
    row.clean_fields(exclude=["operation"])
    if row.kind == PointKind.CHECK and not (row.lower_limit is None and row.upper_limit is None):
        raise RuleViolation(f"{row.name} is a check, so it has no limits.", field="points")
    if row.lower_limit is not None and row.upper_limit is not None and row.lower_limit > row.upper_limit:
        raise RuleViolation(f"The lower limit of {row.name} is above the upper one.", field="points")
    return row
