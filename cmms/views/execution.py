"""What technicians do to a work order: start, hold, finish, hours."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from cmms.forms.technicians import HoldForm, HoursForm
from cmms.forms.work_orders import NoteForm, key_of
from cmms.models import LaborEntry
from cmms.services.execution import finish_work, hold_work, resume_work, start_work
from cmms.services.labor import log_hours, reverse_labor, start_timer, stop_timer
from cmms.views.bases import OnWorkOrder, order_url
from core.forms import ReasonForm
from core.views.commands import CommandView

EXECUTE, LOG = "cmms.execute_work_order", "cmms.log_labor"


class Start(OnWorkOrder):
    """Work begins."""

    title = "Start"
    permission = EXECUTE
    success_message = "{object} is in progress."

    def run(self, form: Any) -> object:
        """Start it."""
        return start_work(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class Hold(OnWorkOrder):
    """Work stands still for one reason."""

    title = "Put on hold"
    permission = EXECUTE
    form_class = HoldForm
    success_message = "{object} is on hold."

    def run(self, form: Any) -> object:
        """Hold it."""
        data = form.cleaned_data
        return hold_work(
            work_order_id=self.object.pk,
            hold_reason=data["hold_reason"],
            note=data["note"],
            actor=self.actor,
            at=self.at,
        )


class Resume(OnWorkOrder):
    """Work goes on."""

    title = "Resume"
    permission = EXECUTE
    success_message = "{object} goes on."

    def run(self, form: Any) -> object:
        """Resume it."""
        return resume_work(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class Finish(OnWorkOrder):
    """The work is done."""

    title = "Work done"
    permission = EXECUTE
    form_class = NoteForm
    success_message = "{object}: work done. Thank you."

    def run(self, form: Any) -> object:
        """Finish it."""
        note = form.cleaned_data["note"]
        return finish_work(work_order_id=self.object.pk, note=note, actor=self.actor, at=self.at)


class LogHours(OnWorkOrder):
    """Hours that were worked."""

    title = "Log hours"
    permission = LOG
    form_class = HoursForm
    submit_label = "Log hours"
    success_message = "The hours are logged."

    def get_form(self, data: Any = None, files: Any = None) -> HoursForm:
        """With this order's steps; other people only for who may log for them."""
        form = HoursForm(data, files, initial={"worked_on": timezone.localdate()})
        form.fields["operation"].of(self.object)  # type: ignore[attr-defined]
        if not self.actor.has_perm("cmms.log_labor_for_others"):
            del form.fields["person"]
        return form

    def run(self, form: Any) -> object:
        """Log them."""
        data = form.cleaned_data
        return log_hours(
            work_order_id=self.object.pk,
            hours=data["hours"],
            worked_on=data["worked_on"],
            person_id=key_of(data.get("person")),
            operation_id=key_of(data["operation"]),
            kind=data["kind"],
            note=data["note"],
            is_overtime=data["is_overtime"],
            actor=self.actor,
            at=self.at,
        )


class ReverseHours(CommandView):
    """Hours that were logged wrongly."""

    title = "Take hours back"
    permission = LOG
    form_class = ReasonForm
    tone = "danger"
    queryset = LaborEntry.objects.select_related("work_order", "person")
    success_message = "The hours are taken back."

    def run(self, form: Any) -> object:
        """Reverse them."""
        reason = form.cleaned_data["reason"]
        return reverse_labor(labor_entry_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """Its work order."""
        return order_url(self.object.work_order_id)

    def cancel_url(self) -> str:
        """Its work order."""
        return order_url(self.object.work_order_id)


class StartTimer(OnWorkOrder):
    """The clock runs on this order."""

    title = "Start timer"
    permission = LOG
    success_message = "The clock is running on {object}."

    def run(self, form: Any) -> object:
        """Start it."""
        return start_timer(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class StopTimer(CommandView):
    """The person's clock stops and its hours are logged."""

    title = "Stop timer"
    permission = LOG

    def run(self, form: Any) -> object:
        """Stop it."""
        return stop_timer(actor=self.actor, at=self.at)

    def message(self, result: Any) -> str:
        """How long it ran."""
        if result is None:
            return "The clock is stopped."
        return f"The clock is stopped; {result.hours.normalize():f} h logged on {result.work_order}."

    def success_url(self, result: Any) -> str:
        """The order it ran on."""
        return reverse("cmms:my-work") if result is None else order_url(result.work_order_id)
