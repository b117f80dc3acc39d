"""Forms of planners: job plans, maintenance plans; and of everybody who reads meters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cmms.choices import (
    PLAN_TYPES,
    DayRule,
    Execution,
    IntervalUnit,
    OutOfSeason,
    PileUp,
    PlanTrigger,
    Priority,
    ReadingKind,
    ResetPolicy,
)
from cmms.forms.fields import ItemField, PlaceField
from cmms.forms.work_orders import PersonChoice, key_of
from cmms.models import Asset, Craft, JobPlan, MaintenancePlan, Meter
from cmms.services.plans.job_plans import PartInput, StepInput
from cmms.services.plans.writing import PackageInput
from core.forms import CommandForm
from core.models import Program, User

MOST_LINES = 50
PLAIN = (
    "title", "type", "priority", "trigger", "start_on", "ends_on", "start_reading", "due_time", "shift_late_percent",
    "shift_early_percent", "tolerance_percent", "meter_shift_percent", "resets", "merge_days", "adds_covered_steps",
    "lead_days", "early_days", "late_days", "offset_days", "day_rule", "season_start", "season_end", "out_of_season",
    "pile_up", "part_lead_days", "buffer_days", "releases_orders",
)  # fmt: skip
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "", ("title", "where", "type", "priority", "assignee", "program")),
    ("When", "", ("trigger", "start_on", "meter", "start_reading", "lead_days", "due_time")),
    (
        "Late or early work", "0 keeps fixed dates, 100 counts from the completion, 50 goes half way.",
        ("shift_late_percent", "shift_early_percent", "tolerance_percent", "meter_shift_percent", "resets", "pile_up"),
    ),
    (
        "Days and seasons", "",
        ("day_rule", "early_days", "late_days", "offset_days", "season_start", "season_end", "out_of_season", "ends_on"),
    ),
    (
        "Orders and parts", "",
        ("planner", "merge_days", "part_lead_days", "buffer_days", "adds_covered_steps", "releases_orders", "stops"),
    ),
)  # fmt: skip


class StopsField(forms.CharField):
    """The assets of a round, one code a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"required": False, "widget": forms.Textarea(attrs={"rows": 2}), "max_length": 4000, **options}
        )

    def clean(self, value: Any) -> list[int]:
        """The keys of the assets, in the order given."""
        codes = [line.split(" ")[0].strip() for line in super().clean(value).splitlines() if line.strip()]
        found = {asset.code.lower(): asset.pk for asset in Asset.objects.filter(code__in=codes)}
        unknown = [code for code in codes if code.lower() not in found]
        if unknown:
            raise ValidationError(f"No asset is called '{unknown[0]}'.")
        return [found[code.lower()] for code in codes]


def _percent(label: str, initial: int, words: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=100, initial=initial, help_text=words)


def _days(label: str, initial: int | None = 0, words: str = "", **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=3650, initial=initial, help_text=words, **options
    )


