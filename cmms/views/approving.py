"""Verbs of planners on a work order: give out, approve, release, complete, close, reopen, cancel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from cmms.forms.planning import CloseForm
from cmms.forms.work_orders import AssignForm, key_of
from cmms.services.closing import cancel_work_order, close_work_order, complete_work_order, reopen_work_order
from cmms.services.planning import approve_work_order, assign_work_order, release_work_order
from cmms.views.bases import OnWorkOrder
from core.forms import CommandForm, ReasonForm

PLAN, COMPLETE = "cmms.plan_work_order", "cmms.complete_work_order"


class Assign(OnWorkOrder):
    """Who does it."""

    title = "Give to"
    permission = PLAN
    form_class = AssignForm
    submit_label = "Give"
    success_message = "{object} is given out."

    def get_initial(self) -> dict[str, Any]:
        """Who has it now."""
        return {"assignee": self.object.assignee_id}

    def run(self, form: Any) -> object:
        """Give it out."""
        person = key_of(form.cleaned_data["assignee"])
        return assign_work_order(
            work_order_id=self.object.pk, assignee_id=person, actor=self.actor, at=self.at
        )


class Approve(OnWorkOrder):
    """Approve the plan and its estimate."""

    title = "Approve"
    permission = "cmms.approve_work_order"
    success_message = "{object} is approved."

    def run(self, form: Any) -> object:
        """Approve it."""
        return approve_work_order(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class Release(OnWorkOrder):
    """Hand it to the floor."""

    title = "Release to the floor"
    permission = PLAN
    success_message = "{object} is released."

    def run(self, form: Any) -> object:
        """Release it."""
        return release_work_order(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class Complete(OnWorkOrder):
    """The planner agrees that the work is done."""

    title = "Complete"
    permission = COMPLETE
    success_message = "{object} is completed."

    def run(self, form: Any) -> object:
        """Complete it."""
        return complete_work_order(work_order_id=self.object.pk, actor=self.actor, at=self.at)


class Close(OnWorkOrder):
    """Nothing more is expected."""

    title = "Close"
    permission = COMPLETE
    form_class = CloseForm
    intro = "Costs that come later are shown apart."
    success_message = "{object} is closed."

    def get_form(self, data: Any = None, files: Any = None) -> CommandForm:
        """Consent to open purchases is asked for only where the plant warns of them."""
        form = super().get_form(data, files)
        if settings.OPEN_PURCHASES_AT_CLOSING != "warn":
            form.fields["confirm_open_purchases"].widget = forms.HiddenInput()
        return form

    def run(self, form: Any) -> object:
        """Close it."""
        confirmed = form.cleaned_data["confirm_open_purchases"]
        return close_work_order(
            work_order_id=self.object.pk, confirm_open_purchases=confirmed, actor=self.actor, at=self.at
        )


class Reopen(OnWorkOrder):
    """It was not done after all."""

    title = "Reopen"
    permission = COMPLETE
    form_class = ReasonForm
    success_message = "{object} is open again."

    def run(self, form: Any) -> object:
        """Reopen it."""
        reason = form.cleaned_data["reason"]
        return reopen_work_order(work_order_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)


class Cancel(OnWorkOrder):
    """It will not be done."""

    title = "Cancel order"
    permission = PLAN
    form_class = ReasonForm
    tone = "danger"
    intro = "Reserved parts become free again and open purchases are reported to the buyers."
    success_message = "{object} is cancelled."

    def run(self, form: Any) -> object:
        """Cancel it."""
        reason = form.cleaned_data["reason"]
        return cancel_work_order(work_order_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)
