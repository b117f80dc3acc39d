"""The Celery app. Tasks live in each app's tasks module and are found by name."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tenon")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@worker_ready.connect
def take_up_what_was_left(**_: Any) -> None:
    """A worker that starts looks first for work that an earlier one did not finish."""
    app.send_task("procurement.resume_match_runs")
