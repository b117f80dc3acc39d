"""Wiring of the shared master data and plumbing."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Shared master data"
    default_auto_field = "django.db.models.BigAutoField"
