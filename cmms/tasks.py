"""Jobs of the work half: each only calls services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cmms.services.downtime import check_open_stops


@shared_task(name="cmms.check_open_stops", ignore_result=True)
def find_long_stops() -> int:
    """Stops that outlast their rule become work, once a minute. Safe to run twice, at once or late."""
    return check_open_stops(at=timezone.now())
