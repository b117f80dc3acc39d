"""Contractors on a work order: their hours beside the money of their purchases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from cmms.models import Operation, WorkOrder
from core.display import money_text
from core.views.commands import CommandView
from linkage.forms import ContractorHoursForm
from linkage.selectors.contractors import contractor_hours
from linkage.selectors.graph import base_currency
from linkage.services.contractors import log_hours_on_order_line
from linkage.views.panels import LinkPanel

LOG = "cmms.log_labor_for_others"


class ContractorsPanel(LinkPanel):
    """On the work order: who works for it under which order, how long, and at which rate."""

    template_name = "linkage/contractors.html"

    def extra_context(self) -> dict[str, Any]:
        """The service lines that it bears."""
        rows = contractor_hours(self.kwargs["pk"], timezone.localdate())
        return {**super().extra_context(), "rows": rows, "may_log": rows and self.actor.has_perm(LOG)}


class LogContractorHours(CommandView):
    """Hours that a contractor worked."""

    title = "Contractor hours"
    permission = LOG
    intro = "The hours count for the work order; the money comes from the order only."
    form_class = ContractorHoursForm
    queryset = WorkOrder.objects.select_related("asset", "location")
    submit_label = "Log hours"

    def get_form(self, data: Any = None, files: Any = None) -> ContractorHoursForm:
        """With the order lines that this work order bears, and its steps."""
        form = ContractorHoursForm(data, files, initial={"worked_on": timezone.localdate()})
        rows = contractor_hours(self.object.pk, timezone.localdate())
        lines = [
            (row.line.pk, f"{row.line.order.supplier}: {row.line.description} ({row.line.order})")
            for row in rows
        ]
        steps = Operation.objects.filter(work_order=self.object).in_order()
        for name, choices in (
            ("order_line", lines),
            ("operation", [("", "The whole work order"), *((step.pk, str(step)) for step in steps)]),
        ):
            field = form.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = choices
        return form

    def run(self, form: Any) -> object:
        """Log them."""
        data = form.cleaned_data
        return log_hours_on_order_line(
            order_line_id=data["order_line"],
            work_order_id=self.object.pk,
            hours=data["hours"],
            worked_on=data["worked_on"],
            operation_id=data["operation"],
            note=data["note"],
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """The rate that follows, where it is above what was agreed."""
        above = [
            row
            for row in contractor_hours(self.object.pk, timezone.localdate())
            if row.rate.is_above and result.charge_key.endswith(f":{row.line.pk}")
        ]
        words = "The hours are logged."
        if above and self.actor.has_perm("core.view_costs"):
            rate, currency = above[0].rate, base_currency()
            words += (
                f" An hour now costs {money_text(rate.effective, currency)} {currency}, more than the agreed "
                f"{money_text(rate.agreed, currency)}."
            )
        return words

    def success_url(self, result: Any) -> str:
        """The work order."""
        return reverse("cmms:work-order", args=[self.object.pk])

    def cancel_url(self) -> str:
        """The work order."""
        return reverse("cmms:work-order", args=[self.object.pk])
