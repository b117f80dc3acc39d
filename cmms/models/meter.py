"""What counts on an asset (hours, cycles, kilometres) and what was read off it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import ReadingKind
from core.history import history_records
from core.models import Fact


class Meter(models.Model):
    """A counter on an asset. Its total goes on over rollovers and replacements; plans count by the total."""

    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="meters")
    name = models.CharField(max_length=80, help_text="e.g. Running hours")
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, related_name="+")
    rollover_at = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Where the dial starts again at zero",
    )
    window_days = models.PositiveSmallIntegerField(
        default=90, help_text="Average daily use is taken over the readings of this many days"
    )
    expected_daily_use = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Used until there are readings enough",
    )
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "name"],
                name="meter_unique_name",
                violation_error_message="This asset already has a meter of that name.",
            ),
            models.CheckConstraint(
                condition=Q(rollover_at__isnull=True) | Q(rollover_at__gt=0),
                name="meter_rollover_positive",
                violation_error_message="A dial starts again at a value above zero.",
            ),
            models.CheckConstraint(
                condition=Q(expected_daily_use__isnull=True) | Q(expected_daily_use__gte=0),
                name="meter_use_not_negative",
                violation_error_message="The expected use cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(window_days__gt=0),
                name="meter_window_positive",
                violation_error_message="The window has at least one day.",
            ),
        ]
        permissions = [("enter_reading", "Can enter meter readings")]

    def __str__(self) -> str:
        return f"{self.asset.code} {self.name}"


class MeterReading(Fact):
    """What a meter showed. `total`: what was counted in all, over rollovers and replacements."""

    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="readings")
    kind = models.CharField(max_length=10, choices=ReadingKind.choices, default=ReadingKind.NORMAL)
    value = models.DecimalField(max_digits=14, decimal_places=4)
    old_value = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="Last value of the meter taken off"
    )
    total = models.DecimalField(max_digits=16, decimal_places=4)
    reason = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField()
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "read_at"],
                name="meterreading_one_a_moment",
                violation_error_message="There already is a reading of that moment.",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="meterreading_not_negative",
                violation_error_message="A reading cannot be negative.",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["CORRECTION", "REPLACED"]) | ~Q(reason=""),
                name="meterreading_exception_has_reason",
                violation_error_message="Say why the reading is not higher than the one before.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} at {self.read_at:%Y-%m-%d %H:%M}"
