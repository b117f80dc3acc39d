"""Invoice lines per second through the real match job, postings to the ledgers included."""

from __future__ import annotations

from benchmarks.set_based import match_and_post
from benchmarks.setting import invoiced_load, seconds
from linkage.services.reconciliation import reconcile
from procurement.models import Invoice
from procurement.services.match_runs import start_match_run
from procurement.tasks import run_match
from tests.plant import Plant


def pairs(plant: Plant, lines: int, repeat: int) -> list[tuple[float, float]]:
    """Seconds of (our job, set-based SQL) over two identical loads, `repeat` times; both end in the same figures."""
    measured = []
    for _ in range(repeat):
        ours, reference = invoiced_load(plant, lines), invoiced_load(plant, lines)
        our_run = start_match_run(invoice_ids=ours.invoices, actor=plant["finance"], at=plant.later())
        their_run = start_match_run(invoice_ids=reference.invoices, actor=plant["finance"], at=plant.later())
        measured.append(
            (
                seconds(lambda run=our_run: run_match(run.pk)),  # type: ignore[misc]
                seconds(lambda run=their_run, load=reference: match_and_post(run, load.invoices)),  # type: ignore[misc]
            )
        )
        matched = Invoice.objects.filter(pk__in=[*ours.invoices, *reference.invoices])
        assert not matched.exclude(status="PAYABLE").exists()
    report = reconcile(actor=plant["admin"], at=plant.later(), dry_run=True)
    assert report.is_clean, "the reference must end in the same ledgers"
    return measured
