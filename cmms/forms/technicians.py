"""Forms of technicians: reporting faults, holding work, hours, parts."""

from __future__ import annotations

from typing import Any

from django import forms

from cmms.choices import HoldReason, LaborKind, Priority, Tracking
from cmms.forms.fields import ItemField, PhotoField, PlaceField
from cmms.forms.work_orders import PersonChoice
from cmms.models import Operation, Storeroom, WorkOrder
from core.forms import CommandForm
from core.models import Unit


class ReportForm(CommandForm):
    """A fault someone reports."""

    where = PlaceField(label="Asset or location", help_text="Type or scan its code, or type its name.")
    description = forms.CharField(label="What is wrong?", widget=forms.Textarea, max_length=4000)
    is_asset_down = forms.BooleanField(label="It has stopped", required=False)
    photo = PhotoField()
    priority = forms.ChoiceField(label="How urgent?", choices=Priority.choices, initial=Priority.NORMAL)
    department = forms.CharField(max_length=80, required=False)
    tell_me = forms.BooleanField(label="Tell me by e-mail what becomes of it", required=False)


class HoldForm(CommandForm):
    """Why work stands still."""

    hold_reason = forms.ChoiceField(label="Reason", choices=HoldReason.choices, widget=forms.RadioSelect)
    note = forms.CharField(max_length=200, required=False)


class StepChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A step of one work order."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Step")
        options.setdefault("required", False)
        options.setdefault("empty_label", "The whole work order")
        super().__init__(queryset=Operation.objects.none(), **options)

    def of(self, order: WorkOrder) -> None:
        """Offer the steps of `order`."""
        self.queryset = Operation.objects.filter(work_order=order).order_by("sequence")


class HoursForm(CommandForm):
    """Hours worked."""

    hours = forms.DecimalField(
        min_value=0, max_digits=6, decimal_places=2, help_text="1.5 is an hour and a half."
    )
    worked_on = forms.DateField(label="Day")
    operation = StepChoice()
    kind = forms.ChoiceField(label="Spent on", choices=LaborKind.choices, initial=LaborKind.WRENCH)
    is_overtime = forms.BooleanField(label="Overtime", required=False)
    note = forms.CharField(max_length=200, required=False)
    person = PersonChoice(label="Worked by", required=False, empty_label="Me")


class NeedForm(CommandForm):
    """What every asking for parts may say."""

    needed_on = forms.DateField(label="Needed by", required=False)


class PartForm(NeedForm):
    """A catalogue part, chosen from a list."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, initial=1)


class WordsForm(NeedForm):
    """A part that is in no catalogue."""

    description = forms.CharField(label="What do you need?", widget=forms.Textarea, max_length=300)
    quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, initial=1)
    unit = forms.ModelChoiceField(Unit.objects.order_by("name"), empty_label=None)
    photo = PhotoField(help_text="The old part or its name plate.")
    operation = StepChoice()
    field_order = ("description", "quantity", "unit", "photo", "needed_on", "operation")


class ServiceForm(NeedForm):
    """Work done outside."""

    description = forms.CharField(label="Which service?", widget=forms.Textarea, max_length=300)
    operation = StepChoice(label="For step")
    estimated_unit_cost = forms.DecimalField(
        label="Expected cost", min_value=0, max_digits=18, decimal_places=6, required=False
    )
    photo = PhotoField()
    field_order = ("description", "operation", "needed_on", "estimated_unit_cost", "photo")


class CancelNeedForm(CommandForm):
    """A need that has gone."""

    reason = forms.CharField(max_length=100, widget=forms.Textarea, help_text="Kept in the history.")
    quantity = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=4, required=False, help_text="Empty: all that is open."
    )


class CountForm(CommandForm):
    """A count of the shelf."""

    counted_quantity = forms.DecimalField(label="Counted", min_value=0, max_digits=14, decimal_places=4)
    reason = forms.CharField(max_length=100, widget=forms.Textarea, help_text="Kept in the history.")


class OpeningForm(CommandForm):
    """An item gets its first balance in a storeroom."""

    item = ItemField(label="Part", help_text="Type or scan its code, or type its name.")
    storeroom = forms.ModelChoiceField(Storeroom.objects.filter(is_active=True).order_by("code"))
    quantity = forms.DecimalField(label="On hand", min_value=0, max_digits=14, decimal_places=4)
    unit_cost = forms.DecimalField(label="Cost each", min_value=0, max_digits=18, decimal_places=6)
    bin_code = forms.CharField(label="Bin", max_length=20, required=False)
    tracking = forms.ChoiceField(
        choices=[("", "As in other storerooms"), *Tracking.choices], required=False,
        help_text="By lot or serial number: the pieces are named when they are put away.",
    )  # fmt: skip
    reorder_point = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, required=False)
    reorder_quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, required=False)
