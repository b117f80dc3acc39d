"""What open purchases mean for closing work orders: ignored, or blocking, as the plant decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.conf import settings
from django.db.models import Max, Sum

from cmms.choices import CostStage
from cmms.models import CostEntry
from core.errors import Conflict
from core.money import ZERO


def open_purchases(*, work_order_ids: Collection[int]) -> dict[int, Conflict]:
    """Why work orders with open commitments or uninvoiced receipts are not closed, by primary key; one statement.

    Policy: settings.OPEN_PURCHASES_AT_CLOSING, 'block' (default) or 'ignore'. Later costs land as late costs.
    """
    if settings.OPEN_PURCHASES_AT_CLOSING != "block":
        return {}
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
    return {
        pk: Conflict(
            f"Purchases are still open: {', '.join(sorted(documents))}.",
            code="open_purchases",
            remedy="Receive and invoice them, or have the buyer close the order, then close the work order.",
        )
        for pk, documents in waiting.items()
    }


def check_no_open_purchases(*, work_order_id: int) -> None:
    """Raise Conflict where the open purchases of a work order stop it from being closed."""
    for conflict in open_purchases(work_order_ids=[work_order_id]).values():
        raise conflict
