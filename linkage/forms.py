"""Forms of the bridge."""

from __future__ import annotations

from django import forms

from core.forms import CommandForm


class FinishTaskForm(CommandForm):
    """What the buyer did about a need that went away."""

    resolution = forms.CharField(
        label="What was done",
        max_length=300,
        widget=forms.Textarea,
        help_text="For example: cancelled with the supplier, kept for stock, given to another work order.",
    )


class ContractorHoursForm(CommandForm):
    """Hours of a contractor under one of the order lines that a work order bears."""

    order_line = forms.TypedChoiceField(label="Under which order?", coerce=int)
    hours = forms.DecimalField(min_value=0, max_digits=6, decimal_places=2)
    worked_on = forms.DateField(label="Day")
    operation = forms.TypedChoiceField(label="Step", coerce=int, empty_value=None, required=False)
    note = forms.CharField(max_length=200, required=False)
