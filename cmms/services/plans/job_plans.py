"""Job plans: written, submitted, approved by somebody else, and revised the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cmms.choices import Execution, RevisionStatus
from cmms.models import JobPlan, JobPlanPart, JobPlanRevision, JobPlanStep
from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.history import bulk_create_with_history
from core.models import Item, User

WRITE, APPROVE = "cmms.write_job_plan", "cmms.approve_job_plan"
STEP = 10


@dataclass(frozen=True)
class StepInput:
    """A step; hours for one time. `outside_cost` in the base currency, of an outside step."""

    title: str
    instructions: str = ""
    execution: str = Execution.INTERNAL
    craft_id: int | None = None
    estimated_hours: Decimal = Decimal(0)
    outside_cost: Decimal | None = None


@dataclass(frozen=True)
class PartInput:
    """A part each time, in the item's unit. `lead_days`: from asking to delivery; None: the plan's own."""

    item_id: int
    quantity: Decimal
    lead_days: int | None = None
    estimated_unit_cost: Decimal | None = None


@command
def create_job_plan(
    *,
    code: str,
    name: str,
    actor: User,
    at: datetime,
    steps: Sequence[StepInput] = (),
    parts: Sequence[PartInput] = (),
    instructions: str = "",
) -> JobPlan:
    """A new job plan with its first revision as a draft. Raises RuleViolation per field, Conflict for a used code."""
    require(actor, WRITE)
    if not code.strip():
        raise RuleViolation("A job plan needs a code.", field="code")
    if not name.strip():
        raise RuleViolation("A job plan needs a name.", field="name")
    if JobPlan.objects.filter(code__iexact=code.strip()).exists():
        raise Conflict(f"There already is a job plan {code.strip()}.", field="code")
    plan = JobPlan(code=code.strip(), name=name.strip())
    plan.clean_fields()
    plan.save()
    revision = _new_revision(plan, 1, instructions, "First revision", actor, at)
    _write(revision, steps, parts)
    return plan


def _new_revision(
    plan: JobPlan, number: int, instructions: str, note: str, actor: User, at: datetime
) -> JobPlanRevision:
    revision = JobPlanRevision(
        job_plan=plan, number=number, instructions=instructions.strip(), change_note=note.strip()[:300],
        author=actor, written_at=at,
    )  # fmt: skip
    revision.save()
    return revision


@command
def revise_job_plan(
    *,
    job_plan_id: int,
    change_note: str,
    actor: User,
    at: datetime,
    steps: Sequence[StepInput] | None = None,
    parts: Sequence[PartInput] | None = None,
    instructions: str | None = None,
) -> JobPlanRevision:
    """Write the next revision, or change the draft of one; what is not given stays as it was. Orders are not touched.

    Raises Conflict while a revision waits for approval.
    """
    require(actor, WRITE)
    if not change_note.strip():
        raise RuleViolation("Say what changes, and why.", field="change_note")
    plan = JobPlan.objects.select_for_update(no_key=True).filter(pk=job_plan_id).first()
    if plan is None:
        raise NotFound("That job plan does not exist.", field="job_plan_id")
    latest = plan.revisions.order_by("-number").first()
    if latest is not None and latest.status == RevisionStatus.SUBMITTED:
        raise Conflict(f"{latest} waits for approval.", remedy="Have it sent back first.")
    text = instructions if instructions is not None else (latest.instructions if latest else "")
    steps = _steps_of(latest) if steps is None else steps
    parts = _parts_of(latest) if parts is None else parts
    if latest is not None and latest.status == RevisionStatus.DRAFT:
        latest.instructions, latest.change_note = text.strip(), change_note.strip()[:300]
        latest.author, latest.written_at = actor, at
        latest.save()
        revision = latest
    else:
        revision = _new_revision(plan, (latest.number if latest else 0) + 1, text, change_note, actor, at)
    _write(revision, steps, parts)
    return revision


def _steps_of(revision: JobPlanRevision | None) -> list[StepInput]:
    rows = revision.steps.order_by("sequence", "pk") if revision else ()
    return [
        StepInput(
            step.title,
            step.instructions,
            step.execution,
            step.craft_id,
            step.estimated_hours,
            step.outside_cost,
        )
        for step in rows
    ]


def _parts_of(revision: JobPlanRevision | None) -> list[PartInput]:
    rows = revision.parts.order_by("pk") if revision else ()
    return [PartInput(part.item_id, part.quantity, part.lead_days, part.estimated_unit_cost) for part in rows]


def _write(revision: JobPlanRevision, steps: Sequence[StepInput], parts: Sequence[PartInput]) -> None:
    """Make these the contents of a draft."""
    for row in [*revision.steps.all(), *revision.parts.all()]:
        row.delete()
    made = []
    for number, each in enumerate(steps, start=1):
        if not each.title.strip():
            raise RuleViolation("Every step needs a title.", field="steps")
        if each.estimated_hours < 0:
            raise RuleViolation("Estimated hours cannot be negative.", field="steps")
        step = JobPlanStep(
            revision=revision, sequence=number * STEP, title=each.title.strip(), instructions=each.instructions,
            execution=each.execution, craft_id=each.craft_id, estimated_hours=each.estimated_hours,
            outside_cost=each.outside_cost,
        )  # fmt: skip
        step.clean_fields(exclude=["revision", "craft"])
        made.append(step)
    bulk_create_with_history(made)
    _write_parts(revision, parts)


def _write_parts(revision: JobPlanRevision, parts: Sequence[PartInput]) -> None:
    items = Item.objects.in_bulk({each.item_id for each in parts})
    rows, seen = [], set()
    for each in parts:
        item = items.get(each.item_id)
        if item is None or not item.is_active:
            raise RuleViolation("Choose a part from the catalogue.", field="parts")
        if each.item_id in seen:
            raise RuleViolation(f"{item} is on the list twice.", field="parts")
        if each.quantity <= 0:
            raise RuleViolation("The quantity must be greater than zero.", field="parts")
        seen.add(each.item_id)
        row = JobPlanPart(
            revision=revision, item=item, quantity=each.quantity, lead_days=each.lead_days,
            estimated_unit_cost=each.estimated_unit_cost,
        )  # fmt: skip
        row.clean_fields(exclude=["revision", "item"])
        rows.append(row)
    bulk_create_with_history(rows)


def _locked(revision_id: int) -> JobPlanRevision:
    row = JobPlanRevision.objects.select_for_update(of=("self",), no_key=True).filter(pk=revision_id)
    revision = row.select_related("job_plan").first()
    if revision is None:
        raise NotFound("That revision does not exist.", field="revision_id")
    return revision


@command
def submit_revision(*, revision_id: int, actor: User, at: datetime) -> JobPlanRevision:
    """Ask for approval of a draft. Raises RuleViolation for one without a step."""
    require(actor, WRITE)
    revision = _locked(revision_id)
    if not revision.steps.exists():
        raise RuleViolation("A job plan without a step asks for no work.", remedy="Add a step first.")
    revision.advance(RevisionStatus.SUBMITTED)
    revision.submitted_at = at
    revision.save()
    return revision


@command
def approve_revision(*, revision_id: int, actor: User, at: datetime) -> JobPlanRevision:
    """Make a submitted revision the valid one; the one before is superseded. The approver is not its author."""
    require(actor, APPROVE)
    revision = _locked(revision_id)
    if revision.author_id == actor.pk:
        raise NotAllowed("Who wrote a revision cannot approve it.", remedy="Ask somebody else to approve it.")
    revision.require(RevisionStatus.SUBMITTED)
    before = JobPlanRevision.objects.filter(
        job_plan=revision.job_plan_id, status=RevisionStatus.APPROVED
    ).first()
    if before is not None:
        before.advance(RevisionStatus.SUPERSEDED)
        before.save()
    revision.advance(RevisionStatus.APPROVED)
    revision.approved_by, revision.approved_at = actor, at
    revision.save()
    return revision


@command
def send_back_revision(*, revision_id: int, reason: str, actor: User, at: datetime) -> JobPlanRevision:
    """Back to its author as a draft, with the reason in its history."""
    require(actor, APPROVE)
    if not reason.strip():
        raise RuleViolation("Say what has to change.", field="reason")
    revision = _locked(revision_id)
    revision.advance(RevisionStatus.DRAFT)
    revision.submitted_at = None
    revision.save()
    return revision
