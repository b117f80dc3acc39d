"""Release a hold: with a reason, by someone other than those who made the bill or the receipt."""

from __future__ import annotations

from datetime import datetime

from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.history import update_with_history
from core.models import User
from procurement.choices import HoldKind, HoldStatus
from procurement.decisions.settling import NEVER_RELEASED
from procurement.models import GoodsReceiptLine, Hold
from procurement.services.match_evidence import lock_for_match
from procurement.services.matching import match_batch


@command
def release_hold(*, hold_id: int, reason: str, actor: User, at: datetime) -> Hold:
    """Accept what the hold is about, up to its present variance, and look at the invoice again.

    The hold returns by itself only if the variance grows. Who entered the invoice, and who received the goods that
    the hold is about, may not release it. Raises NotAllowed, NotFound, Conflict where it is no longer active, and
    RuleViolation where no one may accept it (other currency, credit beyond what was billed).
    """
    require(actor, "procurement.release_hold")
    if not reason.strip():
        raise RuleViolation("Say why the hold is released.", field="reason", remedy="One sentence is enough.")
    hold: Hold | None = next(iter(Hold.objects.filter(pk=hold_id)), None)
    if hold is None:
        raise NotFound("There is no such hold.")
    invoice = lock_for_match(invoice_id=hold.invoice_id)
    hold.refresh_from_db()
    if invoice is None or hold.status != HoldStatus.ACTIVE:
        raise Conflict(f"This hold is already {hold.get_status_display().lower()}.", field="status")
    if hold.kind in NEVER_RELEASED:
        raise RuleViolation(
            f"{HoldKind(hold.kind).label}: no one may let this pass.", field="hold", remedy=hold.remedy
        )
    if invoice.created_by_id == actor.pk:
        raise NotAllowed("You entered this invoice, so you may not release it.", remedy="Ask a colleague.")
    _require_not_receiver(hold, actor)
    hold.status, hold.accepted_variance = HoldStatus.RELEASED, hold.variance
    hold.resolved_at, hold.resolved_by, hold.release_reason = at, actor, reason.strip()[:300]
    update_with_history(hold, "status", "accepted_variance", "resolved_at", "resolved_by", "release_reason")
    match_batch(invoice_ids=[invoice.pk], actor=actor, at=at)
    return hold


def _require_not_receiver(hold: Hold, actor: User) -> None:
    if hold.order_line_id is None:
        return
    received = GoodsReceiptLine.objects.filter(order_line_id=hold.order_line_id, receipt__received_by=actor)
    if received.exists():
        raise NotAllowed(
            "You received goods of this order line, so you may not release its invoice.",
            remedy="Ask a colleague.",
        )
