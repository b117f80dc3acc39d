"""Rates into the base currency."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ExchangeRate(models.Model):
    """Base-currency units per one unit of `currency`, from the day `valid_on` until the next row."""

    currency = models.CharField(max_length=3)
    valid_on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_on"], name="exchangerate_unique_day"),
            models.CheckConstraint(
                condition=Q(rate__gt=0),
                name="exchangerate_positive",
                violation_error_message="A rate must be positive.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_on} {self.rate}"
