"""Runs over many invoices: chunks, progress, a worker that is killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.errors import NotAllowed
from procurement.choices import MatchRunStatus
from procurement.models import Hold, Invoice, MatchLink, MatchRun, MatchRunItem, PurchaseOrderLine
from procurement.services import match_runs
from procurement.services.match_runs import process_chunk, run_progress, start_match_run, unfinished_runs
from procurement.services.quantities import mismatches
from procurement.tasks import resume_match_runs, run_match
from tests.invoice_builders import TODAY, Office, bill, billed, matched, office
from tests.procurement_builders import NOW, Yard, bought, issued_order, order_lines, received, supplier, yard
from tests.worker import WorkerProcess


@pytest.fixture
def staff(db: None) -> Office:
    return office()


def bills(place: Yard, staff: Office, count: int, ordered: str = "") -> list[Invoice]:
    """So many bills of one piece each on one order line."""
    order = issued_order(place, bought(place, ordered or str(count)))
    received(place, order, ordered or str(count))
    line = order_lines(order)[0]
    return [
        bill(place, staff, billed(line, "1"), on=TODAY - timedelta(days=31 * number))
        for number in range(count)
    ]


def finish(run: MatchRun, size: int = 200) -> list[int]:
    done = []
    while processed := process_chunk(run_id=run.pk, at=NOW, size=size):
        done.append(processed)
    return done


def test_a_run_matches_all_that_waits_and_tells_how_far_it_is(place: Yard, staff: Office) -> None:
    bills(place, staff, 5, ordered="3")
    run = start_match_run(actor=staff.lead, at=NOW)
    assert (run.status, run.total, run_progress(run_id=run.pk).percent) == ("QUEUED", 5, 0)

    assert process_chunk(run_id=run.pk, at=NOW, size=2) == 2
    progress = run_progress(run_id=run.pk)
    assert (progress.status, progress.done, progress.percent) == ("RUNNING", 2, 40)

    assert finish(run, size=2) == [2, 1]
    progress = run_progress(run_id=run.pk)
    assert (progress.status, progress.done, progress.passed, progress.held, progress.failed) == (
        "FINISHED", 5, 3, 2, 0,
    )  # fmt: skip
    assert unfinished_runs() == []


def test_a_run_ends_as_matching_one_by_one(place: Yard, staff: Office) -> None:
    other = Yard(**{**vars(place), "supplier": supplier(name="Other")})
    in_run, alone = bills(place, staff, 6, ordered="4"), bills(other, staff, 6, ordered="4")
    run = start_match_run(actor=staff.lead, at=NOW, invoice_ids=[each.pk for each in in_run])
    finish(run, size=4)
    for each in alone:
        matched(staff, each)

    def states(of: list[Invoice]) -> list[str]:
        return list(
            Invoice.objects.filter(pk__in=[x.pk for x in of]).order_by("pk").values_list("status", flat=True)
        )

    assert states(in_run) == states(alone) == ["PAYABLE"] * 4 + ["HELD"] * 2


def test_a_run_over_nothing_is_finished_at_once(place: Yard, staff: Office) -> None:
    run = start_match_run(actor=staff.lead, at=NOW)
    assert run.status == MatchRunStatus.FINISHED
    assert run_progress(run_id=run.pk).percent == 100


def test_a_chunk_that_fails_half_way_leaves_nothing_behind(place: Yard, staff: Office) -> None:
    bills(place, staff, 3)
    run = start_match_run(actor=staff.lead, at=NOW)
    with pytest.raises(RuntimeError), transaction.atomic():
        process_chunk(run_id=run.pk, at=NOW)
        raise RuntimeError("power cut")
    assert run_progress(run_id=run.pk).done == 0
    assert not MatchLink.objects.exists()
    assert finish(run) == [3]
    assert mismatches() == []


def test_an_invoice_that_cannot_be_matched_does_not_stop_the_others(
    place: Yard, staff: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = bills(place, staff, 3)
    run = start_match_run(actor=staff.lead, at=NOW)
    real = match_runs.match_batch

    def poisoned(**arguments: object) -> object:
        if good[1].pk in arguments["invoice_ids"]:  # type: ignore[operator]
            raise ValueError("a figure that no one expected")
        return real(**arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(match_runs, "match_batch", poisoned)
    finish(run)
    items = MatchRunItem.objects.filter(run=run).order_by("invoice_id")
    assert [item.status for item in items] == ["DONE", "FAILED", "DONE"]
    assert items[1].message == "a figure that no one expected"


def test_starting_a_run_needs_the_right(place: Yard, staff: Office) -> None:
    with pytest.raises(NotAllowed):
        start_match_run(actor=staff.clerk, at=NOW)


def test_small_suppliers_are_matched_together_and_a_large_one_in_turns(place: Yard, staff: Office) -> None:
    small = Yard(**{**vars(place), "supplier": supplier(name="Small")})
    smaller = Yard(**{**vars(place), "supplier": supplier(name="Smaller")})
    for somewhere, many in ((place, 5), (small, 2), (smaller, 1)):
        bills(somewhere, staff, many)
    run = start_match_run(actor=staff.lead, at=NOW)
    assert finish(run, size=3) == [3, 2, 3]


def test_the_job_runs_to_the_end_and_a_second_one_finds_nothing(place: Yard, staff: Office) -> None:
    bills(place, staff, 3)
    run = start_match_run(actor=staff.lead, at=NOW)
    assert resume_match_runs() == 1
    assert run_progress(run_id=run.pk).status == "FINISHED"
    assert run_match(run.pk) == 0


def test_a_killed_worker_loses_and_doubles_nothing(celery_worker_process: WorkerProcess) -> None:
    """It dies after it wrote the results of its second chunk, and before they were stored."""
    place, staff = yard(), office()
    places = [place, *(Yard(**{**vars(place), "supplier": supplier(name=f"Other {n}")}) for n in range(2))]
    made = [each for somewhere in places for each in bills(somewhere, staff, 12)]
    run = start_match_run(actor=staff.lead, at=NOW)
    second = MatchRunItem.objects.filter(run=run, partition=places[2].supplier.pk)

    with transaction.atomic():
        list(second.select_for_update())
        # Its own connection, so that the job is sent while we keep the second chunk from being stored.
        run_match.delay(run.pk)
        wait_for(lambda: run_progress(run_id=run.pk).done == 24 and writes_wait())
        celery_worker_process.kill()
    progress = run_progress(run_id=run.pk)
    assert (progress.status, progress.done) == ("RUNNING", 24)
    assert MatchLink.objects.count() == 24

    celery_worker_process.restart()
    wait_for(lambda: run_progress(run_id=run.pk).status == "FINISHED")
    items = MatchRunItem.objects.filter(run=run)
    assert Counter(items.values_list("status", "outcome")) == {("DONE", "PAYABLE"): len(made)}
    assert MatchLink.objects.count() == len(made)
    assert Invoice.history.filter(status="PAYABLE").count() == len(made), "each was posted once"
    assert not Hold.objects.exists()
    assert set(PurchaseOrderLine.objects.values_list("quantity_billed", flat=True)) == {12}
    assert mismatches() == []


def writes_wait() -> bool:
    """Whether a connection waits for a lock that another holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_for(come: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
