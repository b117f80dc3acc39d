"""Job plans: the list, one with its revisions and what changed, writing and approving."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, Subquery
from django.forms import BaseFormSet
from django.urls import reverse

from cmms.choices import RevisionStatus
from cmms.decisions.revision_diff import Difference, differences
from cmms.filters import JobPlanFilter
from cmms.forms.plans import (
    JobPartFormSet,
    JobPlanForm,
    JobStepFormSet,
    RevisionForm,
    job_parts_of,
    job_steps_of,
)
from cmms.models import JobPlan, JobPlanRevision
from cmms.services.plans.job_plans import (
    approve_revision,
    create_job_plan,
    revise_job_plan,
    send_back_revision,
    submit_revision,
)
from core.display import quantity_text
from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage

WRITE, APPROVE = "cmms.write_job_plan", "cmms.approve_job_plan"
LATEST = JobPlanRevision.objects.filter(job_plan=OuterRef("pk")).order_by("-number")
LISTED = JobPlan.objects.annotate(
    valid=Subquery(LATEST.filter(status=RevisionStatus.APPROVED).values("number")[:1]),
    latest_status=Subquery(LATEST.values("status")[:1]),
    used=Count("packages__plan", filter=Q(packages__is_active=True), distinct=True),
)


def job_plan_url(pk: int) -> str:
    """The page of a job plan."""
    return reverse("cmms:job-plan", args=[pk])


class JobPlanList(ListPage):
    """All job plans."""

    title = "Job plans"
    permission = "cmms.view_jobplan"
    queryset = LISTED
    filterset_class = JobPlanFilter
    search_fields = ("code", "name")
    search_hint = "Code, name"
    default_sort = "code"
    columns = (
        Column("code", "Code", kind="link", url_name="cmms:job-plan", sort="code"),
        Column("name", "Name", kind="link", url_name="cmms:job-plan", phone="title", sort="name"),
        Column("latest_status", "Latest revision", kind="status", phone="pill", sort="latest_status"),
        Column("valid", "Valid revision", kind="number", sort="valid"),
        Column("used", "Used in plans", kind="number", sort="used"),
        Column("is_active", "In use", kind="bool", phone="hidden", sort="is_active"),
    )
    empty_title = "No job plans yet"
    empty_text = "A job plan says how recurring work is done: steps, crafts, hours and parts."
    actions = (PageAction("New job plan", "cmms:job-plan-new", permission=WRITE, icon="plus-lg", key="n"),)


class JobPlanPage(DetailPage):
    """One job plan: the revision asked for, and how it differs from the one before."""

    permission = "cmms.view_jobplan"
    queryset = JobPlan.objects.all()
    template_name = "cmms/job_plan.html"
    panel_page = "cmms.jobplan"

    def extra_context(self) -> dict[str, Any]:
        """Revisions, the shown one with its steps and parts, its differences, the plans that use it."""
        plan: JobPlan = self.object
        revisions = list(
            plan.revisions.select_related("author", "approved_by")
            .prefetch_related("steps__craft", "parts__item__unit")
            .order_by("-number")
        )
        asked = self.request.GET.get("revision", "")
        shown = next((each for each in revisions if str(each.number) == asked), revisions[0])
        before = next((each for each in revisions if each.number < shown.number), None)
        rights = {name: self.actor.has_perm(name) for name in (WRITE, APPROVE)}
        waits = shown.status == RevisionStatus.SUBMITTED
        return {
            "title": plan.name,
            "revisions": revisions,
            "shown": shown,
            "steps": sorted(shown.steps.all(), key=lambda step: (step.sequence, step.pk)),
            "parts": sorted(shown.parts.all(), key=lambda part: part.pk),
            "before": before,
            "differences": changes_between(before, shown) if before else [],
            "packages": list(
                plan.packages.filter(is_active=True)
                .select_related("plan__asset", "plan__location")
                .order_by("plan__number")
            ),
            "currency": settings.BASE_CURRENCY,
            "may_write": rights[WRITE]
            and not any(each.status == RevisionStatus.SUBMITTED for each in revisions),
            "may_submit": rights[WRITE] and shown.status == RevisionStatus.DRAFT,
            "may_approve": rights[APPROVE] and waits and shown.author_id != self.actor.pk,
            "may_send_back": rights[APPROVE] and waits,
            "is_own": rights[APPROVE] and waits and shown.author_id == self.actor.pk,
        }


def changes_between(before: JobPlanRevision, after: JobPlanRevision) -> list[Difference]:
    """Steps, parts and instructions that differ."""
    return differences(_lines_of(before), _lines_of(after))


def _lines_of(revision: JobPlanRevision) -> dict[str, str]:
    lines = {"Instructions": revision.instructions} if revision.instructions else {}
    for step in sorted(revision.steps.all(), key=lambda each: (each.sequence, each.pk)):
        facts = [step.get_execution_display(), str(step.craft) if step.craft else ""]
        facts += [f"{quantity_text(step.estimated_hours)} h", step.instructions]
        lines[f"Step: {step.title}"] = ", ".join(fact for fact in facts if fact)
    for part in sorted(revision.parts.all(), key=lambda each: each.pk):
        days = "" if part.lead_days is None else f", delivery {part.lead_days} days"
        lines[f"Part: {part.item}"] = f"{quantity_text(part.quantity, str(part.item.unit))}{days}"
    return lines


class WritesJobPlan(CommandView):
    """What writing and revising share."""

    permission = WRITE
    template_name = "cmms/plan_form.html"

    def success_url(self, result: Any) -> str:
        """The job plan."""
        return job_plan_url(getattr(result, "job_plan_id", result.pk))


class NewJobPlan(WritesJobPlan):
    """A job plan from scratch."""

    title = "New job plan"
    form_class = JobPlanForm
    submit_label = "Create job plan"
    success_message = "{result} is written. Submit it for approval."

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Steps and parts."""
        return {
            "Steps": JobStepFormSet(data, prefix="steps"),
            "Parts": JobPartFormSet(data, prefix="parts"),
        }

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:job-plans")

    def run(self, form: Any) -> object:
        """Create it."""
        data = form.cleaned_data
        return create_job_plan(
            code=data["code"],
            name=data["name"],
            instructions=data["instructions"],
            steps=job_steps_of(self.formsets["Steps"]),
            parts=job_parts_of(self.formsets["Parts"]),
            actor=self.actor,
            at=self.at,
        )


