"""The steps of work orders with all that holds them up, in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from cmms.choices import Execution, OperationStatus, PointState, RequestLineKind, SignatureMeaning
from cmms.decisions.inspection import GOOD_POINTS, limits_in_words, point_state
from cmms.decisions.step_order import waits_for
from cmms.models import (
    InspectionPoint,
    Nonconformance,
    Operation,
    OperationPredecessor,
    OperationQualification,
    PartsRequestLine,
    Qualification,
    Reading,
)
from cmms.selectors.signed import SignatureView, missing_meanings, signature_views


@dataclass(frozen=True)
class PointView:
    """An inspection point with its last reading and what was decided about it."""

    point: InspectionPoint
    state: PointState
    reading: Reading | None = None
    finding: Nonconformance | None = None

    @property
    def limits(self) -> str:
        """What is allowed, in words."""
        return limits_in_words(self.point.lower_limit, self.point.upper_limit, self.point.unit)

    @property
    def is_good(self) -> bool:
        """Whether it holds nothing up."""
        return self.state in GOOD_POINTS or (
            self.state == PointState.NOT_TAKEN and not self.point.is_mandatory
        )


@dataclass
class StepView:
    """A step with all that belongs to it."""

    operation: Operation
    after: list[Operation] = field(default_factory=list)
    waiting_for: list[Operation] = field(default_factory=list)
    reworks: list[Operation] = field(default_factory=list)
    qualifications: list[Qualification] = field(default_factory=list)
    points: list[PointView] = field(default_factory=list)
    findings: list[Nonconformance] = field(default_factory=list)
    open_services: list[PartsRequestLine] = field(default_factory=list)
    signatures: list[SignatureView] = field(default_factory=list)
    missing_signatures: list[SignatureMeaning] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it is ticked off."""
        return self.operation.status == OperationStatus.DONE

    @property
    def good_points(self) -> int:
        """How many points hold nothing up and were looked at."""
        return sum(1 for each in self.points if each.is_good and each.reading is not None)

    @property
    def open_points(self) -> int:
        """How many points still hold it up."""
        return sum(1 for each in self.points if not each.is_good)

    @property
    def bad_points(self) -> int:
        """How many points are out of limits and nothing is decided about them."""
        return sum(1 for each in self.points if each.state == PointState.OUT_OF_LIMITS)

    @property
    def lacks_certificate(self) -> bool:
        """Whether it waits for the certificate of an outside service."""
        step = self.operation
        return step.execution == Execution.OUTSIDE and step.needs_certificate and step.certificate_id is None


def step_views(
    work_order_ids: Iterable[int], done_with_it: Collection[int] = ()
) -> dict[int, list[StepView]]:
    """The steps of each work order in their order; eight statements, and four more where steps are signed.

    Steps in `done_with_it` hold nobody up: they are about to be done together.
    """
    wanted = list(work_order_ids)
    steps = list(
        Operation.objects.filter(work_order_id__in=wanted)
        .select_related("craft", "done_by", "certificate", "rework_of")
        .in_order()
    )
    views = {step.pk: StepView(step) for step in steps}
    _link(views, wanted, done_with_it)
    for link in (
        OperationQualification.objects.filter(operation__work_order_id__in=wanted)
        .select_related("qualification")
        .order_by("qualification__name")
    ):
        views[link.operation_id].qualifications.append(link.qualification)
    _add_points(views, wanted)
    lines = PartsRequestLine.objects.filter(operation__work_order_id__in=wanted, kind=RequestLineKind.SERVICE)
    for line in lines.with_short().filter(short__gt=0).order_by("pk"):
        views[line.operation_id or 0].open_services.append(line)
    for pk, signatures in signature_views(views).items():
        views[pk].signatures = signatures
    found: dict[int, list[StepView]] = defaultdict(list)
    for view in views.values():
        view.missing_signatures = missing_meanings(view.operation.sign_off, view.signatures)
        found[view.operation.work_order_id].append(view)
    return found


def demanding_steps(operation_ids: Iterable[int]) -> set[int]:
    """Those of these steps that ask for more than to be done: another step, a qualification, an inspection, a service
    or a certificate; one statement, so that most steps are ticked off without looking further.
    """
    own = {"operation": OuterRef("pk")}
    services = PartsRequestLine.objects.filter(**own, kind=RequestLineKind.SERVICE).with_short()
    asking = (
        Exists(OperationPredecessor.objects.filter(**own))
        | Exists(OperationQualification.objects.filter(**own))
        | Exists(InspectionPoint.objects.filter(**own, is_dropped=False))
        | Exists(services.filter(short__gt=0))
        | Q(needs_certificate=True)
    )
    rows = Operation.objects.filter(asking, pk__in=list(operation_ids))
    return set(rows.values_list("pk", flat=True))


def _link(views: dict[int, StepView], work_order_ids: list[int], done_with_it: Collection[int]) -> None:
    """Who waits for whom."""
    before: dict[int, list[int]] = defaultdict(list)
    reworks: dict[int, list[int]] = defaultdict(list)
    links = OperationPredecessor.objects.filter(operation__work_order_id__in=work_order_ids)
    for step_id, predecessor_id in links.values_list("operation_id", "predecessor_id"):
        before[step_id].append(predecessor_id)
    for pk, view in views.items():
        if view.operation.rework_of_id:
            reworks[view.operation.rework_of_id].append(pk)
            views[view.operation.rework_of_id].reworks.append(view.operation)
    done = {pk for pk, view in views.items() if view.is_done} | set(done_with_it)
    order = {pk: place for place, pk in enumerate(views)}
    for pk, view in views.items():
        view.after = [views[each].operation for each in sorted(before[pk], key=order.__getitem__)]
        waiting = waits_for(pk, before, reworks, done)
        view.waiting_for = [views[each].operation for each in sorted(waiting, key=order.__getitem__)]


def _add_points(views: dict[int, StepView], work_order_ids: list[int]) -> None:
    """Points with their last readings and findings; three statements."""
    last = {
        reading.point_id: reading
        for reading in Reading.objects.filter(point__operation__work_order_id__in=work_order_ids)
        .select_related("taken_by")
        .order_by("point_id", "-pk")
        .distinct("point_id")
    }
    findings = Nonconformance.objects.filter(work_order_id__in=work_order_ids).order_by("pk")
    by_reading = {}
    for finding in findings:
        if finding.operation_id:
            views[finding.operation_id].findings.append(finding)
        if finding.reading_id:
            by_reading[finding.reading_id] = finding
    points = InspectionPoint.objects.filter(operation__work_order_id__in=work_order_ids, is_dropped=False)
    for point in points.order_by("operation_id", "position", "pk"):
        reading = last.get(point.pk)
        about = by_reading.get(reading.pk) if reading else None
        state = point_state(reading.is_in_limits if reading else None, about.status if about else None)
        views[point.operation_id].points.append(PointView(point, state, reading, about))
