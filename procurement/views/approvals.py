"""What waits for an approver, made for a thumb."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from core.views.pages import Page
from procurement.models import PurchaseOrder, Requisition
from procurement.selectors.approval_queue import any_limits, waiting_documents

MOST = 25


class Approvals(Page):
    """Requisitions and purchase orders that wait for a decision, oldest first."""

    title = "To approve"
    permission = "procurement.view_approval"
    template_name = "procurement/approvals.html"

    def extra_context(self) -> dict[str, Any]:
        """The queue, and whether anybody may approve at all."""
        waiting = waiting_documents(actor=self.actor, most=MOST)
        total = Requisition.objects.to_approve().count() + PurchaseOrder.objects.to_approve().count()
        return {
            "waiting": waiting,
            "total": total,
            "not_shown": total - len(waiting),
            "any_limits": any_limits(),
            "base_currency": settings.BASE_CURRENCY,
            "may_requisitions": self.actor.has_perm("procurement.approve_requisition"),
            "may_orders": self.actor.has_perm("procurement.approve_purchase_order"),
        }
