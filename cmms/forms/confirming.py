"""Collective time confirmation: which work, and who worked how long on which day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from cmms.models import Craft
from cmms.services.confirming import ConfirmationLine
from core.forms import style_fields
from core.models import Site

WEEKS_BACK, WEEKS_AHEAD = 4, 2
MOST_LINES = 500


def monday_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def weeks_around(today: date) -> list[tuple[str, str]]:
    """Weeks to choose from, by their Monday."""
    first = monday_of(today)
    found = [("", "Any time")]
    for number in range(-WEEKS_BACK, WEEKS_AHEAD + 1):
        start = first + timedelta(weeks=number)
        end = start + timedelta(days=6)
        words = f"Week {start.isocalendar().week}: {start:%-d %b} to {end:%-d %b}"
        found.append((start.isoformat(), f"{words} (now)" if number == 0 else words))
    return found


class WorkToConfirmForm(forms.Form):
    """Which work is shown. A wrong value counts as none."""

    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="Any")
    craft = forms.ModelChoiceField(Craft.objects.none(), required=False, empty_label="Any")
    week = forms.ChoiceField(label="Due in", required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.filter(is_active=True).order_by("code")  # type: ignore[attr-defined]
        self.fields["craft"].queryset = Craft.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["week"].choices = weeks_around(today)  # type: ignore[attr-defined]
        style_fields(self)

    def wanted(self) -> dict[str, Any]:
        """The arguments of `work_orders_to_confirm`."""
        self.is_valid()
        data = self.cleaned_data
        site, craft, week = data.get("site"), data.get("craft"), data.get("week")
        return {
            "site_id": site.pk if site else None,
            "craft_id": craft.pk if craft else None,
            "week": date.fromisoformat(week) if week else None,
        }


class HoursLineForm(forms.Form):
    """Hours of one step or work order; only what is ticked is booked."""

    work_order = forms.IntegerField(widget=forms.HiddenInput)
    operation = forms.IntegerField(widget=forms.HiddenInput, required=False)
    book = forms.BooleanField(required=False)
    person = forms.TypedChoiceField(label="Who", coerce=int, empty_value=None, required=False)
    worked_on = forms.DateField(label="Day", required=False)
    hours = forms.DecimalField(max_digits=6, decimal_places=2, required=False)
    is_final = forms.BooleanField(label="Done", required=False)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Choose"), *people]  # type: ignore[attr-defined]
        self.fields["book"].widget.attrs["data-select"] = ""
        self.work: Any = None

    def clean(self) -> dict[str, Any]:
        """What is ticked is whole."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("book"):
            for name, words in (
                ("person", "Who worked?"),
                ("worked_on", "On which day?"),
                ("hours", "How many hours?"),
            ):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, words)
        return data

    @property
    def keys(self) -> tuple[int, int | None]:
        """Work order and step, from what was sent or from the start."""
        if self.is_bound:
            return self.cleaned_data.get("work_order", 0), self.cleaned_data.get("operation")
        return self.initial["work_order"], self.initial["operation"]

    def line(self) -> ConfirmationLine:
        """What the service takes."""
        data = self.cleaned_data
        return ConfirmationLine(
            work_order_id=data["work_order"], operation_id=data["operation"], person_id=data["person"],
            hours=data["hours"], worked_on=data["worked_on"], is_final=data["is_final"],
        )  # fmt: skip


HoursFormSet = forms.formset_factory(
    HoursLineForm, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)
