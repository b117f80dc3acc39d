"""Gap-free document numbers."""

from __future__ import annotations

from django.db import models


class NumberSequence(models.Model):
    """The last number given out for one kind of document; its row lock makes numbers gap-free."""

    kind = models.CharField(max_length=20, primary_key=True)
    last_value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} {self.last_value}"
