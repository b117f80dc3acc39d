"""What the verbs of recurring work take."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from cmms.api.inputs import KeyField, keys, optional
from cmms.choices import Execution, IntervalUnit, ReadingKind
from cmms.models import Asset, Craft, JobPlan, Location, MaintenancePlan, Meter
from cmms.selectors.forecast import LONGEST
from cmms.services.plans.job_plans import PartInput, StepInput
from cmms.services.plans.writing import PackageInput
from core.models import Item, Program, Site, User


class ReadingInput(serializers.Serializer[Any]):
    """What a meter shows. A value lower than before needs its `kind`, and most kinds a reason."""

    value = serializers.DecimalField(max_digits=14, decimal_places=4)
    kind = serializers.ChoiceField(ReadingKind.choices, default=ReadingKind.NORMAL)
    old_value = serializers.DecimalField(
        max_digits=14, decimal_places=4, required=False, allow_null=True, default=None
    )
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)
    read_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class StepInputSerializer(serializers.Serializer[Any]):
    """A step of a job plan."""

    title = serializers.CharField(max_length=160)
    instructions = serializers.CharField(default="", allow_blank=True)
    execution = serializers.ChoiceField(Execution.choices, default=Execution.INTERNAL)
    craft = optional(Craft)
    estimated_hours = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=Decimal(0), default=Decimal(0)
    )
    outside_cost = serializers.DecimalField(
        max_digits=18, decimal_places=6, min_value=Decimal(0), required=False, allow_null=True, default=None
    )


class PartInputSerializer(serializers.Serializer[Any]):
    """A part of a job plan, in the item's unit."""

    item = KeyField(Item)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=4)
    lead_days = serializers.IntegerField(
        min_value=0, max_value=3650, required=False, allow_null=True, default=None
    )
    estimated_unit_cost = serializers.DecimalField(
        max_digits=18, decimal_places=6, min_value=Decimal(0), required=False, allow_null=True, default=None
    )


class JobPlanInput(serializers.Serializer[Any]):
    """A job plan with its first revision."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=160)
    instructions = serializers.CharField(default="", allow_blank=True)
    steps = StepInputSerializer(many=True, default=list)
    parts = PartInputSerializer(many=True, default=list)


class RevisionInput(serializers.Serializer[Any]):
    """The next revision; what is left out stays."""

    change_note = serializers.CharField(max_length=300)
    instructions = serializers.CharField(required=False, allow_blank=True)
    steps = StepInputSerializer(many=True, required=False)
    parts = PartInputSerializer(many=True, required=False)


class PackageInputSerializer(serializers.Serializer[Any]):
    """One interval of a plan."""

    job_plan = KeyField(JobPlan)
    hierarchy = serializers.IntegerField(min_value=1, max_value=99, default=1)
    every_count = serializers.IntegerField(
        min_value=1, max_value=999, required=False, allow_null=True, default=None
    )
    every_unit = serializers.ChoiceField(IntervalUnit.choices, default=IntervalUnit.MONTH)
    meter_every = serializers.DecimalField(
        max_digits=14, decimal_places=4, required=False, allow_null=True, default=None
    )


RULES = (
    "title", "type", "priority", "trigger", "start_on", "ends_on", "start_reading", "due_time", "shift_late_percent",
    "shift_early_percent", "tolerance_percent", "meter_shift_percent", "resets", "merge_days", "adds_covered_steps",
    "lead_days", "early_days", "late_days", "offset_days", "day_rule", "season_start", "season_end", "out_of_season",
    "pile_up", "part_lead_days", "buffer_days", "releases_orders",
)  # fmt: skip


class ChangePlanInput(serializers.ModelSerializer[MaintenancePlan]):
    """The rules of a plan."""

    assignee = KeyField(User, required=False, allow_null=True)
    program = KeyField(Program, required=False, allow_null=True)
    meter = KeyField(Meter, required=False, allow_null=True)
    planner = KeyField(User, required=False)
    packages = PackageInputSerializer(many=True)
    stops = serializers.ListField(
        child=KeyField(Asset), required=False, help_text="Assets of a round, in order"
    )

    class Meta:
        model = MaintenancePlan
        fields: tuple[str, ...] = (*RULES, "assignee", "program", "meter", "planner", "packages", "stops")

    def get_validators(self) -> list[Any]:
        """None: the service speaks for the rules."""
        return []


class PlanInput(ChangePlanInput):
    """A plan; name its asset or its location."""

    asset = KeyField(Asset, required=False, allow_null=True)
    location = KeyField(Location, required=False, allow_null=True)

    class Meta(ChangePlanInput.Meta):
        fields = (*ChangePlanInput.Meta.fields, "asset", "location")


class ForecastQuery(serializers.Serializer[Any]):
    """How far ahead, and where."""

    months = serializers.IntegerField(min_value=1, max_value=LONGEST, default=6)
    site = KeyField(Site, required=False)


def contents_of(data: dict[str, Any]) -> dict[str, Any]:
    """Steps and parts as the services take them."""
    if "steps" in data:
        data["steps"] = [StepInput(**keys(each, "craft")) for each in data["steps"]]
    if "parts" in data:
        data["parts"] = [PartInput(**keys(each, "item")) for each in data["parts"]]
    return data


def plan_of(data: dict[str, Any]) -> dict[str, Any]:
    """Packages and stops as the services take them."""
    if "packages" in data:
        data["packages"] = [PackageInput(**keys(each, "job_plan")) for each in data["packages"]]
    if "stops" in data:
        data["stop_ids"] = data.pop("stops")
    return data