class PlanForm(CommandForm):
    """A maintenance plan."""

    title = forms.CharField(max_length=160)
    where = PlaceField(label="Asset or location", help_text="Type or scan its code, or type its name.")
    type = forms.ChoiceField(choices=PLAN_TYPES)
    priority = forms.ChoiceField(choices=Priority.choices, initial=Priority.NORMAL)
    assignee = PersonChoice(label="Given to", required=False, empty_label="Nobody yet")
    planner = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("first_name", "last_name", "username"),
        required=False, empty_label="Who writes it", help_text="Orders are made and approved in this name.",
    )  # fmt: skip
    program = forms.ModelChoiceField(
        Program.objects.filter(is_active=True).order_by("code"), required=False, empty_label="None"
    )
    trigger = forms.ChoiceField(label="Due by", choices=PlanTrigger.choices)
    start_on = forms.DateField(label="Counts from", help_text="The first is due one interval later.")
    meter = forms.ModelChoiceField(
        Meter.objects.filter(is_active=True).select_related("asset").order_by("asset__code", "name"),
        required=False, empty_label="None",
    )  # fmt: skip
    start_reading = forms.DecimalField(
        label="Counts from reading", min_value=0, max_digits=16, decimal_places=4, initial=0, required=False
    )
    lead_days = _days("Order made so many days before", 7)
    due_time = forms.TimeField(
        label="Due at", initial="16:00", help_text="In the site's own time.",
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )  # fmt: skip
    shift_late_percent = _percent("Late work moves the next date by %", 0)
    shift_early_percent = _percent("Early work moves it by %", 0)
    tolerance_percent = _percent("Tolerance %", 0, "Of the shortest interval.")
    meter_shift_percent = _percent("On the meter %", 100, "100 counts from the reading at completion.")
    resets = forms.ChoiceField(label="With calendar and meter, work resets", choices=ResetPolicy.choices)
    pile_up = forms.ChoiceField(label="Due again while the order is open", choices=PileUp.choices)
    day_rule = forms.ChoiceField(label="On a day nobody works", choices=DayRule.choices)
    early_days = _days("May be done so many days before", 0)
    late_days = _days("Must be done at most so many days after", 0)
    offset_days = _days("Days behind its date", None, "Empty: spread by the site.", required=False)
    season_start = forms.CharField(
        label="Season from", max_length=5, required=False, help_text="Month-day, e.g. 04-01."
    )
    season_end = forms.CharField(label="Season to", max_length=5, required=False, help_text="E.g. 10-31.")
    out_of_season = forms.ChoiceField(label="Outside the season", choices=OutOfSeason.choices)
    ends_on = forms.DateField(label="Ends on", required=False)
    merge_days = _days("Done together within so many days", 0, "Work of several intervals.")
    adds_covered_steps = forms.BooleanField(
        label="The order of a higher rank also holds the steps it covers", required=False, initial=True
    )
    releases_orders = forms.BooleanField(label="Release orders as they are made", required=False)
    part_lead_days = _days("Delivery time of parts that name none, days", 14)
    buffer_days = _days("Parts are here so many days before", 3)
    stops = StopsField(label="Round", help_text="Codes of assets, one a line: each step is done at each.")

    def settings(self) -> dict[str, Any]:
        """The arguments of the services besides place, start and packages."""
        data = self.cleaned_data
        values = {name: data[name] for name in PLAIN}
        values["start_reading"] = data["start_reading"] or 0
        if data["planner"] is not None:
            values["planner_id"] = data["planner"].pk
        return {
            **values,
            "assignee_id": key_of(data["assignee"]),
            "program_id": key_of(data["program"]),
            "meter_id": key_of(data["meter"]),
        }

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The fields by what they are about; those of a form that shows fewer are left out."""
        return [
            (title, words, [self[name] for name in names if name in self.fields])
            for title, words, names in GROUPS
        ]

    @staticmethod
    def values_of(plan: MaintenancePlan) -> dict[str, Any]:
        """What the form starts with for an existing plan."""
        stops = plan.stops.order_by("sequence", "pk").values_list("asset__code", flat=True)
        return {
            **{name: getattr(plan, name) for name in PLAIN},
            "assignee": plan.assignee_id,
            "program": plan.program_id,
            "planner": plan.planner_id,
            "meter": plan.meter_id,
            "stops": "\n".join(stops),
        }


class ChangePlanForm(PlanForm):
    """A plan stays where it is."""

    where = None  # type: ignore[assignment]


class PackageForm(forms.Form):
    """One interval."""

    job_plan = forms.ModelChoiceField(
        JobPlan.objects.filter(is_active=True).order_by("code"), empty_label="Choose"
    )
    every_count = forms.IntegerField(label="Every", min_value=1, max_value=999, required=False)
    every_unit = forms.ChoiceField(
        label="Unit", choices=IntervalUnit.choices, initial=IntervalUnit.MONTH, required=False
    )
    meter_every = forms.DecimalField(
        label="Or on the meter", min_value=0, max_digits=14, decimal_places=4, required=False
    )
    hierarchy = forms.IntegerField(label="Rank", min_value=1, max_value=99, initial=1, required=False)


class JobPlanForm(CommandForm):
    """A job plan, first revision."""

    code = forms.CharField(max_length=40)
    name = forms.CharField(max_length=160)
    instructions = forms.CharField(required=False, widget=forms.Textarea, max_length=8000)


class RevisionForm(CommandForm):
    """The next revision of a job plan."""

    change_note = forms.CharField(label="What changes, and why", max_length=300)
    instructions = forms.CharField(required=False, widget=forms.Textarea, max_length=8000)


class JobStepForm(forms.Form):
    """A step of a job plan."""

    title = forms.CharField(label="Step", max_length=160)
    execution = forms.ChoiceField(
        label="Done by", choices=Execution.choices, required=False, initial=Execution.INTERNAL
    )
    craft = forms.ModelChoiceField(Craft.objects.order_by("name"), required=False, empty_label="Any")
    estimated_hours = forms.DecimalField(
        label="Hours", min_value=0, max_digits=8, decimal_places=2, required=False
    )
    outside_cost = forms.DecimalField(
        label="Outside cost", min_value=0, max_digits=18, decimal_places=6, required=False
    )
    instructions = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 1}), max_length=4000)


class JobPartForm(forms.Form):
    """A part of a job plan."""

    item = ItemField(label="Part")
    quantity = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, initial=1)
    lead_days = forms.IntegerField(label="Delivery, days", min_value=0, max_value=999, required=False)
    estimated_unit_cost = forms.DecimalField(
        label="Cost each", min_value=0, max_digits=18, decimal_places=6, required=False,
        help_text="Where it is not in stock.",
    )  # fmt: skip


def _lines(form: type[forms.Form], extra: int) -> type[forms.BaseFormSet[Any]]:
    return forms.formset_factory(form, extra=extra, max_num=MOST_LINES, validate_max=True, can_delete=True)


PackageFormSet, FirstPackageFormSet = _lines(PackageForm, 1), _lines(PackageForm, 2)
JobStepFormSet, JobPartFormSet = _lines(JobStepForm, 1), _lines(JobPartForm, 1)


def kept_lines(formset: forms.BaseFormSet[Any]) -> list[dict[str, Any]]:
    """The lines that were typed and not taken out."""
    return [
        form.cleaned_data
        for form in formset.forms
        if form.cleaned_data and (form.has_changed() or form.initial) and not form.cleaned_data.get("DELETE")
    ]


def packages_of(formset: forms.BaseFormSet[Any]) -> list[PackageInput]:
    """The intervals that were typed."""
    return [
        PackageInput(
            line["job_plan"].pk, line["hierarchy"] or 1, line["every_count"], line["every_unit"] or IntervalUnit.MONTH,
            line["meter_every"],
        )
        for line in kept_lines(formset)
    ]  # fmt: skip


def job_steps_of(formset: forms.BaseFormSet[Any]) -> list[StepInput]:
    """The steps that were typed."""
    return [
        StepInput(
            line["title"], line["instructions"], line["execution"] or Execution.INTERNAL, key_of(line["craft"]),
            line["estimated_hours"] or Decimal(0), line["outside_cost"],
        )
        for line in kept_lines(formset)
    ]  # fmt: skip


def job_parts_of(formset: forms.BaseFormSet[Any]) -> list[PartInput]:
    """The parts that were typed."""
    return [
        PartInput(line["item"].pk, line["quantity"], line["lead_days"], line["estimated_unit_cost"])
        for line in kept_lines(formset)
        if line["item"]
    ]


class ReadingForm(CommandForm):
    """What a meter shows; only one that is lower than before asks for more."""

    value = forms.DecimalField(
        label="Reading", min_value=0, max_digits=14, decimal_places=4,
        widget=forms.NumberInput(attrs={"autofocus": True, "class": "reading-value"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="How it came to this", choices=ReadingKind.choices, initial=ReadingKind.NORMAL, required=False
    )
    old_value = forms.DecimalField(
        label="Last value of the old meter", min_value=0, max_digits=14, decimal_places=4, required=False
    )
    reason = forms.CharField(max_length=200, required=False)
    read_at = forms.DateTimeField(label="Read at", required=False, help_text="Empty: now.")
