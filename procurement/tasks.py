"""Jobs of the spend half: each only calls services until there is nothing left."""

from __future__ import annotations

from functools import partial

from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from procurement.services.match_runs import process_chunk, unfinished_runs

MINUTE = 60


@shared_task(
    name="procurement.run_match",
    acks_late=True,
    ignore_result=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=5,
)
def run_match(run_id: int) -> int:
    """Match chunk after chunk until none is left; returns how many invoices this worker did.

    Safe to run twice at once and to kill at any moment: a chunk is stored whole or not at all.
    """
    done = 0
    while processed := process_chunk(run_id=run_id, at=timezone.now()):
        done += processed
    return done


@shared_task(name="procurement.resume_match_runs", ignore_result=True)
def resume_match_runs() -> int:
    """Hand unfinished runs to a worker again: at the worker's start and once a minute."""
    runs = unfinished_runs()
    for run_id in runs:
        run_match.apply_async((run_id,), expires=MINUTE)
    return len(runs)


def dispatch_match_run(run_id: int) -> None:
    """Hand a run to a worker as soon as the transaction that made it is stored."""
    transaction.on_commit(partial(run_match.delay, run_id))
