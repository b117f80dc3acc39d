"""Forms of planners: reviewing faults, planning and changing work orders."""

from __future__ import annotations

from typing import Any

from django import forms

from cmms.choices import CostBucket, Execution, Priority, WorkOrderType
from cmms.forms.fields import PlaceField, WorkOrderField
from cmms.models import Craft, WorkOrder
from cmms.selectors.people import workers
from core.forms import CommandForm
from core.models import CostCentre, Program

MOST_LINES = 50


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A person who does maintenance work."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=workers(), **options)


class AcceptForm(CommandForm):
    """A reported fault becomes a work order."""

    title = forms.CharField(label="Work order title", max_length=200)
    type = forms.ChoiceField(choices=WorkOrderType.choices, initial=WorkOrderType.CORRECTIVE)
    priority = forms.ChoiceField(choices=Priority.choices)
    assignee = PersonChoice(label="Given to", required=False, empty_label="Nobody yet")
    due_at = forms.DateTimeField(label="Due", required=False)


class WorkOrderForm(CommandForm):
    """A work order as planned."""

    title = forms.CharField(max_length=200)
    where = PlaceField(label="Asset or location", help_text="Type or scan its code, or type its name.")
    type = forms.ChoiceField(choices=WorkOrderType.choices)
    priority = forms.ChoiceField(choices=Priority.choices, initial=Priority.NORMAL)
    assignee = PersonChoice(label="Given to", required=False, empty_label="Nobody yet")
    due_at = forms.DateTimeField(label="Due", required=False)
    description = forms.CharField(required=False, widget=forms.Textarea)
    department = forms.CharField(max_length=80, required=False)
    contractor_name = forms.CharField(label="Contractor", max_length=120, required=False)
    cost_centre = forms.ModelChoiceField(
        CostCentre.objects.filter(is_active=True).order_by("code"),
        required=False,
        empty_label="The asset's own",
    )
    program = forms.ModelChoiceField(
        Program.objects.filter(is_active=True).order_by("code"), required=False, empty_label="None"
    )
    parent = WorkOrderField(label="Part of work order", required=False)

    def plan(self) -> dict[str, Any]:
        """The arguments of the planning services."""
        data = self.cleaned_data
        place = data["where"]
        return {
            "title": data["title"],
            "asset_id": place.asset_id,
            "location_id": place.location_id,
            "type": data["type"],
            "priority": data["priority"],
            "description": data["description"],
            "assignee_id": key_of(data["assignee"]),
            "due_at": data["due_at"],
            "cost_centre_id": key_of(data["cost_centre"]),
            "program_id": key_of(data["program"]),
            "parent_id": key_of(data["parent"]),
            "department": data["department"],
            "contractor_name": data["contractor_name"],
        }

    @staticmethod
    def values_of(order: WorkOrder) -> dict[str, Any]:
        """What the form starts with for an existing order."""
        names = ("title", "type", "priority", "description", "department", "contractor_name", "due_at")
        values: dict[str, Any] = {name: getattr(order, name) for name in names}
        values["where"] = str(order.asset or order.location or "")
        values["assignee"], values["program"] = order.assignee_id, order.program_id
        values["cost_centre"] = order.cost_centre_id
        values["parent"] = order.parent.number if order.parent else ""
        return values


class StepForm(forms.Form):
    """One step of the work."""

    title = forms.CharField(label="Step", max_length=160)
    execution = forms.ChoiceField(
        label="Done by", choices=Execution.choices, required=False, initial=Execution.choices[0][0]
    )
    craft = forms.ModelChoiceField(Craft.objects.order_by("name"), required=False, empty_label="Any")
    estimated_hours = forms.DecimalField(
        label="Hours", min_value=0, max_digits=8, decimal_places=2, required=False
    )


class EstimateForm(forms.Form):
    """One line of the estimate, in the base currency."""

    bucket = forms.ChoiceField(label="Kind", choices=CostBucket.choices, initial=CostBucket.choices[0][0])
    description = forms.CharField(max_length=160)
    quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, initial=1)
    unit_cost = forms.DecimalField(label="Cost each", min_value=0, max_digits=18, decimal_places=6)


def _lines(form: type[forms.Form], *, can_delete: bool = False) -> type[forms.BaseFormSet[Any]]:
    return forms.formset_factory(form, max_num=MOST_LINES, validate_max=True, can_delete=can_delete)


StepFormSet = _lines(StepForm)
EstimateFormSet = _lines(EstimateForm)
PresentEstimateFormSet = _lines(EstimateForm, can_delete=True)


class OneStepForm(CommandForm, StepForm):
    """A further step of a work order."""

    instructions = forms.CharField(required=False, widget=forms.Textarea)


class JoinForm(CommandForm):
    """A reported fault that a work order already takes care of."""

    work_order = WorkOrderField(label="Work order", help_text="Its number, or scan it.")


class AssignForm(CommandForm):
    """Who does the work."""

    assignee = PersonChoice(label="Given to", required=False, empty_label="Nobody yet")


class NoteForm(CommandForm):
    """A command that may carry a note."""

    note = forms.CharField(required=False, widget=forms.Textarea, help_text="What was found and done.")


def key_of(row: Any) -> int | None:
    """The primary key, or None."""
    return None if row is None else int(row.pk)
