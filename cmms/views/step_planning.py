"""Planning a step in depth."""

from __future__ import annotations

from typing import Any

from django.forms import BaseFormSet

from cmms.forms.steps import PointFormSet, StepDetailForm, TemplateForm
from cmms.forms.work_orders import key_of
from cmms.models import Operation
from cmms.services.step_links import points_of
from cmms.services.steps import add_inspection_template, update_operation
from cmms.views.steps import PLAN, OnStep


class EditStep(OnStep):
    """A step in depth: words, order, qualifications, signatures, inspection points."""

    title = "Plan step"
    permission = PLAN
    template_name = "cmms/step_edit.html"
    form_class = StepDetailForm
    submit_label = "Save step"
    success_message = "Step {object} is changed."

    def get_form(self, data: Any = None, files: Any = None) -> StepDetailForm:
        """With the other steps of the order to wait for."""
        form = StepDetailForm(data, files, initial=self.get_initial())
        others = Operation.objects.filter(work_order_id=self.object.work_order_id).exclude(pk=self.object.pk)
        form.fields["after"].queryset = others.order_by("sequence")  # type: ignore[attr-defined]
        return form

    def get_initial(self) -> dict[str, Any]:
        """As it is now."""
        step: Operation = self.object
        names = ("title", "instructions", "execution", "needs_certificate", "estimated_hours", "sign_off")
        return {
            **{name: getattr(step, name) for name in names},
            "craft": step.craft_id,
            "after": list(step.predecessor_links.values_list("predecessor_id", flat=True)),
            "qualifications": list(step.qualification_links.values_list("qualification_id", flat=True)),
        }

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Its points and an empty one."""
        values = [
            {
                "name": each.name, "kind": each.kind, "unit": each.unit, "lower_limit": _short(each.lower_limit),
                "upper_limit": _short(each.upper_limit), "is_mandatory": each.is_mandatory,
            }
            for each in points_of(operation=self.object)
        ]  # fmt: skip
        return {"Inspection points": PointFormSet(data, prefix="points", initial=values)}

    def run(self, form: Any) -> object:
        """Change it."""
        data = form.cleaned_data
        points = [
            each.as_input()
            for each in self.formsets["Inspection points"].forms
            if each.cleaned_data.get("name") and not each.cleaned_data["DELETE"]
        ]
        return update_operation(
            operation_id=self.object.pk,
            title=data["title"],
            instructions=data["instructions"],
            execution=data["execution"],
            needs_certificate=data["needs_certificate"],
            craft_id=key_of(data["craft"]),
            estimated_hours=data["estimated_hours"] or 0,
            sign_off=data["sign_off"],
            after=[each.pk for each in data["after"]],
            qualification_ids=[each.pk for each in data["qualifications"]],
            points=points,
            actor=self.actor,
            at=self.at,
        )


def _short(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


class AddTemplate(OnStep):
    """Points of a template are added to the step."""

    title = "Add inspection template"
    permission = PLAN
    form_class = TemplateForm
    submit_label = "Add its points"
    success_message = "The points are added."

    def run(self, form: Any) -> object:
        """Add them."""
        template = form.cleaned_data["template"]
        return add_inspection_template(
            operation_id=self.object.pk, template_id=template.pk, actor=self.actor, at=self.at
        )
