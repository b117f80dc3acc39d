"""What stands in the way of the next move, in plain words: for the guards of the services and for the pages.

Each function answers for many work orders or steps at once, in a constant number of statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cmms.choices import FINISHED, OperationStatus, PointState, SignOff
from cmms.decisions.qualification import Held, missing_on
from cmms.models import (
    Nonconformance,
    Operation,
    OperationQualification,
    PersonQualification,
    Qualification,
    WorkOrder,
)
from cmms.selectors.signed import missing_meanings, signature_views
from cmms.selectors.steps import StepView
from core.models import Site, User


@dataclass(frozen=True)
class Blocker:
    """One thing in the way: a stable word for programs, a sentence for people, what to do about it."""

    code: str
    message: str
    remedy: str = ""
    field: str = "operations"


def named(names: Sequence[str], most: int = 3) -> str:
    """'a, b, c and 2 more'."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def work_day(order: WorkOrder, at: datetime) -> date:
    """The day at the order's site."""
    return at.astimezone(ZoneInfo(order.site.timezone)).date()


# ---- work orders


def permit_blockers(orders: Iterable[WorkOrder], at: datetime) -> dict[int, Blocker]:
    """Orders that need a work permit and have none in force; no statement, one where a permit is over."""
    found = {}
    over = []
    for order in orders:
        if order.needs_permit and not order.permit_number:
            found[order.pk] = Blocker(
                "permit_missing", f"{order} needs a work permit and has none.", "Record the permit first.", "permit"
            )  # fmt: skip
        elif order.needs_permit and order.permit_valid_until is not None and order.permit_valid_until < at:
            over.append((order, order.permit_valid_until))
    zones = _zones({order.site_id for order, _ in over}) if over else {}
    for order, ended in over:
        local = ended.astimezone(zones[order.site_id])
        found[order.pk] = Blocker(
            "permit_over", f"The permit {order.permit_number} of {order} ended on {local:%d %b %Y %H:%M}.",
            "Have it renewed and record the new one.", "permit",
        )  # fmt: skip
    return found


def _zones(site_ids: Collection[int]) -> dict[int, ZoneInfo]:
    rows = Site.objects.filter(pk__in=site_ids).values_list("pk", "timezone")
    return {pk: ZoneInfo(name) for pk, name in rows}


def unfilled_qualifications(orders: Sequence[WorkOrder], at: datetime) -> dict[int, Blocker]:
    """Orders with an open step whose qualification nobody holds on the day of the work (due, or today).

    One statement, two where qualifications are asked for, none for no order.
    """
    if not orders:
        return {}
    links = list(
        OperationQualification.objects.filter(operation__work_order__in=[order.pk for order in orders])
        .exclude(operation__status=OperationStatus.DONE)
        .select_related("qualification", "operation__work_order__site")
        .order_by("operation__sequence", "pk")
    )
    held = _held({link.qualification_id for link in links}) if links else {}
    everybody = [each for own in held.values() for each in own]
    found: dict[int, Blocker] = {}
    for link in links:
        order = link.operation.work_order
        day = work_day(order, max(order.due_at or at, at))
        if order.pk not in found and missing_on([link.qualification_id], everybody, day):
            found[order.pk] = Blocker(
                "nobody_qualified",
                f"Nobody holds {link.qualification} on {day:%d %b %Y}, which step {link.operation} of {order} needs.",
                "Grant or renew the qualification, or change the due day.",
            )
    return found


def children_blockers(orders: Sequence[WorkOrder]) -> dict[int, Blocker]:
    """Orders of which a part (child order) is not finished; one statement, none for none."""
    if not orders:
        return {}
    open_children = WorkOrder.objects.filter(parent__in=orders).exclude(status__in=FINISHED)
    names: dict[int, list[str]] = defaultdict(list)
    for parent_id, number in open_children.order_by("pk").values_list("parent_id", "number"):
        names[parent_id or 0].append(number)
    return {
        pk: Blocker(
            "children_open", f"Parts of this order are not finished: {named(each)}.", "Complete or cancel them first.",
            "children",
        )
        for pk, each in names.items()
    }  # fmt: skip


def signature_blockers(orders: Sequence[WorkOrder]) -> dict[int, Blocker]:
    """Orders with a step whose mandatory signature is missing or void; at most six statements, none for none."""
    if not orders:
        return {}
    steps = list(Operation.objects.filter(work_order__in=orders).exclude(sign_off=SignOff.NONE).in_order())
    signed = signature_views([step.pk for step in steps]) if steps else {}
    names: dict[int, list[str]] = defaultdict(list)
    for step in steps:
        if missing_meanings(step.sign_off, signed.get(step.pk, [])):
            names[step.work_order_id].append(str(step))
    return {
        pk: Blocker(
            "signature_missing", f"A valid signature is missing for step {named(each)}.", "Have these steps signed first."
        )
        for pk, each in names.items()
    }  # fmt: skip


