"""Match any number of invoices in chunks: each chunk is one transaction, so a run can die anywhere and go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Count, Q

from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.history import bulk_create_with_history, update_with_history
from core.models import User
from core.numbering import next_number
from procurement.choices import InvoiceStatus, MatchRunStatus, RunItemStatus
from procurement.models import Invoice, MatchRun, MatchRunItem
from procurement.services.matching import MatchOutcome, match_batch

NUMBER_KIND = "RUN"
CHUNK = 200
# Partitions smaller than this are matched together.
TOGETHER = 30
# First half of the advisory lock's key; the second is the partition.
LOCK_SPACE = 7365


@dataclass(frozen=True)
class RunProgress:
    """How far a run is; `passed` are ready to pay, `held` wait for something."""

    status: str
    total: int
    done: int
    passed: int
    held: int
    failed: int

    @property
    def percent(self) -> int:
        """Whole percents done, 100 only when all are."""
        return self.done * 100 // self.total if self.total else 100


@command
def start_match_run(*, actor: User, at: datetime, invoice_ids: Iterable[int] | None = None) -> MatchRun:
    """Queue a run over these invoices, or over all that a match may change. The caller hands it to a worker.

    All invoices of a supplier are one partition: one worker at a time, in the order of their keys.
    """
    require(actor, "procurement.match_invoice")
    wanted = Invoice.objects.to_match()
    if invoice_ids is not None:
        wanted = Invoice.objects.filter(pk__in=list(invoice_ids)).exclude(status=InvoiceStatus.REJECTED)
    rows = list(wanted.order_by("pk").values_list("pk", "supplier_id"))
    run = MatchRun(
        number=next_number(NUMBER_KIND), created_at=at, created_by=actor, requested_by=actor, total=len(rows)
    )
    if not rows:
        run.status, run.started_at, run.finished_at = MatchRunStatus.FINISHED, at, at
    bulk_create_with_history([run])
    MatchRunItem.objects.bulk_create(
        [MatchRunItem(run=run, invoice_id=key, partition=supplier_id) for key, supplier_id in rows],
        batch_size=5000,
    )
    return run


@command
def process_chunk(*, run_id: int, at: datetime, size: int = CHUNK) -> int:
    """Match the next chunk of partitions that no other worker has; returns how many invoices it did.

    0 means: nothing left for this worker. Results and their marks are stored together or not at all. An invoice
    that cannot be matched is marked failed with the reason and does not stop the others.
    """
    run = next(iter(MatchRun.objects.select_related("requested_by").filter(pk=run_id)), None)
    if run is None:
        raise NotFound("There is no such match run.")
    if run.status == MatchRunStatus.FINISHED:
        return 0
    items = _claim(run_id, size)
    if not items:
        _finish(run_id, at)
        return 0
    if run.status == MatchRunStatus.QUEUED:
        _move(run_id, MatchRunStatus.RUNNING, at)
    _match(items, run.requested_by, at)
    MatchRunItem.objects.bulk_update(items, ["status", "outcome", "message"])
    return len(items)


def unfinished_runs() -> list[int]:
    """Runs that a worker should take up (again)."""
    unfinished = MatchRun.objects.exclude(status=MatchRunStatus.FINISHED)
    return list(unfinished.order_by("pk").values_list("pk", flat=True))


def run_progress(*, run_id: int) -> RunProgress:
    """Counts of a run, from its items. Raises NotFound."""
    run = next(iter(MatchRun.objects.filter(pk=run_id)), None)
    if run is None:
        raise NotFound("There is no such match run.")
    done = Q(status=RunItemStatus.DONE)
    counts = MatchRunItem.objects.filter(run_id=run_id).aggregate(
        done=Count("pk", filter=~Q(status=RunItemStatus.PENDING)),
        passed=Count("pk", filter=done & Q(outcome=InvoiceStatus.PAYABLE)),
        held=Count("pk", filter=done & Q(outcome__in=[InvoiceStatus.HELD, InvoiceStatus.POSTED])),
        failed=Count("pk", filter=Q(status=RunItemStatus.FAILED)),
    )
    return RunProgress(status=run.status, total=run.total, **counts)


def _claim(run_id: int, size: int) -> list[MatchRunItem]:
    """The next items of the partitions that this transaction could lock; read only after the locks are held.

    Small partitions are taken together; one larger than `size` is taken in turns.
    """
    pending = MatchRunItem.objects.filter(run_id=run_id, status=RunItemStatus.PENDING)
    sizes = dict(pending.values_list("partition").annotate(Count("pk")).order_by("partition"))
    while sizes:
        together = _together(sizes, min(size, TOGETHER))
        for partition in together:
            del sizes[partition]
        held = _locked(together)
        items = list(pending.filter(partition__in=held).order_by("invoice_id")[:size]) if held else []
        if items:
            return items
    return []


def _together(sizes: Mapping[int, int], room: int) -> list[int]:
    """The first partitions that make no more than `room` items; at least one."""
    chosen: list[int] = []
    for partition, count in sizes.items():
        if chosen and count > room:
            break
        chosen.append(partition)
        room -= count
    return chosen


def _locked(partitions: Sequence[int]) -> list[int]:
    """Those of the partitions that no other worker has; they are ours until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partition FROM unnest(%s::bigint[]) AS wanted (partition)"
            " WHERE pg_try_advisory_xact_lock(%s, (partition %% %s)::int)",
            [list(partitions), LOCK_SPACE, 2**31],
        )
        return [row[0] for row in cursor.fetchall()]


def _match(items: Sequence[MatchRunItem], actor: User, at: datetime) -> None:
    """All at once; if that fails, one by one, to find the one that fails."""
    try:
        with transaction.atomic():
            outcomes = match_batch(invoice_ids=[item.invoice_id for item in items], actor=actor, at=at)
    except OperationalError:
        raise  # the connection or a lock: the whole chunk is tried again
    except (RuleViolation, DatabaseError, ArithmeticError, LookupError, ValueError) as error:
        if len(items) > 1:
            for item in items:
                _match([item], actor, at)
        else:
            items[0].status, items[0].message = RunItemStatus.FAILED, str(error)[:300]
        return
    _mark(items, outcomes)


def _mark(items: Sequence[MatchRunItem], outcomes: Sequence[MatchOutcome]) -> None:
    status = {outcome.invoice_id: outcome.status for outcome in outcomes}
    for item in items:
        item.status = RunItemStatus.DONE
        item.outcome = status.get(item.invoice_id, InvoiceStatus.REJECTED)


def _move(run_id: int, status: MatchRunStatus, at: datetime) -> None:
    run = MatchRun.objects.select_for_update().get(pk=run_id)
    if run.status == MatchRunStatus.FINISHED or run.status == status:
        return
    run.status = status
    run.started_at = run.started_at or at
    if status == MatchRunStatus.FINISHED:
        run.finished_at = at
    update_with_history(run, "status", "started_at", "finished_at")


def _finish(run_id: int, at: datetime) -> None:
    """Finished when no item waits; one that another worker has not committed yet still counts as waiting."""
    if not MatchRunItem.objects.filter(run_id=run_id, status=RunItemStatus.PENDING).exists():
        _move(run_id, MatchRunStatus.FINISHED, at)
