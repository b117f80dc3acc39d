"""What is to be measured or looked at in a step, and what was found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import PointKind
from core.history import history_records
from core.models import Fact


def limits_in_order(name: str) -> models.CheckConstraint:
    """A lower limit is not above the upper one; only measured values have limits."""
    return models.CheckConstraint(
        condition=(Q(kind=PointKind.CHECK, lower_limit__isnull=True, upper_limit__isnull=True))
        | (
            Q(kind=PointKind.MEASURE)
            & (
                Q(lower_limit__isnull=True)
                | Q(upper_limit__isnull=True)
                | Q(lower_limit__lte=F("upper_limit"))
            )
        ),
        name=name,
        violation_error_message="The lower limit is not above the upper one, and only measured values have limits.",
    )


class Point(models.Model):
    """What both a template's point and a step's point say. Limits are in `unit` and belong to what is allowed."""

    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=PointKind.choices, default=PointKind.MEASURE)
    unit = models.CharField(max_length=20, blank=True, help_text="mm, bar, °C")
    lower_limit = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    upper_limit = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    is_mandatory = models.BooleanField(default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class InspectionTemplate(models.Model):
    """A list of points that is used again and again."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    history = history_records()

    def __str__(self) -> str:
        return self.name


class InspectionTemplatePoint(Point):
    """One point of a template."""

    template = models.ForeignKey(InspectionTemplate, on_delete=models.CASCADE, related_name="points")
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "position"],
                name="inspectiontemplatepoint_unique_position",
                violation_error_message="The template already has a point at that position.",
            ),
            limits_in_order("inspectiontemplatepoint_limits_in_order"),
        ]


class InspectionPoint(Point):
    """One point of a step; copied from a template it stays as it was copied."""

    operation = models.ForeignKey(
        "cmms.Operation", on_delete=models.PROTECT, related_name="inspection_points"
    )
    is_dropped = models.BooleanField(default=False, help_text="No longer asked for; its readings are kept")
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "position"],
                condition=Q(is_dropped=False),
                name="inspectionpoint_unique_position",
                violation_error_message="The step already has a point at that position.",
            ),
            limits_in_order("inspectionpoint_limits_in_order"),
        ]


class Reading(Fact):
    """What was found at a point, with the limits of that moment. A later reading of the point replaces it."""

    point = models.ForeignKey(InspectionPoint, on_delete=models.PROTECT, related_name="readings")
    value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    is_in_order = models.BooleanField(null=True, blank=True, help_text="The answer of a check")
    lower_limit = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    upper_limit = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    is_in_limits = models.BooleanField()
    note = models.CharField(max_length=200, blank=True)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, is_in_order__isnull=True)
                | Q(value__isnull=True, is_in_order__isnull=False),
                name="reading_value_or_answer",
                violation_error_message="A reading is a value, or the answer of a check.",
            )
        ]
        indexes = [models.Index(fields=["point", "-id"])]

    def __str__(self) -> str:
        if self.value is None:
            return "in order" if self.is_in_order else "not in order"
        return f"{self.value.normalize():f}"
