"""Where money and work belong: sites, cost centres, programs."""

from __future__ import annotations

from django.db import models

from core.history import history_records


class Site(models.Model):
    """A plant or yard; its time zone decides what 'today' is there."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, default="UTC", help_text="IANA name, e.g. Europe/Berlin")
    address = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    history = history_records()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class CostCentre(models.Model):
    """Who pays when no work order does."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="cost_centres")
    is_active = models.BooleanField(default=True)
    history = history_records()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Program(models.Model):
    """A shutdown, project or campaign that work orders are collected under."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    history = history_records()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
