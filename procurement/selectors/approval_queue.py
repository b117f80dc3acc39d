"""What waits for an approver, with what the rule says to the person who looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from core.models import User
from core.money import to_base
from procurement.choices import DocumentKind
from procurement.decisions.approval import ApprovalExplanation, Limit, explain_limit
from procurement.models import ApprovalLimit, PurchaseOrder, Requisition

LINES_SHOWN = 5


@dataclass(frozen=True)
class Waiting:
    """One document in the queue. `amount` is in the base currency; `more` counts the lines not listed."""

    document: Requisition | PurchaseOrder
    is_order: bool
    amount: Decimal
    explanation: ApprovalExplanation
    is_own: bool
    lines: Sequence[Any]
    more: int


def any_limits() -> bool:
    """Whether anybody at all may approve anything."""
    return ApprovalLimit.objects.exists()


def waiting_documents(*, actor: User, most: int) -> list[Waiting]:
    """The oldest `most` documents of each kind, oldest first; a constant number of statements."""
    held = _limits_of(actor)
    requisitions = (
        Requisition.objects.to_approve()
        .select_related("requester", "site", "cost_centre")
        .prefetch_related("lines__unit")
        .order_by("pk")[:most]
    )
    orders = (
        PurchaseOrder.objects.to_approve()
        .select_related("supplier", "buyer", "site")
        .prefetch_related("lines__unit", "lines__sources__requisition_line")
        .order_by("pk")[:most]
    )
    found = [
        *(_requisition(each, held, actor) for each in requisitions),
        *(_order(each, held, actor) for each in orders),
    ]
    return sorted(found, key=lambda waiting: waiting.document.created_at)


def _limits_of(actor: User) -> list[ApprovalLimit]:
    mine = Q(user=actor) | Q(group__user=actor)
    return list(ApprovalLimit.objects.filter(mine).select_related("group").distinct())


def _explained(
    rows: Iterable[ApprovalLimit], kind: str, cost_centre_id: int | None, amount: Decimal, actor: User
) -> ApprovalExplanation:
    limits = [
        Limit(row.limit_amount, row.is_unlimited, f"the role {row.group.name}" if row.group else str(actor))
        for row in rows
        if row.document_kind == kind and row.cost_centre_id in {None, cost_centre_id}
    ]
    document = str(DocumentKind(kind).label).lower()
    return explain_limit(limits, amount, document, settings.BASE_CURRENCY)


def _requisition(document: Requisition, held: list[ApprovalLimit], actor: User) -> Waiting:
    lines = sorted(document.lines.all(), key=lambda line: line.line_number)
    explanation = _explained(held, DocumentKind.REQUISITION, document.cost_centre_id, document.total, actor)
    own = actor.pk in {document.requester_id, document.created_by_id}
    return Waiting(
        document,
        False,
        document.total,
        explanation,
        own,
        lines[:LINES_SHOWN],
        max(0, len(lines) - LINES_SHOWN),
    )


def _order(document: PurchaseOrder, held: list[ApprovalLimit], actor: User) -> Waiting:
    lines = sorted(document.lines.all(), key=lambda line: line.line_number)
    amount = to_base(document.net_total, document.exchange_rate, settings.BASE_CURRENCY)
    explanation = _explained(held, DocumentKind.PURCHASE_ORDER, document.cost_centre_id, amount, actor)
    own = document.buyer_id == actor.pk
    return Waiting(
        document, True, amount, explanation, own, lines[:LINES_SHOWN], max(0, len(lines) - LINES_SHOWN)
    )
