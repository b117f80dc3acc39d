"""Jobs of the work half: each only calls services."""

from __future__ import annotations

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from cmms.services.downtime import check_open_stops
from cmms.services.plans.generating import generate_due


@shared_task(
    name="cmms.generate_due_orders",
    ignore_result=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=5,
)
def generate_due_orders() -> int:
    """Make the work orders of maintenance plans whose time has come; returns how many. Safe to run twice or late."""
    return len(generate_due(at=timezone.now()).orders)


@shared_task(name="cmms.check_open_stops", ignore_result=True)
def find_long_stops() -> int:
    """Stops that outlast their rule become work, once a minute. Safe to run twice, at once or late."""
    return check_open_stops(at=timezone.now())
