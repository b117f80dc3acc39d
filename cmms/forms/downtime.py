"""Forms about stops, failures and the week's schedule."""

from __future__ import annotations

from typing import Any

from django import forms

from cmms.choices import FailureCodeKind
from cmms.forms.fields import CodeField, WorkOrderField
from cmms.models import Asset, FailureCode, FailureRecord
from core.forms import CommandForm
from core.models import Site

WHY = "Kept in the history."


class AssetField(CodeField):
    """An asset by its code."""

    model = Asset
    url_name = "cmms:suggest-places"
    unknown = "No asset is called '{text}'. Choose one of the suggestions."


class StopForm(CommandForm):
    """A stop, now or earlier."""

    asset = AssetField(help_text="Type or scan its code, or type its name.")
    started_at = forms.DateTimeField(label="Down since", required=False, help_text="Empty: now.")
    ended_at = forms.DateTimeField(label="Ran again", required=False, help_text="Empty: it is still down.")
    reason = forms.CharField(label="Why does it stand?", max_length=200, required=False)
    is_planned = forms.BooleanField(label="It was planned", required=False)
    work_order = WorkOrderField(label="Work order", required=False)


class CorrectStopForm(CommandForm):
    """What a stop really was."""

    started_at = forms.DateTimeField(label="Down since")
    ended_at = forms.DateTimeField(label="Ran again", required=False)
    words = forms.CharField(label="Why did it stand?", max_length=200, required=False)
    is_planned = forms.BooleanField(label="It was planned", required=False)
    reason = forms.CharField(
        label="What was wrong?", max_length=100, widget=forms.Textarea(attrs={"rows": 2}), help_text=WHY
    )


class AttachStopForm(CommandForm):
    """Which work order deals with a stop."""

    work_order = WorkOrderField(label="Work order", required=False, help_text="Empty: none.")


class CodeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A failure code; the choices are those of the asset's class."""

    def label_from_instance(self, code: Any) -> str:
        """Its name; the code is for exchange with others."""
        return str(code.name)


class FailureForm(CommandForm):
    """How the asset failed."""

    mode = CodeChoice(
        FailureCode.objects.none(),
        label=FailureCodeKind.MODE.label,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    mechanism = CodeChoice(FailureCode.objects.none(), required=False, empty_label="Not known")
    cause = CodeChoice(FailureCode.objects.none(), required=False, empty_label="Not known")
    detection = CodeChoice(
        FailureCode.objects.none(), label="Detected by", required=False, empty_label="Not known"
    )
    is_functional_failure = forms.BooleanField(
        label="It could no longer do what it is for", required=False, initial=True
    )
    occurred_at = forms.DateTimeField(label="Failed at", required=False, help_text="Empty: when it stopped.")
    note = forms.CharField(max_length=300, required=False)
    reason = forms.CharField(label="What was wrong with the earlier record?", max_length=200)

    def offer(self, codes: dict[str, list[FailureCode]], earlier: FailureRecord | None) -> None:
        """The codes of the class; a reason only where a record is corrected."""
        for kind in FailureCodeKind:
            field: Any = self.fields[kind.lower()]
            keys = [code.pk for code in codes[kind]]
            field.queryset = FailureCode.objects.filter(pk__in=keys)
            field.choices = [
                *([("", field.empty_label)] if field.empty_label else []),
                *((code.pk, code.name) for code in codes[kind]),
            ]
        if earlier is None:
            del self.fields["reason"]


class LockWeekForm(CommandForm):
    """Which week of which site."""

    site = forms.ModelChoiceField(Site.objects.filter(is_active=True).order_by("code"), empty_label=None)
    starts_on = forms.DateField(label="Week from", help_text="A Monday.")
