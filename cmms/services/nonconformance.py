"""Findings: raised by who sees them; reworked by a further step, conceded by another person, or dismissed."""

from __future__ import annotations

from datetime import datetime

from cmms.choices import NonconformanceStatus, WorkOrderStatus
from cmms.models import Nonconformance, Operation, Reading, WorkOrder
from cmms.services.locking import locked_work_order
from cmms.services.planning import OperationInput, add_operation
from cmms.services.step_links import PointInput, points_of
from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.models import User
from core.numbering import next_number

S = NonconformanceStatus
RAISE, DECIDE, CONCEDE = (
    "cmms.raise_nonconformance", "cmms.decide_nonconformance", "cmms.approve_concession",
)  # fmt: skip


@command
def raise_nonconformance(
    *,
    work_order_id: int,
    description: str,
    actor: User,
    at: datetime,
    operation_id: int | None = None,
    reading_id: int | None = None,
    photo_id: int | None = None,
    concession_reason: str = "",
) -> Nonconformance:
    """Something is not as it should be, on a work order, one of its steps, or one reading out of limits.

    With `concession_reason` a concession is asked for at once. Raises Conflict on a closed or cancelled order, for a
    reading that is in limits, replaced by a later one, or already reported.
    """
    require(actor, RAISE)
    order = locked_work_order(work_order_id=work_order_id)
    if order.status in {WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED}:
        raise Conflict(f"{order} is {order.get_status_display().lower()}.")
    if reading_id is not None:
        reading = _reportable(reading_id, order)
        operation_id = reading.point.operation_id
        description = description.strip() or _words(reading)
    if not description.strip():
        raise RuleViolation("Say what is not as it should be.", field="description")
    if operation_id and not Operation.objects.filter(pk=operation_id, work_order=order).exists():
        raise RuleViolation("That step belongs to another work order.", field="operation_id")
    finding = Nonconformance(
        number=next_number("NC"), created_at=at, created_by=actor, work_order=order, operation_id=operation_id,
        reading_id=reading_id, description=description.strip(), photo_id=photo_id,
    )  # fmt: skip
    finding.save()
    if concession_reason.strip():
        return ask_concession(nonconformance_id=finding.pk, reason=concession_reason, actor=actor, at=at)
    return finding


def _reportable(reading_id: int, order: WorkOrder) -> Reading:
    reading = Reading.objects.select_related("point__operation").filter(pk=reading_id).first()
    if reading is None or reading.point.operation.work_order_id != order.pk:
        raise NotFound("That reading does not belong to this work order.", field="reading_id")
    if reading.is_in_limits:
        raise Conflict("That reading is in limits.", field="reading_id")
    if Reading.objects.filter(point=reading.point, pk__gt=reading.pk).exists():
        raise Conflict("That point has been measured again since.", field="reading_id")
    known = Nonconformance.objects.filter(reading=reading).first()
    if known is not None:
        raise Conflict(f"That reading is already reported as {known}.", field="reading_id")
    return reading


def _words(reading: Reading) -> str:
    return f"{reading.point}: {reading} {reading.point.unit}".strip()


def _locked(nonconformance_id: int) -> Nonconformance:
    """The finding and its work order, both locked (the order first). Raises NotFound."""
    order_id = (
        Nonconformance.objects.filter(pk=nonconformance_id).values_list("work_order_id", flat=True).first()
    )
    if order_id is None:
        raise NotFound("That nonconformance does not exist.", field="nonconformance_id")
    order = locked_work_order(work_order_id=order_id)
    finding: Nonconformance = Nonconformance.objects.select_related("reading__point").get(
        pk=nonconformance_id
    )
    finding.work_order = order
    return finding


def _said(reason: str, words: str) -> str:
    if not reason.strip():
        raise RuleViolation(words, field="reason")
    return reason.strip()


def _decide(finding: Nonconformance, status: str, reason: str, actor: User, at: datetime) -> Nonconformance:
    finding.advance(status)
    finding.decision_reason, finding.decided_by, finding.decided_at = reason, actor, at
    finding.settled_at = at if finding.is_settled else None
    finding.save()
    return finding


