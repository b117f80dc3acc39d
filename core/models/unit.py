"""Units of measure with exact factors."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.choices import Dimension


class Unit(models.Model):
    """A unit; its size in the dimension's base unit is factor_numerator / factor_denominator, exactly."""

    code = models.CharField(
        max_length=10, unique=True, help_text="e.g. PCE, MTR, KGM, LTR, HUR (UN/ECE Rec 20 where one fits)"
    )
    name = models.CharField(max_length=60)
    dimension = models.CharField(max_length=10, choices=Dimension.choices, default=Dimension.COUNT)
    factor_numerator = models.PositiveBigIntegerField(default=1)
    factor_denominator = models.PositiveBigIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(factor_numerator__gt=0) & Q(factor_denominator__gt=0),
                name="unit_factor_positive",
                violation_error_message="A unit's factor must be greater than zero.",
            )
        ]

    def __str__(self) -> str:
        return self.code
