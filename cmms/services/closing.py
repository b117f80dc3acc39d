"""The end of work: completed, closed, reopened, or called off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cmms import events
from cmms.choices import WorkOrderStatus
from cmms.models import EstimateLine, PartsRequestLine, WorkOrder
from cmms.selectors.readiness import children_blockers, finding_blockers, signature_blockers
from cmms.services.audit_findings import without_evidence
from cmms.services.costing import settle_costs
from cmms.services.execution import end_hold
from cmms.services.failures import missing_failure_records
from cmms.services.guards import refusals_of
from cmms.services.labor import stop_timers_of
from cmms.services.locking import locked_work_order
from cmms.services.moving import Moved, locked_for_move, raise_from
from cmms.services.parts.cancelling import cancel_lines
from cmms.services.plans.feedback import plan_work_cancelled, plan_work_completed, plan_work_reopened
from cmms.services.releasing import PLAN
from cmms.services.request_notices import CALLED_OFF, DONE, tell_requesters_of
from cmms.services.reservations import locked_lines
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, RuleViolation
from core.history import bulk_update_with_history
from core.models import User

COMPLETE = "cmms.complete_work_order"


@command
def complete_work_order(*, work_order_id: int, actor: User, at: datetime) -> WorkOrder:
    """Accept the work as done. Raises Conflict where parts are still promised to it that nobody took, where a part
    of it (child order) is not finished, a mandatory signature is missing or void, or corrective work lacks the
    failure record that its asset's class asks for.

    Needs that are still being bought do not stop it: they arrive, and cost, later.
    """
    return complete_work_orders(work_order_ids=[work_order_id], actor=actor, at=at).only()


@command
def complete_work_orders(*, work_order_ids: Collection[int], actor: User, at: datetime) -> Moved:
    """Accept what is done; work that is not, or has something in the way, is refused with its reason.

    A constant number of statements, whatever the number: five, and more where plans or requesters are told. Announces
    work_orders_completed once for all.
    """
    require(actor, COMPLETE)
    moved = locked_for_move(work_order_ids=work_order_ids)
    moved.require(WorkOrderStatus.WORK_DONE)
    moved.keep(raise_from(refusals=_still_promised(moved.done)))
    moved.keep(raise_from(refusals=without_evidence(orders=moved.done)))
    moved.keep(raise_from(refusals=refusals_of(blockers=children_blockers(moved.done))))
    moved.keep(raise_from(refusals=refusals_of(blockers=signature_blockers(moved.done))))
    moved.keep(raise_from(refusals=missing_failure_records(orders=moved.done)))
    moved.advance(WorkOrderStatus.COMPLETED)
    for order in moved.done:
        order.completed_at = at
    bulk_update_with_history(moved.done, ["status", "completed_at"])
    tell_requesters_of(orders=moved.done, step=DONE, at=at)
    plan_work_completed(orders=moved.done, at=at)
    if moved.done:
        events.work_orders_completed.send(sender=WorkOrder, work_order_ids=moved.done_ids, actor=actor, at=at)
    return moved


def _still_promised(orders: Collection[WorkOrder]) -> dict[int, RuleViolation]:
    """Why work orders with parts set aside are not completed: one part names it; one statement."""
    if not orders:
        return {}
    by_key = {order.pk: order for order in orders}
    waiting = (
        PartsRequestLine.objects.to_issue()
        .filter(parts_request__work_order__in=by_key)
        .order_by("parts_request__work_order_id", "pk")
        .distinct("parts_request__work_order_id")
        .values_list("parts_request__work_order_id", "quantity_reserved", "description")
    )
    return {
        pk: Conflict(
            f"{quantity_text(quantity)} of {description} are still set aside for {by_key[pk]}.",
            field="parts",
            remedy="Issue them or cancel the request first.",
        )
        for pk, quantity, description in waiting
    }


@command
def close_work_order(
    *, work_order_id: int, actor: User, at: datetime, confirm_open_purchases: bool = False
) -> WorkOrder:
    """Close the books of completed work; costs that come later are marked late.

    Raises Conflict where a nonconformance is open. Announces work_orders_closing first: whoever hears it may refuse,
    or say what is left open knowingly, which is then written into `closing_note`.
    """
    return close_work_orders(
        work_order_ids=[work_order_id], confirm_open_purchases=confirm_open_purchases, actor=actor, at=at
    ).only()


@command
def close_work_orders(
    *, work_order_ids: Collection[int], actor: User, at: datetime, confirm_open_purchases: bool = False
) -> Moved:
    """Close the books of what is completed; the others, and those that a listener refuses, stay as they are.

    Three statements, whatever the number, besides those of who hears it.
    """
    require(actor, COMPLETE)
    moved = locked_for_move(work_order_ids=work_order_ids)
    moved.require(WorkOrderStatus.COMPLETED)
    moved.keep(raise_from(refusals=refusals_of(blockers=finding_blockers(moved.done))))
    refusals: dict[int, RuleViolation] = {}
    notes: dict[int, str] = {}
    if moved.done:
        events.work_orders_closing.send(
            sender=WorkOrder, work_order_ids=moved.done_ids, refusals=refusals,
            is_confirmed=confirm_open_purchases, notes=notes, actor=actor, at=at,
        )  # fmt: skip
    moved.keep(raise_from(refusals=refusals))
    moved.advance(WorkOrderStatus.CLOSED)
    for order in moved.done:
        order.closed_at = at
        if order.pk in notes:
            order.closing_note = f"{notes[order.pk]} Confirmed by {actor}."[:300]
    bulk_update_with_history(moved.done, ["status", "closed_at", "closing_note"])
    return moved


@command
def reopen_work_order(*, work_order_id: int, reason: str, actor: User, at: datetime) -> WorkOrder:
    """Done or completed work goes on, for a reason. Closed work stays closed."""
    require(actor, COMPLETE)
    if not reason.strip():
        raise RuleViolation("Say why the work goes on.", field="reason")
    order = locked_work_order(work_order_id=work_order_id)
    order.require(WorkOrderStatus.WORK_DONE, WorkOrderStatus.COMPLETED)
    order.advance(WorkOrderStatus.IN_PROGRESS)
    order.work_done_at = order.completed_at = None
    order.save(update_fields=["status", "work_done_at", "completed_at"])
    plan_work_reopened(orders=[order], at=at)
    return order


@command
def cancel_work_order(*, work_order_id: int, reason: str, actor: User, at: datetime) -> WorkOrder:
    """Call work off: promises are freed, open needs cancelled, the estimate leaves the ledger, clocks stop.

    What was spent stays. Announces parts_need_cancelled and work_order_cancelled.
    """
    require(actor, PLAN)
    if not reason.strip():
        raise RuleViolation("Say why it is cancelled.", field="reason")
    order = locked_work_order(work_order_id=work_order_id)
    order.advance(WorkOrderStatus.CANCELLED)
    stop_timers_of(orders=[order], actor=actor, at=at)
    end_hold(order=order, at=at)
    lines = PartsRequestLine.objects.filter(parts_request__work_order=order).values_list("pk", flat=True)
    cancel_lines(lines=locked_lines(line_ids=lines), quantities=None, actor=actor, at=at)
    keys = [
        f"estimate:{pk}" for pk in EstimateLine.objects.filter(work_order=order).values_list("pk", flat=True)
    ]
    settle_costs(targets=[], source_keys=keys, actor=actor, at=at, locked={order.pk: order})
    order.hold_reason = ""
    order.cancelled_at = at
    order.save(update_fields=["status", "hold_reason", "cancelled_at"])
    tell_requesters_of(orders=[order], step=CALLED_OFF, at=at)
    plan_work_cancelled(orders=[order], reason=reason, at=at)
    events.work_order_cancelled.send(sender=WorkOrder, work_order_id=order.pk, actor=actor, at=at)
    return order
