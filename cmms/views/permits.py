"""Work permits of a work order."""

from __future__ import annotations

from typing import Any

from cmms.forms.planning import PermitForm
from cmms.services.permits import ask_permit, record_permit, withdraw_permit
from cmms.views.bases import OnWorkOrder
from core.forms import ReasonForm

PLAN, ISSUE = "cmms.plan_work_order", "cmms.issue_permit"


class NeedPermit(OnWorkOrder):
    """It starts only under a work permit."""

    title = "Needs a permit"
    permission = PLAN
    success_message = "{object} starts only under a work permit."

    def run(self, form: Any) -> object:
        """Ask for one."""
        return ask_permit(work_order_id=self.object.pk, needs_permit=True, actor=self.actor, at=self.at)


class NeedNoPermit(OnWorkOrder):
    """It needs none."""

    title = "Needs no permit"
    permission = PLAN
    success_message = "{object} needs no work permit."

    def run(self, form: Any) -> object:
        """Ask for none."""
        return ask_permit(work_order_id=self.object.pk, needs_permit=False, actor=self.actor, at=self.at)


class RecordPermit(OnWorkOrder):
    """The permit in force."""

    title = "Work permit"
    permission = ISSUE
    form_class = PermitForm
    submit_label = "Record permit"
    success_message = "The permit of {object} is recorded."

    def run(self, form: Any) -> object:
        """Record it."""
        data = form.cleaned_data
        return record_permit(
            work_order_id=self.object.pk,
            permit_number=data["permit_number"],
            valid_until=data["valid_until"],
            actor=self.actor,
            at=self.at,
        )


class WithdrawPermit(OnWorkOrder):
    """The permit no longer stands."""

    title = "Withdraw permit"
    permission = ISSUE
    form_class = ReasonForm
    tone = "danger"
    success_message = "The permit of {object} is withdrawn."

    def run(self, form: Any) -> object:
        """Withdraw it."""
        reason = form.cleaned_data["reason"]
        return withdraw_permit(work_order_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)
