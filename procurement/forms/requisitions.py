"""Asking for something to be bought."""

from __future__ import annotations

from typing import Any

from django import forms

from core.forms import CommandForm
from core.models import CostCentre, Item, Site
from procurement.choices import LineKind
from procurement.forms.lines import Choices, SharedChoicesFormSet

WHAT = "Type an item's code or name, or describe what you need"


class RequisitionForm(CommandForm):
    """Where and why."""

    site = forms.ModelChoiceField(Site.objects.filter(is_active=True).order_by("code"), empty_label=None)
    needed_on = forms.DateField(label="Needed by", required=False)
    cost_centre = forms.ModelChoiceField(
        CostCentre.objects.filter(is_active=True).order_by("code"), required=False, label="Cost centre"
    )
    reason = forms.CharField(
        label="What is it for?", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    submit = forms.BooleanField(label="Send it for approval at once", required=False, initial=True)


class RequestedLineForm(forms.Form):
    """One thing."""

    what = forms.CharField(
        label="What", max_length=300, widget=forms.TextInput(attrs={"list": "items", "placeholder": WHAT})
    )
    quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4)
    unit = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    estimated_unit_price = forms.DecimalField(
        label="Price each, about", min_value=0, max_digits=18, decimal_places=6, required=False
    )
    kind = forms.ChoiceField(
        choices=[(LineKind.ITEM, "Item"), (LineKind.SERVICE, "Service")],
        required=False,
        initial=LineKind.ITEM,
    )
    suggested_supplier = forms.TypedChoiceField(
        label="Supplier, if you know", coerce=int, empty_value=None, required=False
    )


class RequestedLines(SharedChoicesFormSet):
    """At least one thing; items are recognised by their code, in one statement."""

    def clean(self) -> None:
        """Find the items, and ask for a unit where there is no item."""
        if any(self.errors):
            return
        filled = [form for form in self.forms if form.has_changed()]
        if not filled:
            raise forms.ValidationError("Add at least one line.")
        codes = {form.cleaned_data["what"].split()[0] for form in filled}
        items = {item.code: item for item in Item.objects.filter(code__in=codes, is_active=True)}
        for form in filled:
            self._complete(form, items.get(form.cleaned_data["what"].split()[0]))

    def _complete(self, form: Any, item: Item | None) -> None:
        data = form.cleaned_data
        data["item"] = item
        data["unit_id"] = item.unit_id if item else data["unit"]
        if item is None and not data["unit"]:
            form.add_error("unit", "Choose a unit for something without an item code.")


_Lines: Any = forms.formset_factory(RequestedLineForm, formset=RequestedLines, extra=1)


def requested_lines(data: Any, choices: dict[str, Choices]) -> RequestedLines:
    """An empty line, and more on request."""
    made: RequestedLines = _Lines(data, prefix="lines", choices=choices)
    return made
