"""Findings: the list, one of them, and their verbs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cmms.choices import NonconformanceStatus, PointState
from cmms.filters import NonconformanceFilter
from cmms.forms.steps import (
    ConcessionForm,
    DecisionForm,
    FindingForm,
    MustDecideForm,
    ReworkForm,
)
from cmms.models import Nonconformance, Operation, Reading
from cmms.services.nonconformance import (
    approve_concession,
    ask_concession,
    decide_rework,
    dismiss_nonconformance,
    raise_nonconformance,
    refuse_concession,
)
from cmms.views.bases import OnWorkOrder, photo_id
from cmms.views.steps import step_url
from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage

RAISE, DECIDE, CONCEDE = (
    "cmms.raise_nonconformance", "cmms.decide_nonconformance", "cmms.approve_concession",
)  # fmt: skip
S = NonconformanceStatus
FINDINGS = Nonconformance.objects.select_related(
    "work_order__asset", "operation", "reading__point", "reading__taken_by", "rework_operation", "photo",
    "created_by", "concession_asked_by", "decided_by",
)  # fmt: skip


def finding_url(pk: int) -> str:
    """The page of a finding."""
    return reverse("cmms:nonconformance", args=[pk])


class NonconformanceList(ListPage):
    """All findings."""

    title = "Nonconformances"
    permission = "cmms.view_nonconformance"
    queryset = Nonconformance.objects.select_related("work_order__asset", "operation", "created_by")
    filterset_class = NonconformanceFilter
    search_fields = (
        "number",
        "description",
        "work_order__number",
        "work_order__asset__code",
        "operation__title",
    )
    search_hint = "Number, words, work order, asset"
    default_sort = "-number"
    columns = (
        Column("number", "Number", kind="link", url_name="cmms:nonconformance", sort="number"),
        Column(
            "description",
            "What",
            kind="link",
            url_name="cmms:nonconformance",
            phone="title",
            sort="description",
        ),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column("work_order", "Work order", sort="work_order__number"),
        Column("operation", "Step", phone="hidden", sort="operation__sequence"),
        Column("work_order.asset", "Asset", phone="text", sort="work_order__asset__code"),
        Column("created_by", "Raised by", phone="hidden", sort="created_by__last_name"),
        Column("created_at", "On", kind="date", sort="created_at"),
    )
    empty_title = "No nonconformances"
    empty_text = "They are raised on a step or work order, or by a reading out of limits."


class NonconformancePage(DetailPage):
    """One finding and what can be decided about it."""

    permission = "cmms.view_nonconformance"
    queryset = FINDINGS
    template_name = "cmms/nonconformance.html"
    panel_page = "cmms.nonconformance"

    def extra_context(self) -> dict[str, Any]:
        """What may be done by this person."""
        found: Nonconformance = self.object
        actor = self.actor
        is_open, is_asked = found.status == S.OPEN, found.status == S.CONCESSION_ASKED
        own = found.concession_asked_by_id == actor.pk
        return {
            "may_decide": is_open and actor.has_perm(DECIDE),
            "may_ask": is_open and actor.has_perm(RAISE),
            "may_concede": is_asked and actor.has_perm(CONCEDE) and not own,
            "waits_for_another": is_asked and (own or not actor.has_perm(CONCEDE)),
            "out": PointState.OUT_OF_LIMITS,
        }


class Raise(OnWorkOrder):
    """Something on a work order is not as it should be."""

    title = "Nonconformance"
    permission = RAISE
    form_class = FindingForm
    submit_label = "Raise it"

    def run(self, form: Any) -> object:
        """Raise it."""
        data = form.cleaned_data
        return raise_nonconformance(
            work_order_id=self.object.pk,
            description=data["description"],
            photo_id=photo_id(data["photo"], actor=self.actor, at=self.at),
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Its number."""
        return f"{result} is raised."

    def success_url(self, result: Any) -> str:
        """The finding."""
        return finding_url(result.pk)


