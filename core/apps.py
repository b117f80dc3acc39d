"""Wiring of the shared master data and plumbing."""

from django.apps import AppConfig

from core.searching import register_text


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Shared master data"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The texts that are indexed; what is due to go out is sent as soon as its cause is stored."""
        register_text("core.Item", "code", "name", "manufacturer_part_number")
        # Models exist only now, so neither can be imported above.
        from core.services.outbox import register_waker  # noqa: PLC0415
        from core.tasks import deliver_outbox  # noqa: PLC0415

        register_waker(wake=deliver_outbox.delay)
