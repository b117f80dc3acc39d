"""What open purchases mean for closing work orders: ignored, warned of, or blocking, as the plant decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Max, Sum

from cmms.choices import CostStage
from cmms.models import CostEntry
from core.errors import Conflict
from core.money import ZERO


@dataclass(frozen=True)
class OpenPurchases:
    """Work orders that stay open, and why; and of those that somebody closes knowingly, what stays open. By key."""

    refusals: dict[int, Conflict] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)


def open_purchases(*, work_order_ids: Collection[int], is_confirmed: bool = False) -> OpenPurchases:
    """What open commitments and uninvoiced receipts mean for closing these work orders; one statement.

    Policy: settings.OPEN_PURCHASES_AT_CLOSING. 'block' (default) refuses; 'warn' refuses until it is confirmed and
    then says what to record; 'ignore' lets it pass. Later costs land as late costs.
    """
    policy = settings.OPEN_PURCHASES_AT_CLOSING
    if policy == "ignore":
        return OpenPurchases()
    named = {
        pk: f"Purchases are still open: {', '.join(sorted(documents))}."
        for pk, documents in _waiting(work_order_ids).items()
    }
    if policy == "warn":
        if is_confirmed:
            return OpenPurchases(notes=named)
        return OpenPurchases({pk: _unconfirmed(words) for pk, words in named.items()})
    return OpenPurchases({pk: _blocked(words) for pk, words in named.items()})


def _waiting(work_order_ids: Collection[int]) -> dict[int, set[str]]:
    """Documents behind what is committed or accrued, by work order."""
    # Per source, not per document: an entry that takes back what nothing demands any more names no document.
    rows = (
        CostEntry.objects.filter(
            work_order_id__in=work_order_ids, stage__in=[CostStage.COMMITTED, CostStage.ACCRUED]
        )
        .values("work_order_id", "source_key")
        .annotate(open=Sum("amount"), document=Max("document_number"))
        .exclude(open=ZERO)
        .order_by()
    )
    waiting: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        waiting[row["work_order_id"]].add(row["document"])
    return waiting


def _blocked(words: str) -> Conflict:
    return Conflict(
        words,
        code="open_purchases",
        remedy="Receive and invoice them, or have the buyer close the order, then close the work order.",
    )


def _unconfirmed(words: str) -> Conflict:
    return Conflict(
        words,
        code="open_purchases_unconfirmed",
        field="confirm_open_purchases",
        remedy="Confirm that it is closed all the same; what comes later is then late cost.",
    )
