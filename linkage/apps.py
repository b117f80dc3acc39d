"""Wiring of the bridge: the only place that connects events of the two halves."""

from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "linkage"
    verbose_name = "Links"
    default_auto_field = "django.db.models.BigAutoField"
