"""Approving and rejecting, with separation of duties: one rule for every door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import DecimalField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound
from core.history import update_with_history
from core.models import User
from core.money import to_base
from procurement import events
from procurement.choices import ApprovalDecision, DocumentKind, LineKind, OrderStatus, RequisitionStatus
from procurement.decisions.approval import (
    ApprovalExplanation,
    Cover,
    Limit,
    LineCover,
    cover_of,
    explain_limit,
)
from procurement.decisions.input_checks import check_reason
from procurement.models import (
    Approval,
    ApprovalLimit,
    PurchaseOrder,
    PurchaseOrderLine,
    Requisition,
)
from procurement.services.order_locks import lock_order

_WORTH = DecimalField(max_digits=24, decimal_places=10)


def explain_approval(
    *, document_kind: str, amount: Decimal, cost_centre_id: int | None, actor: User
) -> ApprovalExplanation:
    """Whether `actor` may approve `amount` (base currency) of a kind of document, up to how much, and why.

    The highest limit of the person and of their roles counts, for that cost centre or for all of them.
    """
    rows = _limits(document_kind, cost_centre_id).filter(Q(user=actor) | Q(group__user=actor)).distinct()
    limits = [
        Limit(row.limit_amount, row.is_unlimited, f"the role {row.group.name}" if row.group else str(actor))
        for row in rows
    ]
    document = str(DocumentKind(document_kind).label).lower()
    return explain_limit(limits, amount, document, settings.BASE_CURRENCY)


def explain_order_approval(*, order: PurchaseOrder, actor: User) -> tuple[str, tuple[int, ...]]:
    """The words of the rule under which `actor` may approve the order as it stands, and its line keys.

    Raises NotAllowed where the limit does not reach, or where it is the actor's own order and approved
    requisitions do not cover it.
    """
    amount = order_amount(order=order)
    may = explain_approval(
        document_kind=DocumentKind.PURCHASE_ORDER,
        amount=amount,
        cost_centre_id=order.cost_centre_id,
        actor=actor,
    )
    if not may.allowed:
        _refuse_over_limit(may, DocumentKind.PURCHASE_ORDER, amount, order.cost_centre_id)
    line_ids, cover = _cover(order, amount)
    if not _is_own(order, actor):
        return f"{may.words} Not the buyer.", line_ids
    if not cover.is_covered:
        raise NotAllowed(
            f"You cannot approve your own order. {cover.words}",
            remedy="Someone else with the right to approve purchase orders has to.",
        )
    return f"{may.words} {cover.words}", line_ids


def order_amount(*, order: PurchaseOrder) -> Decimal:
    """What an order is worth to an approver: its net total in the base currency, at the order's frozen rate."""
    return to_base(order.net_total, order.exchange_rate, settings.BASE_CURRENCY)


def record_order_approval(*, order: PurchaseOrder, rule: str, reason: str, actor: User, at: datetime) -> None:
    """Keep that the order was approved as it stands, and under which rule."""
    _record(order, None, ApprovalDecision.APPROVED, order_amount(order=order), rule, reason, actor, at)


@command
def approve_requisition(*, requisition_id: int, actor: User, at: datetime, reason: str = "") -> Requisition:
    """Allow a request to be bought. Never by who asked for it or wrote it, and only within the own limit.

    Raises NotAllowed (right, own request, limit), Conflict where it was decided already.
    """
    require(actor, "procurement.approve_requisition")
    requisition = _requisition(requisition_id)
    if actor.pk in (requisition.requester_id, requisition.created_by_id):
        raise NotAllowed(
            "You cannot approve your own requisition.",
            remedy="Someone else with the right to approve requisitions has to.",
        )
    may = explain_approval(
        document_kind=DocumentKind.REQUISITION,
        amount=requisition.total,
        cost_centre_id=requisition.cost_centre_id,
        actor=actor,
    )
    if not may.allowed:
        _refuse_over_limit(may, DocumentKind.REQUISITION, requisition.total, requisition.cost_centre_id)
    requisition.advance(RequisitionStatus.APPROVED)
    requisition.decided_at = at
    update_with_history(requisition, "status", "decided_at")
    _record(None, requisition, ApprovalDecision.APPROVED, requisition.total, may.words, reason, actor, at)
    events.requisition_approved.send(sender=Requisition, requisition_id=requisition.pk, actor=actor, at=at)
    return requisition


@command
def reject_requisition(*, requisition_id: int, reason: str, actor: User, at: datetime) -> Requisition:
    """Refuse a request, with the reason. Raises NotAllowed, RuleViolation without a reason, Conflict if decided."""
    require(actor, "procurement.approve_requisition")
    said = check_reason(reason)
    requisition = _requisition(requisition_id)
    requisition.advance(RequisitionStatus.REJECTED)
    requisition.decided_at = at
    update_with_history(requisition, "status", "decided_at")
    rule = "Anyone who may approve requisitions may reject one."
    _record(None, requisition, ApprovalDecision.REJECTED, requisition.total, rule, said, actor, at)
    return requisition


