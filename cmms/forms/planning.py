"""Forms of planners about people and permits, and of closing."""

from __future__ import annotations

from django import forms

from cmms.models import Qualification
from cmms.selectors.people import workers
from core.forms import CommandForm


class GrantForm(CommandForm):
    """A person holds a qualification."""

    person = forms.ModelChoiceField(workers(), empty_label=None)
    qualification = forms.ModelChoiceField(
        Qualification.objects.filter(is_active=True).order_by("name"), empty_label=None
    )
    valid_from = forms.DateField(label="From")
    valid_until = forms.DateField(
        label="Until", required=False, help_text="Empty: as long as it is usually valid."
    )
    never_ends = forms.BooleanField(label="It does not end", required=False)
    certificate_number = forms.CharField(max_length=60, required=False)
    certificate = forms.FileField(required=False, help_text="PDF or photo.")


class WithdrawForm(CommandForm):
    """It no longer counts."""

    withdrawn_on = forms.DateField(label="From", help_text="From this day on it does not count.")
    reason = forms.CharField(max_length=200, widget=forms.Textarea, help_text="Kept with it.")


class PermitForm(CommandForm):
    """The permit under which work is done."""

    permit_number = forms.CharField(label="Permit number", max_length=40)
    valid_until = forms.DateTimeField(label="In force until")


class CloseForm(CommandForm):
    """Closing, with open purchases where the plant allows that."""

    confirm_open_purchases = forms.BooleanField(
        label="Close it although purchases are open",
        required=False,
        help_text="Only where you are asked: it is recorded with your name, and what comes later is late cost.",
    )