@command
def decide_rework(
    *, nonconformance_id: int, actor: User, at: datetime, title: str = "", instructions: str = ""
) -> Nonconformance:
    """Have it reworked: a further step that points at the failed one, with its qualifications, sign-off and the points
    to be inspected anew. Steps that wait for the failed one wait for its rework too.

    Raises Conflict where the work order is already done (reopen it first).
    """
    require(actor, DECIDE)
    finding = _locked(nonconformance_id)
    finding.require(S.OPEN)
    failed = finding.operation
    step = add_operation(
        work_order_id=finding.work_order_id,
        operation=OperationInput(
            title=title.strip() or f"Rework: {failed.title if failed else finding.number}"[:160],
            sequence=_number_after(failed) if failed else None,
            instructions=instructions.strip() or finding.description,
            execution=failed.execution if failed else "INTERNAL",
            craft_id=failed.craft_id if failed else None,
            sign_off=failed.sign_off if failed else "NONE",
            needs_certificate=failed.needs_certificate if failed else False,
            after=[failed.sequence] if failed else [],
            qualification_ids=(
                list(failed.qualification_links.values_list("qualification_id", flat=True)) if failed else []
            ),
            points=_points_to_repeat(finding),
            rework_of_id=failed.pk if failed else None,
        ),
        actor=actor,
        at=at,
    )
    finding.rework_operation = step
    return _decide(finding, S.IN_REWORK, finding.decision_reason, actor, at)


def _points_to_repeat(finding: Nonconformance) -> list[PointInput]:
    """The point that failed; all of the step's points where the finding is not about one reading."""
    if finding.operation is None:
        return []
    points = points_of(operation=finding.operation)
    if finding.reading is None:
        return points
    failed = finding.reading.point
    return [each for each in points if each.name == failed.name] or points


def _number_after(failed: Operation) -> int | None:
    """A free number between the failed step and the next; None (the end) where there is none."""
    taken = set(
        Operation.objects.filter(work_order_id=failed.work_order_id).values_list("sequence", flat=True)
    )
    following = min((each for each in taken if each > failed.sequence), default=None)
    free = failed.sequence + 1
    return free if following is None or free < following else None


@command
def ask_concession(*, nonconformance_id: int, reason: str, actor: User, at: datetime) -> Nonconformance:
    """Ask that it be accepted as it is, and why that is safe. Somebody else decides."""
    require(actor, RAISE)
    reason = _said(reason, "Say why it can be accepted as it is.")
    finding = _locked(nonconformance_id)
    finding.advance(S.CONCESSION_ASKED)
    finding.concession_reason, finding.concession_asked_by = reason, actor
    finding.save()
    return finding


@command
def approve_concession(
    *, nonconformance_id: int, actor: User, at: datetime, reason: str = ""
) -> Nonconformance:
    """Accept it as it is. Raises NotAllowed for who asked for it."""
    require(actor, CONCEDE)
    finding = _locked(nonconformance_id)
    finding.require(S.CONCESSION_ASKED)
    _require_another(finding, actor)
    return _decide(finding, S.CONCEDED, reason.strip(), actor, at)


@command
def refuse_concession(*, nonconformance_id: int, reason: str, actor: User, at: datetime) -> Nonconformance:
    """Do not accept it: it is open again, for rework."""
    require(actor, CONCEDE)
    reason = _said(reason, "Say why it is not accepted.")
    finding = _locked(nonconformance_id)
    finding.require(S.CONCESSION_ASKED)
    _require_another(finding, actor)
    return _decide(finding, S.OPEN, reason, actor, at)


def _require_another(finding: Nonconformance, actor: User) -> None:
    if actor.pk == finding.concession_asked_by_id:
        raise NotAllowed(
            "Who asks for a concession cannot decide on it.", remedy="Somebody else with that right has to."
        )


@command
def dismiss_nonconformance(
    *, nonconformance_id: int, reason: str, actor: User, at: datetime
) -> Nonconformance:
    """It was none, for a reason. A reading out of limits stays in the way until the point is measured again."""
    require(actor, DECIDE)
    reason = _said(reason, "Say why it is none.")
    finding = _locked(nonconformance_id)
    finding.require(S.OPEN)
    return _decide(finding, S.DISMISSED, reason, actor, at)