@command
def approve_order(*, order_id: int, actor: User, at: datetime, reason: str = "") -> PurchaseOrder:
    """Approve an order within the own limit (net total, base currency).

    The buyer may approve the own order only where approved requisitions cover it; then also straight from draft.
    Whoever changed the order counts as its buyer. Raises NotAllowed, Conflict where it was decided already.
    """
    require(actor, "procurement.approve_purchase_order")
    order = _order(order_id, actor)
    if order.status == OrderStatus.DRAFT and not _is_own(order, actor):
        raise Conflict(
            f"{order} is still a draft.", field="status", remedy="Its buyer has to ask for approval first."
        )
    rule, line_ids = explain_order_approval(order=order, actor=actor)
    order.advance(OrderStatus.APPROVED)
    order.approved_at, order.approved_by = at, actor
    update_with_history(order, "status", "approved_at", "approved_by")
    record_order_approval(order=order, rule=rule, reason=reason, actor=actor, at=at)
    events.order_approved.send(
        sender=PurchaseOrder, order_id=order.pk, order_line_ids=line_ids, actor=actor, at=at
    )
    return order


@command
def reject_order(*, order_id: int, reason: str, actor: User, at: datetime) -> PurchaseOrder:
    """Send an order back to its buyer as a draft. Raises NotAllowed, RuleViolation, Conflict if decided."""
    require(actor, "procurement.approve_purchase_order")
    said = check_reason(reason)
    order = _order(order_id, actor)
    order.require(OrderStatus.PENDING_APPROVAL)
    order.advance(OrderStatus.DRAFT)
    update_with_history(order, "status")
    rule = "Anyone who may approve purchase orders may reject one."
    _record(order, None, ApprovalDecision.REJECTED, order_amount(order=order), rule, said, actor, at)
    return order


def _limits(document_kind: str, cost_centre_id: int | None) -> QuerySet[ApprovalLimit]:
    return ApprovalLimit.objects.select_related("group", "user").filter(
        Q(cost_centre__isnull=True) | Q(cost_centre_id=cost_centre_id), document_kind=document_kind
    )


def _refuse_over_limit(
    may: ApprovalExplanation, document_kind: str, amount: Decimal, cost_centre_id: int | None
) -> None:
    able = _limits(document_kind, cost_centre_id).filter(Q(is_unlimited=True) | Q(limit_amount__gte=amount))
    names = sorted({f"the role {row.group.name}" if row.group else str(row.user) for row in able})
    remedy = (
        f"Ask {' or '.join(names)}." if names else "Nobody's limit reaches that far: ask an administrator."
    )
    raise NotAllowed(may.words, field="amount", remedy=remedy)


def _requisition(requisition_id: int) -> Requisition:
    row: Requisition | None = (
        Requisition.objects.select_for_update(of=("self",)).filter(pk=requisition_id).first()
    )
    if row is None:
        raise NotFound("There is no such requisition.")
    if row.status != RequisitionStatus.PENDING_APPROVAL:
        _refuse_decided(row, row.approvals.select_related("decided_by").order_by("-pk").first())
    return row


def _order(order_id: int, actor: User) -> PurchaseOrder:
    row = lock_order(order_id=order_id, actor=actor)
    if row.status not in (OrderStatus.PENDING_APPROVAL, OrderStatus.DRAFT):
        _refuse_decided(row, row.approvals.select_related("decided_by").order_by("-pk").first())
    return row


def _refuse_decided(document: Requisition | PurchaseOrder, last: Approval | None) -> None:
    by = f" by {last.decided_by}" if last else ""
    word = ApprovalDecision(last.decision).label.lower() if last else "decided"
    label = document.get_status_display().lower()
    raise Conflict(
        f"{document} does not wait for approval: it is {label}.",
        field="status",
        remedy=f"It was already {word}{by}." if last else "",
    )


def _is_own(order: PurchaseOrder, actor: User) -> bool:
    return actor.pk in (order.buyer_id, order.created_by_id) or getattr(order, "changed_by_actor", False)


def _cover(order: PurchaseOrder, amount: Decimal) -> tuple[tuple[int, ...], Cover]:
    """The keys of all lines, and whether approved requisitions cover them; one statement."""
    approved = Q(
        sources__requisition_line__requisition__status__in=[
            RequisitionStatus.APPROVED,
            RequisitionStatus.ORDERED,
        ]
    )
    worth = F("sources__quantity") * F("sources__requisition_line__estimated_unit_price")
    rows = (
        PurchaseOrderLine.objects.filter(order=order)
        .order_by("pk")
        .values_list("pk", "kind", "quantity")
        .annotate(
            sourced=Coalesce(Sum("sources__quantity", filter=approved), Decimal(0)),
            estimate=Coalesce(
                Sum(worth, filter=approved, output_field=_WORTH), Decimal(0), output_field=_WORTH
            ),
        )
    )
    lines = list(rows)
    cover: Sequence[LineCover] = [
        LineCover(kind == LineKind.CHARGE, quantity, sourced, estimate)
        for _, kind, quantity, sourced, estimate in lines
    ]
    return tuple(row[0] for row in lines), cover_of(cover, amount, settings.BASE_CURRENCY)


def _record(
    order: PurchaseOrder | None,
    requisition: Requisition | None,
    decision: str,
    amount: Decimal,
    rule: str,
    reason: str,
    actor: User,
    at: datetime,
) -> None:
    Approval.objects.create(
        purchase_order=order,
        requisition=requisition,
        decision=decision,
        amount=amount,
        rule=rule[:300],
        reason=reason.strip()[:300],
        decided_at=at,
        decided_by=actor,
    )
