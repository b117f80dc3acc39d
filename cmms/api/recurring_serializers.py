"""How recurring work is read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cmms.api.recurring_inputs import RULES
from cmms.models import (
    CyclePackage,
    JobPlan,
    JobPlanPart,
    JobPlanRevision,
    JobPlanStep,
    MaintenancePlan,
    Meter,
    MeterReading,
    PlanCycle,
    PlanPackage,
)
from core.api.serializers import CostAwareSerializer, DocumentSerializer, MasterDataSerializer


class MeterSerializer(MasterDataSerializer[Meter]):
    """A counter on an asset."""

    class Meta:
        model = Meter
        fields = (
            "id",
            "asset",
            "name",
            "unit",
            "rollover_at",
            "window_days",
            "expected_daily_use",
            "is_active",
        )


class MeterReadingSerializer(DocumentSerializer[MeterReading]):
    """What a meter showed; `total` counts on over rollovers and replacements."""

    class Meta:
        model = MeterReading
        fields = (
            "id", "meter", "kind", "value", "old_value", "total", "reason", "read_at", "read_by", "entered_at",
        )  # fmt: skip


class JobPlanSerializer(DocumentSerializer[JobPlan]):
    """A job plan."""

    class Meta:
        model = JobPlan
        fields = ("id", "code", "name", "is_active")


class JobPlanStepSerializer(DocumentSerializer[JobPlanStep]):
    """A step."""

    class Meta:
        model = JobPlanStep
        fields = (
            "id", "sequence", "title", "instructions", "execution", "craft", "estimated_hours", "outside_cost",
        )  # fmt: skip
        cost_fields = ("outside_cost",)


class JobPlanPartSerializer(DocumentSerializer[JobPlanPart]):
    """A part."""

    class Meta:
        model = JobPlanPart
        fields = ("id", "item", "quantity", "lead_days", "estimated_unit_cost")
        cost_fields = ("estimated_unit_cost",)


class JobPlanRevisionSerializer(DocumentSerializer[JobPlanRevision]):
    """A revision with its contents."""

    steps = JobPlanStepSerializer(many=True)
    parts = JobPlanPartSerializer(many=True)

    class Meta:
        model = JobPlanRevision
        fields = (
            "id", "job_plan", "number", "status", "instructions", "change_note", "author", "written_at",
            "submitted_at", "approved_by", "approved_at", "steps", "parts",
        )  # fmt: skip


class PlanPackageSerializer(DocumentSerializer[PlanPackage]):
    """One interval; of those due together the highest hierarchy runs."""

    class Meta:
        model = PlanPackage
        fields = ("id", "job_plan", "hierarchy", "every_count", "every_unit", "meter_every", "is_active")


class MaintenancePlanSerializer(DocumentSerializer[MaintenancePlan]):
    """A plan with its intervals and what the engine says of it."""

    packages = PlanPackageSerializer(many=True)
    stops = serializers.SlugRelatedField(many=True, read_only=True, slug_field="asset_id")  # type: ignore[var-annotated]
    next_due_on = serializers.DateField(source="clock.next_due_on", allow_null=True)
    problem = serializers.CharField(source="clock.problem", help_text="Why its orders cannot be made, if so")

    class Meta:
        model = MaintenancePlan
        fields = (
            "id", "number", "status", *RULES, "asset", "location", "site", "planner", "assignee", "program", "meter",
            "packages", "stops", "next_due_on", "problem", "suspended_reason", "activated_at", "created_at",
            "created_by", "version",
        )  # fmt: skip


class CyclePackageSerializer(DocumentSerializer[CyclePackage]):
    """An interval within a cycle: ordered (RUNS) from a revision, or covered by a higher one."""

    class Meta:
        model = CyclePackage
        fields = ("package", "role", "trigger", "revision", "due_on", "due_reading")


class PlanCycleSerializer(DocumentSerializer[PlanCycle]):
    """One cycle."""

    packages = CyclePackageSerializer(many=True)

    class Meta:
        model = PlanCycle
        fields = (
            "id", "plan", "number", "status", "trigger", "generated_at", "earliest_start_on", "due_on", "due_at",
            "latest_end_on", "due_reading", "work_order", "merged_into", "completed_on", "done_reading", "reason",
            "packages",
        )  # fmt: skip


class GeneratedSerializer(serializers.Serializer[Any]):
    """What a run of the scheduler did."""

    plans = serializers.IntegerField(help_text="Plans looked at")
    orders = serializers.ListField(child=serializers.CharField(), help_text="Numbers of the work orders made")
    merged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    problems = serializers.DictField(child=serializers.CharField(), help_text="By plan number")


class CraftHoursSerializer(serializers.Serializer[Any]):
    """Hours of one craft, by month."""

    craft = serializers.CharField()
    hours = serializers.ListField(child=serializers.DecimalField(max_digits=12, decimal_places=2))


class OutlookMonthSerializer(CostAwareSerializer):
    """One month; `cost` leaves out the `unpriced` orders."""

    month = serializers.DateField(source="first")
    orders = serializers.IntegerField(source="cycles")
    hours = serializers.DecimalField(max_digits=12, decimal_places=2, source="total_hours")
    cost = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    unpriced = serializers.IntegerField()
    cost_fields = ("cost",)


class PartOutlookSerializer(CostAwareSerializer):
    """One item; `buy_by` is null where enough is free."""

    item = serializers.IntegerField(source="item.pk")
    code = serializers.CharField(source="item.code")
    needed = serializers.DecimalField(max_digits=14, decimal_places=4)
    free = serializers.DecimalField(max_digits=14, decimal_places=4)
    short = serializers.DecimalField(max_digits=14, decimal_places=4)
    first_due_on = serializers.DateField()
    buy_by = serializers.DateField(allow_null=True)
    cost = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    cost_fields = ("cost",)


class DueWorkSerializer(CostAwareSerializer):
    """One order to come; its cost is null where a price is unknown."""

    plan = serializers.IntegerField(source="plan.pk")
    number = serializers.CharField(source="plan.number")
    due_on = serializers.DateField()
    work = serializers.CharField(source="what")
    hours = serializers.DecimalField(max_digits=12, decimal_places=2)
    buy_by = serializers.DateField(allow_null=True)
    cost = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    cost_fields = ("cost",)


class OutlookSerializer(serializers.Serializer[Any]):
    """Months ahead."""

    start = serializers.DateField()
    until = serializers.DateField()
    currency = serializers.SerializerMethodField()
    months = OutlookMonthSerializer(many=True)
    crafts = serializers.SerializerMethodField()
    parts = PartOutlookSerializer(many=True)
    orders = DueWorkSerializer(many=True, source="work")

    def get_currency(self, found: Any) -> str:
        """What costs are in."""
        return str(settings.BASE_CURRENCY)

    @extend_schema_field(CraftHoursSerializer(many=True))
    def get_crafts(self, found: Any) -> list[dict[str, Any]]:
        """Hours of each craft."""
        rows = [{"craft": name, "hours": hours} for name, hours, _ in found.crafts]
        return list(CraftHoursSerializer(rows, many=True).data)
