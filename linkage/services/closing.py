"""What open purchases mean for closing a work order: ignored, or blocking, as the plant decides."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Sum

from cmms.choices import CostStage
from cmms.models import CostEntry
from core.errors import Conflict
from core.money import ZERO


def check_no_open_purchases(*, work_order_id: int) -> None:
    """Refuse to close a work order with open commitments or uninvoiced receipts, where the policy blocks it.

    Policy: settings.OPEN_PURCHASES_AT_CLOSING, 'block' (default) or 'ignore'. Later costs land as late costs.
    """
    if settings.OPEN_PURCHASES_AT_CLOSING != "block":
        return
    rows = (
        CostEntry.objects.filter(
            work_order_id=work_order_id, stage__in=[CostStage.COMMITTED, CostStage.ACCRUED]
        )
        .values_list("document_number")
        .annotate(open=Sum("amount"))
        .order_by("document_number")
    )
    waiting = [number for number, amount in rows if amount != ZERO]
    if waiting:
        raise Conflict(
            f"Purchases are still open: {', '.join(waiting)}.",
            code="open_purchases",
            remedy="Receive and invoice them, or have the buyer close the order, then close the work order.",
        )
