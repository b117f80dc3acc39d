"""Wiring of the spend half."""

from django.apps import AppConfig


class ProcurementConfig(AppConfig):
    name = "procurement"
    verbose_name = "Purchasing"
    default_auto_field = "django.db.models.BigAutoField"
