"""Wiring of the bridge: the only place that connects events of the two halves."""

from importlib import import_module

from django.apps import AppConfig


class LinkageConfig(AppConfig):
    """The bridge."""

    name = "linkage"
    verbose_name = "Links"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers once every model is loaded."""
        import_module("linkage.receivers")
