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
