"""Collective time confirmation: a week's hours entered on one page and saved once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.forms import BaseFormSet
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from cmms.forms.confirming import HoursFormSet, WorkToConfirmForm
from cmms.selectors.confirmable import WorkToConfirm, work_of, work_orders_to_confirm, work_to_confirm
from cmms.selectors.people import workers
from cmms.services.confirming import Confirmed, LinesRefused, confirm_work
from core.display import quantity_text
from core.errors import RuleViolation
from core.views.commands import CommandView

ORDERS_ON_A_PAGE = 25


class ConfirmHours(CommandView):
    """Hours of many work orders, prefilled from plan and assignment; what is ticked is booked."""

    title = "Confirm hours"
    permission = "cmms.log_labor_for_others"
    template_name = "cmms/confirm_hours.html"
    submit_label = "Book the ticked lines"

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """A line for each open step; on sending, the lines that were shown."""
        self.filter = WorkToConfirmForm(self.request.GET, today=timezone.localdate())
        people = [(person.pk, str(person)) for person in workers()]
        if data is not None:
            formset: BaseFormSet[Any] = HoursFormSet(data, prefix="lines", form_kwargs={"people": people})
            formset.is_valid()
            self._attach(formset, work_of(keys={form.keys for form in formset.forms}))
            return {"lines": formset}
        wanted = self.filter.wanted()
        orders = Paginator(work_orders_to_confirm(**wanted), ORDERS_ON_A_PAGE)
        self.page = orders.get_page(self.request.GET.get("page"))
        work = work_to_confirm(orders=self.page.object_list, craft_id=wanted["craft_id"])
        initial = [self._initial(each) for each in work]
        formset = HoursFormSet(initial=initial, prefix="lines", form_kwargs={"people": people})
        self._attach(formset, {each.keys: each for each in work})
        return {"lines": formset}

    def _attach(self, formset: BaseFormSet[Any], work: dict[tuple[int, int | None], WorkToConfirm]) -> None:
        for form in formset.forms:
            form.work = work.get(form.keys)

    def _initial(self, work: WorkToConfirm) -> dict[str, Any]:
        today = self.at.astimezone(ZoneInfo(work.order.site.timezone)).date()
        due = work.order.due_at and work.order.due_at.astimezone(ZoneInfo(work.order.site.timezone)).date()
        return {
            "work_order": work.order.pk,
            "operation": work.operation.pk if work.operation else None,
            "person": work.order.assignee_id,
            "worked_on": min(due, today) if due else today,
            "hours": quantity_text(work.hours) if work.hours else None,
            "is_final": True,
        }

    def run(self, form: Any) -> object:
        """Book what is ticked."""
        booked = [each for each in self.formsets["lines"].forms if each.cleaned_data["book"]]
        try:
            return confirm_work(lines=[each.line() for each in booked], actor=self.actor, at=self.at)
        except LinesRefused as refused:
            for number, error in refused.lines.items():
                name = {"person_id": "person"}.get(error.field or "", error.field)
                booked[number].add_error(name if name in booked[number].fields else None, str(error))
            count = len(refused.lines)
            raise RuleViolation(
                f"{count} {'line' if count == 1 else 'lines'} cannot be booked, so nothing was.",
                remedy="They are marked below.",
            ) from refused

    def message(self, result: Confirmed) -> str:
        """How much was booked, and which work is done by it."""
        count, hours = len(result.entries), sum((each.hours for each in result.entries), Decimal(0))
        lines = "line" if count == 1 else "lines"
        done = [order.number for order in result.finished]
        ended = f" Done now: {', '.join(done[:8])}{' and more' if len(done) > 8 else ''}." if done else ""
        return f"{count} {lines} booked, {quantity_text(hours)} hours.{ended}"

    def success_url(self, result: Any) -> str:
        """The same selection again, without what is done."""
        return self.request.get_full_path()

    def cancel_url(self) -> str:
        """The list of work orders."""
        return reverse("cmms:work-orders")

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """The lines with their filter. A draft is put back only where the same lines are shown."""
        shown = "-".join(f"{order}.{step or 0}" for order, step in self._shown())
        own = {
            "filter": self.filter,
            "formset": self.formsets["lines"],
            "page_obj": getattr(self, "page", None),
            "draft_id": f"{self.request.path}#{shown}",
        }
        return super().render(status, **{**context, **own})

    def _shown(self) -> list[tuple[int, int | None]]:
        return [form.keys for form in self.formsets["lines"].forms]
