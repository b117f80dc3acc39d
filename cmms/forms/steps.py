"""Forms about steps: planning them, readings, signatures, certificates."""

from __future__ import annotations

from typing import Any

from django import forms

from cmms.choices import Execution, PointKind, SignatureMeaning, SignOff
from cmms.forms.fields import PhotoField
from cmms.models import Craft, InspectionTemplate, Operation, Qualification
from cmms.services.step_links import PointInput
from core.forms import CommandForm

MOST_POINTS = 40


class SeveralField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several rows, ticked."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(**options)


class StepDetailForm(CommandForm):
    """A step in depth."""

    title = forms.CharField(label="Step", max_length=160)
    instructions = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text="What to do, in order."
    )
    execution = forms.ChoiceField(label="Done by", choices=Execution.choices)
    needs_certificate = forms.BooleanField(
        label="Only with its certificate", required=False, help_text="For a step done outside."
    )
    craft = forms.ModelChoiceField(Craft.objects.order_by("name"), required=False, empty_label="Any")
    estimated_hours = forms.DecimalField(
        label="Planned hours", min_value=0, max_digits=8, decimal_places=2, required=False
    )
    after = SeveralField(
        label="Waits for", queryset=Operation.objects.none(), help_text="It starts when these are done."
    )
    qualifications = SeveralField(
        queryset=Qualification.objects.filter(is_active=True).order_by("name"),
        help_text="Who does it must hold these on the day of the work.",
    )
    sign_off = forms.ChoiceField(label="Signatures", choices=SignOff.choices)


class PointForm(forms.Form):
    """One point to be inspected."""

    name = forms.CharField(label="Point", max_length=120)
    kind = forms.ChoiceField(label="Answer", choices=PointKind.choices, initial=PointKind.MEASURE)
    unit = forms.CharField(max_length=20, required=False)
    lower_limit = forms.DecimalField(label="At least", max_digits=18, decimal_places=6, required=False)
    upper_limit = forms.DecimalField(label="At most", max_digits=18, decimal_places=6, required=False)
    is_mandatory = forms.BooleanField(label="Must be answered", required=False, initial=True)

    def as_input(self) -> PointInput:
        """The point as the services take it."""
        data = self.cleaned_data
        names = ("name", "kind", "unit", "lower_limit", "upper_limit", "is_mandatory")
        return PointInput(**{name: data[name] for name in names})


PointFormSet = forms.formset_factory(
    PointForm, max_num=MOST_POINTS, validate_max=True, can_delete=True, extra=1
)


class TemplateForm(CommandForm):
    """Points of a template are added to a step."""

    template = forms.ModelChoiceField(
        InspectionTemplate.objects.filter(is_active=True).order_by("name"), empty_label=None
    )


class ReadingForm(CommandForm):
    """What was found at one point."""

    value = forms.DecimalField(max_digits=18, decimal_places=6)
    note = forms.CharField(max_length=200, required=False)


class CheckForm(CommandForm):
    """Whether a point is in order."""

    is_in_order = forms.TypedChoiceField(
        label="In order?", choices=(("yes", "In order"), ("no", "Not in order")), coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = forms.CharField(max_length=200, required=False)


class SignForm(CommandForm):
    """A signature; the password is entered anew and kept nowhere."""

    meaning = forms.ChoiceField(
        label="I sign that", choices=SignatureMeaning.choices, widget=forms.RadioSelect
    )
    password = forms.CharField(
        label="Your password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class CertificateForm(CommandForm):
    """The certificate of a step."""

    file = forms.FileField(label="Certificate", help_text="PDF or photo.")


class FindingForm(CommandForm):
    """Something is not as it should be."""

    description = forms.CharField(
        label="What is not as it should be?", widget=forms.Textarea, max_length=4000
    )
    photo = PhotoField()


class ConcessionForm(CommandForm):
    """It shall be accepted as it is."""

    reason = forms.CharField(
        label="Why can it be accepted as it is?", widget=forms.Textarea, max_length=4000,
        help_text="Somebody else decides.",
    )  # fmt: skip


class ReworkForm(CommandForm):
    """The step that puts it right."""

    title = forms.CharField(label="Step", max_length=160, required=False)
    instructions = forms.CharField(required=False, widget=forms.Textarea)


class DecisionForm(CommandForm):
    """A decision that may say why."""

    reason = forms.CharField(required=False, widget=forms.Textarea, max_length=4000)


class MustDecideForm(CommandForm):
    """A decision that must say why."""

    reason = forms.CharField(widget=forms.Textarea, max_length=4000, help_text="Kept with it.")
