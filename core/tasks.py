"""Jobs of the core: each only calls services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from core.services.outbox import deliver_message, due_messages


@shared_task(name="core.deliver_outbox", acks_late=True, ignore_result=True)
def deliver_outbox() -> int:
    """Send all that is due; returns how many this worker sent. Safe to run twice, at once and late."""
    return sum(deliver_message(message_id=pk, at=timezone.now()) for pk in due_messages(at=timezone.now()))
