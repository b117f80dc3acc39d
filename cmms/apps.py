"""Wiring of the work half."""

from django.apps import AppConfig


class CmmsConfig(AppConfig):
    name = "cmms"
    verbose_name = "Maintenance"
    default_auto_field = "django.db.models.BigAutoField"
