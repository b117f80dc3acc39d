"""Verbs of planners on the work orders that are ticked in the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from cmms.services.closing import close_work_orders, complete_work_orders
from cmms.services.moving import Moved
from cmms.services.planning import approve_work_orders, release_work_orders
from core.views.lists import BulkAction
from core.views.selection import Handled, SelectionView

PLAN, APPROVE, COMPLETE = (
    "cmms.plan_work_order",
    "cmms.approve_work_order",
    "cmms.complete_work_order",
)
WORK_ORDERS_TOGETHER = (
    BulkAction("Approve", "cmms:work-orders-approve", APPROVE, "check2"),
    BulkAction("Release", "cmms:work-orders-release", PLAN, "send"),
    BulkAction("Complete", "cmms:work-orders-complete", COMPLETE, "check2-all"),
    BulkAction(
        "Close",
        "cmms:work-orders-close",
        COMPLETE,
        "lock",
        confirm="Close the selected work orders? Closed work stays closed; what it costs later is marked late.",
    ),
)


class WorkOrdersTogether(SelectionView):
    """A move of the work orders that are ticked."""

    list_url_name = "cmms:work-orders"
    verb: ClassVar[Callable[..., Moved]]

    def run(self, keys: Sequence[int]) -> Handled:
        """Move them."""
        moved = type(self).verb(work_order_ids=keys, actor=self.actor, at=self.at)
        return Handled(len(moved.done), [(each.number, str(each.error)) for each in moved.refused])


class ApproveTogether(WorkOrdersTogether):
    """Approve the plans and their estimates."""

    permission = APPROVE
    done_word = "approved"
    verb = staticmethod(approve_work_orders)


class ReleaseTogether(WorkOrdersTogether):
    """Hand them to the floor."""

    permission = PLAN
    done_word = "released"
    verb = staticmethod(release_work_orders)


class CompleteTogether(WorkOrdersTogether):
    """Agree that they are done."""

    permission = COMPLETE
    done_word = "completed"
    verb = staticmethod(complete_work_orders)


class CloseTogether(WorkOrdersTogether):
    """Close their books."""

    permission = COMPLETE
    done_word = "closed"
    verb = staticmethod(close_work_orders)