class RaiseOnStep(CommandView):
    """Something on a step is not as it should be."""

    title = "Nonconformance"
    permission = RAISE
    form_class = FindingForm
    submit_label = "Raise it"
    queryset = Operation.objects.select_related("work_order")

    def run(self, form: Any) -> object:
        """Raise it."""
        data = form.cleaned_data
        return raise_nonconformance(
            work_order_id=self.object.work_order_id,
            operation_id=self.object.pk,
            description=data["description"],
            photo_id=photo_id(data["photo"], actor=self.actor, at=self.at),
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Its number."""
        return f"{result} is raised."

    def success_url(self, result: Any) -> str:
        """The finding."""
        return finding_url(result.pk)

    def cancel_url(self) -> str:
        """The step."""
        return step_url(self.object.pk)


class ReportReading(CommandView):
    """A reading out of limits becomes a finding."""

    title = "Raise a nonconformance"
    permission = RAISE
    form_class = FindingForm
    submit_label = "Raise it"
    queryset = Reading.objects.filter(is_in_limits=False).select_related("point__operation")

    def get_initial(self) -> dict[str, Any]:
        """What was measured."""
        point = self.object.point
        return {"description": f"{point}: {self.object} {point.unit}".strip()}

    def run(self, form: Any) -> object:
        """Raise it."""
        data = form.cleaned_data
        return raise_nonconformance(
            work_order_id=self.object.point.operation.work_order_id,
            reading_id=self.object.pk,
            description=data["description"],
            photo_id=photo_id(data["photo"], actor=self.actor, at=self.at),
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Its number."""
        return f"{result} is raised. The planner decides on rework."

    def success_url(self, result: Any) -> str:
        """The finding."""
        return finding_url(result.pk)

    def cancel_url(self) -> str:
        """The question before."""
        return reverse("cmms:reading-out", args=[self.object.pk])


class ConcedeReading(ReportReading):
    """A concession is asked for a reading out of limits."""

    title = "Ask for a concession"
    form_class = ConcessionForm  # type: ignore[assignment]
    submit_label = "Ask"

    def get_initial(self) -> dict[str, Any]:
        """Nothing: the reason is the person's own."""
        return {}

    def run(self, form: Any) -> object:
        """Raise it and ask."""
        return raise_nonconformance(
            work_order_id=self.object.point.operation.work_order_id,
            reading_id=self.object.pk,
            description="",
            concession_reason=form.cleaned_data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """Whom it waits for."""
        return f"{result}: a concession is asked for. Somebody else decides."


class OnFinding(CommandView):
    """A verb of a finding; afterwards its page again."""

    queryset = FINDINGS

    def success_url(self, result: Any) -> str:
        """The finding."""
        return finding_url(self.object.pk)

    def cancel_url(self) -> str:
        """The finding."""
        return finding_url(self.object.pk)


class Rework(OnFinding):
    """A further step puts it right."""

    title = "Rework"
    permission = DECIDE
    form_class = ReworkForm
    submit_label = "Plan the rework"
    intro = "A step is added that points at the failed one; steps after that one wait for it."
    success_message = "{object}: rework is planned."

    def get_initial(self) -> dict[str, Any]:
        """From the failed step."""
        step = self.object.operation
        title = f"Rework: {step.title}" if step else f"Rework: {self.object}"
        return {"title": title[:160], "instructions": self.object.description}

    def run(self, form: Any) -> object:
        """Plan it."""
        data = form.cleaned_data
        return decide_rework(
            nonconformance_id=self.object.pk,
            title=data["title"],
            instructions=data["instructions"],
            actor=self.actor,
            at=self.at,
        )


class AskConcession(OnFinding):
    """It shall be accepted as it is."""

    title = "Ask for a concession"
    permission = RAISE
    form_class = ConcessionForm
    submit_label = "Ask"
    success_message = "{object}: a concession is asked for."

    def run(self, form: Any) -> object:
        """Ask."""
        reason = form.cleaned_data["reason"]
        return ask_concession(nonconformance_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)


class ApproveConcession(OnFinding):
    """It is accepted as it is."""

    title = "Approve the concession"
    permission = CONCEDE
    form_class = DecisionForm
    submit_label = "Approve"
    success_message = "{object} is conceded."

    def run(self, form: Any) -> object:
        """Approve."""
        reason = form.cleaned_data["reason"]
        return approve_concession(
            nonconformance_id=self.object.pk, reason=reason, actor=self.actor, at=self.at
        )


class RefuseConcession(OnFinding):
    """It is not accepted."""

    title = "Refuse the concession"
    permission = CONCEDE
    form_class = MustDecideForm
    tone = "danger"
    submit_label = "Refuse"
    success_message = "{object}: the concession is refused."

    def run(self, form: Any) -> object:
        """Refuse."""
        reason = form.cleaned_data["reason"]
        return refuse_concession(
            nonconformance_id=self.object.pk, reason=reason, actor=self.actor, at=self.at
        )


class Dismiss(OnFinding):
    """It was none."""

    title = "Dismiss"
    permission = DECIDE
    form_class = MustDecideForm
    tone = "danger"
    intro = "A reading out of limits still has to be taken again."
    success_message = "{object} is dismissed."

    def run(self, form: Any) -> object:
        """Dismiss."""
        reason = form.cleaned_data["reason"]
        return dismiss_nonconformance(
            nonconformance_id=self.object.pk, reason=reason, actor=self.actor, at=self.at
        )
