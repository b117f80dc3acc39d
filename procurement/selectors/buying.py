"""What waits for a buyer, and how invoices stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Min, Q

from procurement.choices import HoldKind, HoldStatus, InvoiceStatus, OrderStatus
from procurement.models import Hold, Invoice, PurchaseOrder, PurchaseOrderLine, RequisitionLine

# Holds whose cause a buyer can remove: the order says something else than the invoice.
BUYERS_HOLDS = (
    HoldKind.PRICE,
    HoldKind.LINE_VALUE,
    HoldKind.QUANTITY_OVER_ORDERED,
    HoldKind.CHARGE,
    HoldKind.ORDER_NOT_OPEN,
    HoldKind.NO_ORDER_LINE,
)


@dataclass(frozen=True)
class BuyersDay:
    """How much waits where."""

    to_order: int
    waiting_approval: int
    to_submit: int
    to_issue: int
    late_lines: int
    holds: int


def buyers_day(today: date) -> BuyersDay:
    """The figures on top of the buyers' first page; four statements."""
    orders = PurchaseOrder.objects.aggregate(
        to_submit=Count("pk", filter=Q(status=OrderStatus.DRAFT)),
        waiting=Count("pk", filter=Q(status=OrderStatus.PENDING_APPROVAL)),
        to_issue=Count("pk", filter=Q(status=OrderStatus.APPROVED)),
    )
    late = (
        PurchaseOrderLine.objects.with_net()
        .filter(
            order__status__in=[OrderStatus.ISSUED, OrderStatus.PARTIALLY_RECEIVED], outstanding_quantity__gt=0
        )
        .filter(Q(promised_on__lt=today) | Q(promised_on__isnull=True, needed_on__lt=today))
        .count()
    )
    return BuyersDay(
        to_order=RequisitionLine.objects.to_order().count(),
        waiting_approval=orders["waiting"],
        to_submit=orders["to_submit"],
        to_issue=orders["to_issue"],
        late_lines=late,
        holds=Hold.objects.active().filter(kind__in=BUYERS_HOLDS).count(),
    )


@dataclass(frozen=True)
class InboxFigures:
    """How many invoices stand where, and how many holds stop them."""

    entered: int
    held: int
    posted: int
    payable: int
    holds: int


def inbox_figures() -> InboxFigures:
    """The figures on top of the invoice inbox; two statements."""
    holds = Hold.objects.filter(status=HoldStatus.ACTIVE).aggregate(n=Count("pk"))["n"]
    return InboxFigures(**_invoice_counts(), holds=holds)


def _invoice_counts() -> dict[str, int]:
    return Invoice.objects.aggregate(
        entered=Count("pk", filter=Q(status=InvoiceStatus.ENTERED)),
        held=Count("pk", filter=Q(status=InvoiceStatus.HELD)),
        posted=Count("pk", filter=Q(status=InvoiceStatus.POSTED)),
        payable=Count("pk", filter=Q(status=InvoiceStatus.PAYABLE)),
    )


def holds_by_kind() -> list[dict[str, object]]:
    """Active holds by cause, most first, with the oldest of each."""
    rows = (
        Hold.objects.active()
        .values("kind")
        .annotate(count=Count("pk"), oldest=Min("placed_at"))
        .order_by(F("count").desc(), "kind")
    )
    return [{**row, "label": HoldKind(row["kind"]).label} for row in rows]
