"""A step: what is to be done, what holds it up, readings, certificate, signatures."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse

from cmms.choices import OperationStatus, PointKind, SignatureMeaning, WorkOrderStatus
from cmms.forms.steps import (
    CertificateForm,
    CheckForm,
    ReadingForm,
    SignForm,
)
from cmms.models import InspectionPoint, Operation, Reading
from cmms.selectors.readiness import (
    permit_blockers,
    step_finish_blockers,
    unqualified,
    work_day,
)
from cmms.selectors.signed import step_contents
from cmms.selectors.steps import StepView, step_views
from cmms.services.execution import finish_operation
from cmms.services.inspections import take_reading
from cmms.services.labor import start_timer
from cmms.services.signing import sign_operation
from cmms.services.steps import (
    attach_certificate,
    reopen_operation,
)
from cmms.views.bases import order_url
from core.forms import ReasonForm
from core.services.attachments import DOCUMENTS, store_attachment
from core.views.commands import CommandView
from core.views.pages import DetailPage

EXECUTE, PLAN, SIGN, LOG = (
    "cmms.execute_work_order", "cmms.plan_work_order", "cmms.sign_work", "cmms.log_labor",
)  # fmt: skip
STEPS = Operation.objects.select_related(
    "work_order__site", "work_order__asset", "work_order__location", "craft", "done_by", "certificate",
    "rework_of",
)  # fmt: skip


def step_url(pk: int) -> str:
    """The page of a step."""
    return reverse("cmms:step", args=[pk])


def view_of(step: Operation) -> StepView:
    """The step with all that belongs to it."""
    return next(
        each for each in step_views([step.work_order_id])[step.work_order_id] if each.operation.pk == step.pk
    )


class StepPage(DetailPage):
    """One step, made for the phone of who does it."""

    permission = "cmms.view_operation"
    queryset = STEPS
    template_name = "cmms/step.html"

    def extra_context(self) -> dict[str, Any]:
        """What is to be done, and what is in the way; a constant number of statements."""
        step: Operation = self.object
        order = step.work_order
        view = view_of(step)
        is_open = step.status != OperationStatus.DONE
        working = order.status == WorkOrderStatus.IN_PROGRESS
        executes = self.actor.has_perm(EXECUTE)
        blockers = [] if not is_open else self._blockers(view)
        return {
            "step": view,
            "order": order,
            "blockers": blockers,
            "not_working": is_open and not working and not order.is_finished,
            "may_finish": is_open and working and executes and not blockers,
            "may_measure": is_open and working and executes and not view.waiting_for,
            "may_time": is_open and order.is_workable and self.actor.has_perm(LOG) and not view.waiting_for,
            "may_reopen": not is_open and working and executes,
            "may_sign": not is_open and not order.is_finished and self.actor.has_perm(SIGN),
            "may_attach": executes and not order.is_finished,
            "may_plan": is_open and not order.is_finished and self.actor.has_perm(PLAN),
            "may_report": self.actor.has_perm("cmms.raise_nonconformance")
            and order.status not in {WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED},
        }

    def _blockers(self, view: StepView) -> list[Any]:
        """Why it cannot be ticked off by this person now."""
        order = self.object.work_order
        found = [*permit_blockers([order], self.at).values(), *step_finish_blockers(view)]
        if self.actor.has_perm(EXECUTE):
            day = work_day(order, self.at)
            found += unqualified(view.qualifications, self.actor.pk, str(self.actor), day)
        return found


class OnStep(CommandView):
    """A verb of one step; afterwards its page again."""

    queryset = STEPS

    def success_url(self, result: Any) -> str:
        """The step."""
        return step_url(self.object.pk)

    def cancel_url(self) -> str:
        """The step."""
        return step_url(self.object.pk)


class FinishStep(OnStep):
    """One step is done."""

    title = "Step done"
    permission = EXECUTE
    success_message = "Step done: {object}"

    def run(self, form: Any) -> object:
        """Finish it."""
        return finish_operation(operation_id=self.object.pk, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """Its own page where it is to be signed, else its work order."""
        return order_url(self.object.work_order_id) if result.sign_off == "NONE" else step_url(result.pk)

    def cancel_url(self) -> str:
        """The step."""
        return step_url(self.object.pk)


class StartStepTimer(OnStep):
    """The clock runs on this step."""

    title = "Start timer"
    permission = LOG
    success_message = "The clock is running on step {object}."

    def run(self, form: Any) -> object:
        """Start it."""
        return start_timer(
            work_order_id=self.object.work_order_id, operation_id=self.object.pk, actor=self.actor, at=self.at
        )


class ReopenStep(OnStep):
    """It was not done after all."""

    title = "Open again"
    permission = EXECUTE
    form_class = ReasonForm
    intro = "Its signatures become void; they stay visible."
    success_message = "Step {object} is open again."

    def run(self, form: Any) -> object:
        """Open it."""
        reason = form.cleaned_data["reason"]
        return reopen_operation(operation_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)


class Sign(OnStep):
    """A signature, with what is signed in view."""

    title = "Sign"
    permission = SIGN
    form_class = SignForm
    template_name = "cmms/step_sign.html"
    success_message = "Signed: {object}."

    def get_initial(self) -> dict[str, Any]:
        """Who did it signs for that, everybody else for having checked it."""
        own = self.object.done_by_id == self.actor.pk
        return {"meaning": SignatureMeaning.PERFORMED if own else SignatureMeaning.CHECKED}

    def extra_context(self) -> dict[str, Any]:
        """What the signature will be bound to."""
        content = step_contents([self.object.pk])[self.object.pk]
        return {"step": view_of(self.object), "content": content, "name": str(self.actor)}

    def run(self, form: Any) -> object:
        """Sign it."""
        data = form.cleaned_data
        return sign_operation(
            operation_id=self.object.pk,
            meaning=data["meaning"],
            password=data["password"],
            actor=self.actor,
            at=self.at,
        )


class Certificate(OnStep):
    """The certificate comes to the step."""

    title = "Attach certificate"
    permission = EXECUTE
    form_class = CertificateForm
    submit_label = "Attach"
    success_message = "The certificate is attached."

    def run(self, form: Any) -> object:
        """Keep it and attach it."""
        file = form.cleaned_data["file"]
        kept = store_attachment(content=file, name=file.name, actor=self.actor, at=self.at, kinds=DOCUMENTS)
        return attach_certificate(
            operation_id=self.object.pk, attachment_id=kept.pk, actor=self.actor, at=self.at
        )


class TakeReading(CommandView):
    """What was found at one point."""

    title = "Reading"
    permission = EXECUTE
    submit_label = "Save"
    queryset = InspectionPoint.objects.filter(is_dropped=False).select_related("operation")

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """A value, or whether it is in order."""
        return (ReadingForm if self.object.kind == PointKind.MEASURE else CheckForm)(data, files)

    def extra_context(self) -> dict[str, Any]:
        """Which point."""
        return {"title": str(self.object)}

    def run(self, form: Any) -> object:
        """Record it."""
        return take_reading(point_id=self.object.pk, **self._answer(form), actor=self.actor, at=self.at)

    @staticmethod
    def _answer(form: Any) -> dict[str, Any]:
        return {
            name: value
            for name, value in form.cleaned_data.items()
            if name in {"value", "is_in_order", "note"}
        }

    def message(self, result: Any) -> str:
        """The verdict."""
        verdict = "in limits" if result.is_in_limits else "out of limits"
        return f"{self.object}: {result} {self.object.unit}, {verdict}.".replace(" ,", ",")

    def success_url(self, result: Any) -> str:
        """Back to the step; out of limits it asks what shall be done."""
        if result.is_in_limits:
            return f"{step_url(self.object.operation_id)}#points"
        return reverse("cmms:reading-out", args=[result.pk])

    def cancel_url(self) -> str:
        """The step."""
        return step_url(self.object.operation_id)


class OutOfLimits(DetailPage):
    """What shall be done about a reading out of limits."""

    permission = "cmms.view_operation"
    template_name = "cmms/reading_out.html"
    queryset = Reading.objects.select_related("point__operation__work_order", "taken_by")
    shows_history = False

    def get_queryset(self) -> QuerySet[Reading] | None:
        """Readings that are not in order."""
        return Reading.objects.filter(is_in_limits=False).select_related(
            "point__operation__work_order", "taken_by", "nonconformance"
        )

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """With the point's name in the title."""
        return super().render(status, title=f"{self.object.point} is out of limits", **context)

    def extra_context(self) -> dict[str, Any]:
        """The point as it stands."""
        step = self.object.point.operation
        points = [each for each in view_of(step).points if each.point.pk == self.object.point_id]
        if not points:
            raise Http404
        return {
            "step": step,
            "point": points[0],
            "is_latest": points[0].reading is not None and points[0].reading.pk == self.object.pk,
            "may_report": self.actor.has_perm("cmms.raise_nonconformance"),
        }
