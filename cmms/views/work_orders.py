"""Work orders of planners: the list, planning and changing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.forms import BaseFormSet
from django.utils import timezone

from cmms.decisions.flag_words import flag_words
from cmms.filters import WorkOrderFilter
from cmms.forms.work_orders import (
    EstimateFormSet,
    OneStepForm,
    PresentEstimateFormSet,
    StepFormSet,
    WorkOrderForm,
    key_of,
)
from cmms.models import EstimateLine, WorkOrder
from cmms.selectors import work_order_flags
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    add_operation,
    create_work_order,
    set_estimate,
    update_work_order,
)
from cmms.views.bases import OnWorkOrder, order_url
from cmms.views.steps import step_url
from cmms.views.together import WORK_ORDERS_TOGETHER
from core.access import can_see_costs
from core.display import quantity_text
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction

PLAN, LOG_FOR_OTHERS = "cmms.plan_work_order", "cmms.log_labor_for_others"


def lateness(order: WorkOrder) -> str:
    """Marks what is open and past its due time."""
    done = order.is_finished or order.status == "WORK_DONE"
    return "is-late" if order.due_at and not done and order.due_at < timezone.now() else ""


class WorkOrderList(ListPage):
    """All work orders."""

    title = "Work orders"
    permission = "cmms.view_workorder"
    queryset = WorkOrder.objects.select_related("asset", "location", "assignee")
    filterset_class = WorkOrderFilter
    search_fields = ("number", "title", "asset__code", "asset__name", "location__code", "location__name")
    search_hint = "Number, title, asset"
    default_sort = "-number"
    columns = (
        Column("number", "Order", kind="link", url_name="cmms:work-order", phone="meta", sort="number"),
        Column("title", "Title", kind="link", url_name="cmms:work-order", phone="title", sort="title"),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column("flag_text", "Flags", phone="text"),
        Column(lambda row: row.asset or row.location, "Where", key="where", phone="text", sort="asset__code"),
        Column("priority", "Priority", sort="priority"),
        Column("type", "Type", sort="type", phone="hidden"),
        Column("assignee", "Given to", sort="assignee__first_name"),
        Column("due_at", "Due", kind="date", sort="due_at"),
    )
    row_class = lateness
    empty_title = "No work orders yet"
    empty_text = "They start from a reported problem, or from here."
    actions = (
        PageAction(
            "Confirm hours",
            "cmms:confirm-hours",
            permission=LOG_FOR_OTHERS,
            icon="clock-history",
            tone="outline-secondary",
            key="h",
        ),
        PageAction("New work order", "cmms:work-order-new", permission=PLAN, icon="plus-lg", key="n"),
    )
    bulk_actions = WORK_ORDERS_TOGETHER

    def prepare(self, rows: Sequence[Any]) -> None:
        """The computed flags, in words."""
        flags = work_order_flags([row.pk for row in rows], self.at)
        costs = can_see_costs(self.actor)
        for row in rows:
            words = flag_words(flags[row.pk], is_finished=row.is_finished, with_costs=costs)
            row.flag_text = ", ".join(word.text for word in words)


def steps_of(formset: BaseFormSet[Any]) -> list[OperationInput]:
    """The steps that were typed; empty lines are left out."""
    return [step_of(form.cleaned_data) for form in formset.forms if form.has_changed()]


def step_of(data: dict[str, Any]) -> OperationInput:
    """One step."""
    return OperationInput(
        title=data["title"],
        execution=data["execution"] or "INTERNAL",
        craft_id=key_of(data["craft"]),
        estimated_hours=data["estimated_hours"] or Decimal(0),
        instructions=data.get("instructions", ""),
    )


def estimate_of(formset: BaseFormSet[Any] | None) -> list[EstimateInput]:
    """The estimate that was typed, in the base currency."""
    return [
        EstimateInput(
            bucket=form.cleaned_data["bucket"],
            description=form.cleaned_data["description"],
            quantity=form.cleaned_data["quantity"],
            unit_cost=form.cleaned_data["unit_cost"],
        )
        for form in (formset.forms if formset is not None else ())
        if form.has_changed()
    ]


class PlansLines:
    """Mixin of forms with steps and, for who may see costs, an estimate."""

    template_name = "cmms/plan_form.html"

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Lines of steps and of the estimate."""
        sets: dict[str, BaseFormSet[Any]] = {"Steps": StepFormSet(data, prefix="steps")}
        if can_see_costs(self.actor):  # type: ignore[attr-defined]
            sets["Estimate"] = EstimateFormSet(data, prefix="estimate")
        return sets


class NewWorkOrder(PlansLines, CommandView):
    """A work order from scratch."""

    title = "New work order"
    permission = PLAN
    form_class = WorkOrderForm
    submit_label = "Create work order"
    success_message = "{result} is planned."

    def get_initial(self) -> dict[str, Any]:
        """The asset it was asked for from."""
        return {"where": self.request.GET.get("asset", "")}

    def run(self, form: Any) -> object:
        """Create it."""
        return create_work_order(
            **form.plan(),
            operations=steps_of(self.formsets["Steps"]),
            estimate=estimate_of(self.formsets.get("Estimate")),
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The new order."""
        return order_url(result.pk)


class EditWorkOrder(OnWorkOrder):
    """Change what is planned."""

    title = "Edit work order"
    permission = PLAN
    form_class = WorkOrderForm
    submit_label = "Save"
    success_message = "{object} is changed."

    def get_initial(self) -> dict[str, Any]:
        """As it is now."""
        return WorkOrderForm.values_of(self.object)

    def run(self, form: Any) -> object:
        """Change it."""
        return update_work_order(work_order_id=self.object.pk, **form.plan(), actor=self.actor, at=self.at)


class AddStep(OnWorkOrder):
    """One more step."""

    title = "Add a step"
    permission = PLAN
    form_class = OneStepForm
    success_message = "The step is added."

    def run(self, form: Any) -> object:
        """Add it."""
        step = step_of(form.cleaned_data)
        return add_operation(work_order_id=self.object.pk, operation=step, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """The step, to plan it further."""
        return step_url(result.pk)


class SetEstimate(OnWorkOrder):
    """What the work is expected to cost."""

    title = "Estimate"
    permission = PLAN
    submit_label = "Save estimate"
    template_name = "cmms/plan_form.html"
    success_message = "The estimate is saved."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which currency."""
        return f"In {self.base_currency}. Tick a line to take it out."

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """The present lines and an empty one."""
        lines = EstimateLine.objects.filter(work_order=self.object).order_by("pk")
        values = [
            {
                "bucket": line.bucket,
                "description": line.description,
                "quantity": quantity_text(line.quantity).replace(",", ""),
                "unit_cost": quantity_text(line.unit_cost).replace(",", ""),
            }
            for line in lines
        ]
        return {"Estimate": PresentEstimateFormSet(data, prefix="estimate", initial=values)}

    def run(self, form: Any) -> object:
        """Replace it."""
        lines = [
            EstimateInput(
                bucket=each.cleaned_data["bucket"],
                description=each.cleaned_data["description"],
                quantity=each.cleaned_data["quantity"],
                unit_cost=each.cleaned_data["unit_cost"],
            )
            for each in self.formsets["Estimate"].forms
            if each.cleaned_data and not each.cleaned_data["DELETE"]
        ]
        return set_estimate(work_order_id=self.object.pk, estimate=lines, actor=self.actor, at=self.at)