class ReviseJobPlan(WritesJobPlan):
    """The next revision, from the last."""

    title = "Revise"
    queryset = JobPlan.objects.all()
    form_class = RevisionForm
    submit_label = "Save as draft"
    intro = "Orders already made keep the revision they were made from. Tick a line to take it out."
    success_message = "{result} is saved as a draft."

    def _latest(self) -> JobPlanRevision:
        latest: JobPlanRevision = self.object.revisions.order_by("-number").first()
        return latest

    def get_initial(self) -> dict[str, Any]:
        """The words of the last revision; its note only where it is still a draft."""
        latest = self._latest()
        note = latest.change_note if latest.status == RevisionStatus.DRAFT else ""
        return {"instructions": latest.instructions, "change_note": note}

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """The lines of the last revision."""
        latest = self._latest()
        names = ("title", "execution", "instructions")
        steps = [
            {
                **{name: getattr(row, name) for name in names},
                "craft": row.craft_id,
                "estimated_hours": _plain(row.estimated_hours),
                "outside_cost": _plain(row.outside_cost),
            }
            for row in latest.steps.order_by("sequence", "pk")
        ]
        parts = [
            {
                "item": str(row.item),
                "quantity": _plain(row.quantity),
                "lead_days": row.lead_days,
                "estimated_unit_cost": _plain(row.estimated_unit_cost),
            }
            for row in latest.parts.select_related("item").order_by("pk")
        ]
        return {
            "Steps": JobStepFormSet(data, prefix="steps", initial=steps),
            "Parts": JobPartFormSet(data, prefix="parts", initial=parts),
        }

    def cancel_url(self) -> str:
        """The job plan."""
        return job_plan_url(self.object.pk)

    def run(self, form: Any) -> object:
        """Write it."""
        return revise_job_plan(
            job_plan_id=self.object.pk,
            change_note=form.cleaned_data["change_note"],
            instructions=form.cleaned_data["instructions"],
            steps=job_steps_of(self.formsets["Steps"]),
            parts=job_parts_of(self.formsets["Parts"]),
            actor=self.actor,
            at=self.at,
        )


def _plain(value: Any) -> str | None:
    return None if value is None else quantity_text(value).replace(",", "")


class OnRevision(CommandView):
    """A verb of one revision; afterwards its job plan."""

    queryset = JobPlanRevision.objects.select_related("job_plan")

    def success_url(self, result: Any) -> str:
        """The job plan."""
        return job_plan_url(self.object.job_plan_id)

    def cancel_url(self) -> str:
        """The job plan."""
        return job_plan_url(self.object.job_plan_id)


class SubmitRevision(OnRevision):
    """Ask for approval."""

    title = "Submit for approval"
    permission = WRITE
    success_message = "{object} waits for approval."

    def run(self, form: Any) -> object:
        """Submit it."""
        return submit_revision(revision_id=self.object.pk, actor=self.actor, at=self.at)


class ApproveRevision(OnRevision):
    """Make it the valid one."""

    title = "Approve"
    permission = APPROVE
    success_message = "{object} is valid from now on."

    def run(self, form: Any) -> object:
        """Approve it."""
        return approve_revision(revision_id=self.object.pk, actor=self.actor, at=self.at)


class SendBackRevision(OnRevision):
    """Back to its author."""

    title = "Send back"
    permission = APPROVE
    form_class = ReasonForm
    success_message = "{object} went back to its author."

    def run(self, form: Any) -> object:
        """Send it back."""
        reason = form.cleaned_data["reason"]
        return send_back_revision(revision_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)
