"""From plan to floor: approved, with the estimate posted; then released. One work order or many together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cmms import events
from cmms.choices import WorkOrderStatus
from cmms.models import WorkOrder
from cmms.selectors.readiness import unfilled_qualifications
from cmms.services.audit_findings import without_due_date
from cmms.services.costing import post_estimates
from cmms.services.guards import refusals_of
from cmms.services.moving import Moved, locked_for_move, raise_from
from core.access import require
from core.commands import command
from core.history import bulk_update_with_history
from core.models import User

PLAN, APPROVE = "cmms.plan_work_order", "cmms.approve_work_order"


@command
def approve_work_order(*, work_order_id: int, actor: User, at: datetime, reason: str = "") -> WorkOrder:
    """Approve the plan and post its estimate to the ledger."""
    return approve_work_orders(work_order_ids=[work_order_id], actor=actor, at=at, reason=reason).only()


@command
def approve_work_orders(
    *, work_order_ids: Collection[int], actor: User, at: datetime, reason: str = ""
) -> Moved:
    """Approve the plans that are drafts and post their estimates; the others are refused, each with its reason.

    Five statements, whatever the number.
    """
    require(actor, APPROVE)
    moved = locked_for_move(work_order_ids=work_order_ids)
    moved.keep(raise_from(refusals=without_due_date(orders=moved.done)))
    moved.advance(WorkOrderStatus.APPROVED)
    for order in moved.done:
        order.approved_at, order.approved_by = at, actor
    bulk_update_with_history(moved.done, ["status", "approved_at", "approved_by"])
    post_estimates(orders=moved.done, actor=actor, at=at)
    return moved


@command
def release_work_order(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Hand approved work to the floor; announces work_orders_released (outside steps are bought from then on)."""
    return release_work_orders(work_order_ids=[work_order_id], actor=actor, at=at).only()


@command
def release_work_orders(*, work_order_ids: Collection[int], actor: User, at: datetime) -> Moved:
    """Hand what is approved to the floor; the others are refused, and those with a step that nobody is qualified for
    on the day of the work. Announces work_orders_released once for all.

    Three statements (four where qualifications are asked for), whatever the number, besides those of who hears it.
    """
    require(actor, PLAN)
    moved = locked_for_move(work_order_ids=work_order_ids)
    moved.advance(WorkOrderStatus.RELEASED)
    moved.keep(raise_from(refusals=refusals_of(blockers=unfilled_qualifications(moved.done, at))))
    for order in moved.done:
        order.released_at = at
    bulk_update_with_history(moved.done, ["status", "released_at"])
    if moved.done:
        events.work_orders_released.send(sender=WorkOrder, work_order_ids=moved.done_ids, actor=actor, at=at)
    return moved