def finding_blockers(orders: Sequence[WorkOrder]) -> dict[int, Blocker]:
    """Orders with a nonconformance that is not settled; one statement, none for none."""
    if not orders:
        return {}
    rows = Nonconformance.objects.filter(work_order__in=orders).unsettled().order_by("pk")
    names: dict[int, list[str]] = defaultdict(list)
    for order_id, number in rows.values_list("work_order_id", "number"):
        names[order_id].append(number)
    return {
        pk: Blocker(
            "nonconformance_open", f"Nonconformances are still open: {named(each)}.",
            "Rework, concede or dismiss them first.", "nonconformances",
        )
        for pk, each in names.items()
    }  # fmt: skip


# ---- steps


def step_start_blockers(view: StepView) -> list[Blocker]:
    """Why this step cannot begin, apart from who does it; no statement."""
    if not view.waiting_for:
        return []
    names = named([str(each) for each in view.waiting_for])
    return [
        Blocker(
            "predecessors_open", f"Step {view.operation} waits for: {names}.", "Finish these steps first."
        )
    ]


def step_finish_blockers(view: StepView) -> list[Blocker]:
    """Why this step cannot be ticked off, apart from who does it; no statement."""
    found = step_start_blockers(view)
    not_taken = [
        each.point.name for each in view.points if each.state == PointState.NOT_TAKEN and not each.is_good
    ]
    if not_taken:
        found.append(
            Blocker("readings_missing", f"Not inspected yet: {named(not_taken)}.", "Enter the readings first.", "points")
        )  # fmt: skip
    bad = [each.point.name for each in view.points if each.state == PointState.OUT_OF_LIMITS]
    if bad:
        found.append(
            Blocker(
                "out_of_limits", f"Out of limits: {named(bad)}.",
                "Measure again, raise a nonconformance for rework, or ask for a concession.", "points",
            )
        )  # fmt: skip
    if view.open_services:
        names = named([each.description for each in view.open_services])
        found.append(
            Blocker(
                "service_open", f"The outside service has not come back: {names}.",
                "It is done once purchasing has received it.", "services",
            )
        )  # fmt: skip
    if view.lacks_certificate:
        found.append(
            Blocker(
                "certificate_missing", f"The certificate of step {view.operation} is missing.",
                "Attach it to the step.", "certificate",
            )
        )  # fmt: skip
    return found


def unqualified(required: Collection[Qualification], person_id: int, name: str, day: date) -> list[Blocker]:
    """Qualifications a person lacks on a day; one statement, or none where nothing is required."""
    if not required:
        return []
    held = _held({each.pk for each in required}, person_id).get(person_id, [])
    missing = set(missing_on([each.pk for each in required], held, day))
    names = [each.name for each in required if each.pk in missing]
    if not names:
        return []
    return [_lacks(name, names, day)]


def unqualified_work(worked: Collection[tuple[int, int, date]]) -> dict[tuple[int, int, date], Blocker]:
    """Which of these (step, person, day) lack a qualification that the step asks for; one statement, or three."""
    links = OperationQualification.objects.filter(operation_id__in={step for step, _, _ in worked})
    required: dict[int, list[Qualification]] = defaultdict(list)
    for link in links.select_related("qualification").order_by("pk"):
        required[link.operation_id].append(link.qualification)
    if not required:
        return {}
    held = _held({each.pk for wanted in required.values() for each in wanted})
    people = User.objects.in_bulk({person for _, person, _ in worked})
    found = {}
    for step, person, day in worked:
        missing = set(missing_on([each.pk for each in required[step]], held.get(person, []), day))
        names = [each.name for each in required[step] if each.pk in missing]
        if names:
            found[step, person, day] = _lacks(str(people.get(person, "")), names, day)
    return found


def _lacks(name: str, names: list[str], day: date) -> Blocker:
    return Blocker(
        "not_qualified", f"{name} does not hold {named(names)} on {day:%d %b %Y}.",
        "Somebody who holds it must do this step, or the planner records it.", "person_id",
    )  # fmt: skip


def _held(qualification_ids: Collection[int], person_id: int | None = None) -> dict[int, list[Held]]:
    """What active people hold of these qualifications, by person."""
    rows = PersonQualification.objects.filter(qualification_id__in=qualification_ids, person__is_active=True)
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    found: dict[int, list[Held]] = defaultdict(list)
    for row in rows:
        found[row.person_id].append(
            Held(row.qualification_id, row.valid_from, row.valid_until, row.withdrawn_on)
        )
    return found
