"""Recurring work: what is done how often on which asset, and the cycles that came of it."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from cmms.choices import (
    PLAN_TRANSITIONS,
    PLAN_TYPES,
    CycleRole,
    CycleStatus,
    DayRule,
    IntervalUnit,
    OutOfSeason,
    PileUp,
    PlanStatus,
    PlanTrigger,
    Priority,
    ResetPolicy,
    WorkOrderType,
)
from cmms.querysets import MaintenancePlanQuerySet, PlanCycleQuerySet
from core.history import history_records
from core.models import Document, Fact
from core.states import Stateful

if TYPE_CHECKING:
    from cmms.models.work_order import WorkOrder


def percent(default: int, words: str) -> models.PositiveSmallIntegerField[int, int]:
    """A share from 0 to 100."""
    return models.PositiveSmallIntegerField(
        default=default, validators=[MaxValueValidator(100)], help_text=words
    )


class MaintenancePlan(Stateful, Document):
    """Recurring work on one asset or location, perhaps on a round of several assets.

    Days are local days of the site. Orders are made in the name of `planner`.
    """

    TRANSITIONS = PLAN_TRANSITIONS

    title = models.CharField(max_length=160)
    status = models.CharField(max_length=9, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance_plans"
    )
    location = models.ForeignKey(
        "cmms.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance_plans"
    )
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=14, choices=PLAN_TYPES, default=WorkOrderType.PREVENTIVE)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    planner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    program = models.ForeignKey(
        "core.Program", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    trigger = models.CharField(max_length=8, choices=PlanTrigger.choices, default=PlanTrigger.CALENDAR)
    meter = models.ForeignKey(
        "cmms.Meter", null=True, blank=True, on_delete=models.PROTECT, related_name="maintenance_plans"
    )
    start_on = models.DateField(help_text="Intervals count from here: the first is due one interval later")
    ends_on = models.DateField(null=True, blank=True)
    start_reading = models.DecimalField(max_digits=16, decimal_places=4, default=0)
    due_time = models.TimeField(default=time(16, 0), help_text="In the site's own time")
    shift_late_percent = percent(0, "0: fixed dates. 100: counts from the completion")
    shift_early_percent = percent(0, "The same for work done early")
    tolerance_percent = percent(0, "Of the shortest interval: so much too late or early moves nothing")
    meter_shift_percent = percent(100, "100: counts from the reading at completion. 0: fixed readings")
    resets = models.CharField(max_length=4, choices=ResetPolicy.choices, default=ResetPolicy.BOTH)
    merge_days = models.PositiveSmallIntegerField(
        default=0, help_text="Packages due within so many days are done together"
    )
    adds_covered_steps = models.BooleanField(
        default=True, help_text="The order of a higher package also holds the steps of those it covers"
    )
    lead_days = models.PositiveSmallIntegerField(
        default=7, help_text="Orders are made so long before they are due"
    )
    early_days = models.PositiveSmallIntegerField(default=0, help_text="May be done so long before")
    late_days = models.PositiveSmallIntegerField(
        default=0, help_text="Must be done so long after, at the latest"
    )
    offset_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Behind its dates; empty: spread by the site"
    )
    day_rule = models.CharField(max_length=8, choices=DayRule.choices, default=DayRule.AS_IS)
    season_start = models.CharField(
        max_length=5, blank=True, help_text="Month-day, e.g. 04-01; empty: all year"
    )
    season_end = models.CharField(max_length=5, blank=True, help_text="Month-day, e.g. 10-31")
    out_of_season = models.CharField(max_length=4, choices=OutOfSeason.choices, default=OutOfSeason.SKIP)
    pile_up = models.CharField(max_length=5, choices=PileUp.choices, default=PileUp.MERGE)
    part_lead_days = models.PositiveSmallIntegerField(
        default=14, help_text="Delivery time of parts that name none"
    )
    buffer_days = models.PositiveSmallIntegerField(
        default=3, help_text="Parts are here so long before the due day"
    )
    releases_orders = models.BooleanField(
        default=False, help_text="Orders are approved and released as they are made"
    )
    suspended_reason = models.CharField(max_length=200, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = MaintenancePlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False) | Q(location__isnull=False),
                name="maintenanceplan_somewhere",
                violation_error_message="A plan is for an asset or a location.",
            ),
            models.CheckConstraint(
                condition=Q(trigger="CALENDAR") | Q(meter__isnull=False),
                name="maintenanceplan_meter_named",
                violation_error_message="Choose the meter that the work counts by.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("start_on")),
                name="maintenanceplan_ends_after_start",
                violation_error_message="The plan must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(shift_late_percent__lte=100)
                & Q(shift_early_percent__lte=100)
                & Q(tolerance_percent__lte=100)
                & Q(meter_shift_percent__lte=100),
                name="maintenanceplan_percents",
                violation_error_message="A share lies between 0 and 100 percent.",
            ),
            models.CheckConstraint(
                condition=(Q(season_start="") & Q(season_end="")) | (~Q(season_start="") & ~Q(season_end="")),
                name="maintenanceplan_season_whole",
                violation_error_message="A season has a first and a last day.",
            ),
        ]
        indexes = [models.Index(fields=["status", "site"]), models.Index(fields=["asset", "status"])]
        permissions = [
            ("manage_plans", "Can write, activate and suspend maintenance plans"),
            ("run_plans", "Can run the scheduler of maintenance plans"),
        ]


class PlanPackage(models.Model):
    """One interval of a plan and the work it asks for. Of those due together the highest `hierarchy` runs."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.PROTECT, related_name="packages")
    job_plan = models.ForeignKey("cmms.JobPlan", on_delete=models.PROTECT, related_name="packages")
    hierarchy = models.PositiveSmallIntegerField(default=1)
    every_count = models.PositiveSmallIntegerField(null=True, blank=True)
    every_unit = models.CharField(max_length=5, choices=IntervalUnit.choices, default=IntervalUnit.MONTH)
    meter_every = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every_count__isnull=False) | Q(meter_every__isnull=False),
                name="planpackage_interval",
                violation_error_message="Say after how long, or after how much use, it is due.",
            ),
            models.CheckConstraint(
                condition=(Q(every_count__isnull=True) | Q(every_count__gt=0))
                & (Q(meter_every__isnull=True) | Q(meter_every__gt=0)),
                name="planpackage_interval_positive",
                violation_error_message="An interval is longer than zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_plan_id} {self.interval_words}"

    @property
    def interval_words(self) -> str:
        """'every 3 months or 500 (meter)'."""
        ways = []
        if self.every_count:
            unit = IntervalUnit(self.every_unit).label
            ways.append(unit.removesuffix("s") if self.every_count == 1 else f"{self.every_count} {unit}")
        if self.meter_every:
            ways.append(f"{self.meter_every.normalize():f} on the meter")
        return f"every {' or '.join(ways)}"


class PlanStop(models.Model):
    """An asset on the round of a plan: each step is done at each stop."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.CASCADE, related_name="stops")
    sequence = models.PositiveSmallIntegerField()
    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="+")
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "asset"],
                name="planstop_unique_asset",
                violation_error_message="This asset is already on the round.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.asset_id}"


class PlanClock(models.Model):
    """What the engine worked out last about a plan: computed again at every run, so it has no history."""

    plan = models.OneToOneField(MaintenancePlan, on_delete=models.CASCADE, related_name="clock")
    next_due_on = models.DateField(null=True, blank=True)
    generate_on = models.DateField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["generate_on"]), models.Index(fields=["next_due_on"])]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.next_due_on}"


class PackageClock(models.Model):
    """How far a package has been called; follows from the cycles, which are its history."""

    package = models.OneToOneField(PlanPackage, on_delete=models.CASCADE, related_name="clock")
    anchor_on = models.DateField()
    number = models.PositiveIntegerField(default=0)
    base_reading = models.DecimalField(max_digits=16, decimal_places=4, default=0)

    def __str__(self) -> str:
        return f"{self.package_id}: {self.number} after {self.anchor_on}"


class PlanCycle(models.Model):
    """One cycle of a plan. When it was made, may start, is due and must end are kept apart."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.PROTECT, related_name="cycles")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=7, choices=CycleStatus.choices, default=CycleStatus.OPEN)
    trigger = models.CharField(max_length=8, choices=PlanTrigger.choices)
    hierarchy = models.PositiveSmallIntegerField(default=1)
    generated_at = models.DateTimeField()
    earliest_start_on = models.DateField()
    due_on = models.DateField()
    due_at = models.DateTimeField()
    latest_end_on = models.DateField()
    due_reading = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    work_order = models.OneToOneField(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="plan_cycle"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="missed"
    )
    completed_on = models.DateField(null=True, blank=True)
    done_reading = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    history = history_records()

    objects = PlanCycleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"],
                name="plancycle_unique_number",
                violation_error_message="This cycle was already made.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["SKIPPED"])
                | (Q(status__in=["OPEN", "DONE"]) & Q(work_order__isnull=False))
                | (Q(status="MERGED") & Q(merged_into__isnull=False) & Q(work_order__isnull=True)),
                name="plancycle_has_its_order",
            ),
            models.CheckConstraint(
                condition=Q(status="DONE", completed_on__isnull=False)
                | (~Q(status="DONE") & Q(completed_on__isnull=True)),
                name="plancycle_done_has_day",
            ),
            models.CheckConstraint(
                condition=~Q(status="SKIPPED") | ~Q(reason=""),
                name="plancycle_skipped_has_reason",
                violation_error_message="Say why the cycle is skipped.",
            ),
        ]
        indexes = [models.Index(fields=["plan", "status"]), models.Index(fields=["due_on"])]

    def __str__(self) -> str:
        return f"{self.plan_id} cycle {self.number}"

    @property
    def order(self) -> WorkOrder | None:
        """The work order that does it: its own, or the one it was merged into."""
        return self.merged_into.work_order if self.merged_into else self.work_order


class CyclePackage(Fact):
    """A package within a cycle: ordered, or covered by a higher one, from which revision, and its counters before."""

    cycle = models.ForeignKey(PlanCycle, on_delete=models.PROTECT, related_name="packages")
    package = models.ForeignKey(PlanPackage, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=7, choices=CycleRole.choices)
    trigger = models.CharField(max_length=8, choices=PlanTrigger.choices)
    revision = models.ForeignKey(
        "cmms.JobPlanRevision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_on = models.DateField()
    number = models.PositiveIntegerField(default=0)
    due_reading = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    anchor_before = models.DateField()
    number_before = models.PositiveIntegerField()
    base_before = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "package"], name="cyclepackage_unique")]

    def __str__(self) -> str:
        return f"{self.package_id} in {self.cycle_id}"
