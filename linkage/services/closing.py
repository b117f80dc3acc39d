"""What open purchases mean for closing a work order: ignored, warned of, or blocking, as the plant decides."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Max, Sum

from cmms.choices import CostStage
from cmms.models import CostEntry
from core.errors import Conflict
from core.money import ZERO


def check_no_open_purchases(*, work_order_id: int, is_confirmed: bool = False) -> str:
    """Refuse to close a work order with open commitments or uninvoiced receipts, as the policy says.

    Policy: settings.OPEN_PURCHASES_AT_CLOSING. 'block' (default) refuses; 'warn' refuses until it is confirmed, and
    then returns the words to record; 'ignore' lets it pass. Later costs land as late costs.
    """
    policy = settings.OPEN_PURCHASES_AT_CLOSING
    if policy not in {"block", "warn"}:
        return ""
    # Per source, not per document: an entry that takes back what nothing demands any more names no document.
    rows = (
        CostEntry.objects.filter(
            work_order_id=work_order_id, stage__in=[CostStage.COMMITTED, CostStage.ACCRUED]
        )
        .values("source_key")
        .annotate(open=Sum("amount"), document=Max("document_number"))
        .exclude(open=ZERO)
        .order_by()
    )
    waiting = sorted({row["document"] for row in rows})
    if not waiting:
        return ""
    named = f"Purchases are still open: {', '.join(waiting)}."
    if policy == "block":
        raise Conflict(
            named,
            code="open_purchases",
            remedy="Receive and invoice them, or have the buyer close the order, then close the work order.",
        )
    if not is_confirmed:
        raise Conflict(
            named,
            code="open_purchases_unconfirmed",
            field="confirm_open_purchases",
            remedy="Confirm that it is closed all the same; what comes later is then late cost.",
        )
    return named
