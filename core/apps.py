"""Wiring of the shared master data and plumbing."""

from django.apps import AppConfig

from core.searching import register_text


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Shared master data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say which texts are indexed, as made by the migrations."""
        register_text("core.Item", "code", "name", "manufacturer_part_number")
