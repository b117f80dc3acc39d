"""Gathers what a match looks at, in a constant number of statements, under lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, Subquery, TextField
from django.db.models.functions import Cast, JSONArray

from core.money import round_money
from procurement.choices import (
    POSTED_INVOICE,
    HoldStatus,
    InvoiceKind,
    InvoiceStatus,
    ReceiptKind,
    SupplierStatus,
)
from procurement.decisions.evidence import (
    Billing,
    InvoiceEvidence,
    LineEvidence,
    OrderLineEvidence,
    ReceiptEvidence,
    Running,
    TaxEvidence,
)
from procurement.models import (
    GoodsReceiptLine,
    Hold,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    MatchLink,
    PurchaseOrderLine,
)
from procurement.services.tolerance_rules import tolerance_book

ZERO = Decimal(0)
LIKELY_DUPLICATE_DAYS = timedelta(days=30)
# As text: numbers in JSON would come back as floats.
TAX_ROW = JSONArray(*[Cast(name, TextField()) for name in ("percent", "taxable_amount", "tax_amount")])


@dataclass
class Batch:
    """The rows of a batch, locked, and the same as evidence; invoices in the order of their keys.

    `waiting` are the active holds about its order lines, of whatever invoice.
    """

    invoices: list[Invoice]
    lines: dict[int, list[InvoiceLine]]
    holds: dict[int, list[Hold]]
    waiting: list[Hold]
    links: dict[int, list[MatchLink]]
    evidence: dict[int, InvoiceEvidence]
    running: Running


def gather(*, invoice_ids: Iterable[int]) -> Batch:
    """Lock the order lines, then the invoices, each in the order of their keys, and read the rest.

    Rejected invoices are left out. Seven statements, however many invoices and lines.
    """
    ids = sorted(set(invoice_ids))
    order_lines = _lock_order_lines(ids)
    invoices = _lock_invoices(ids)
    kept = {invoice.pk for invoice in invoices}
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    posted: list[InvoiceLine] = []
    for line in _billed(kept, order_lines):
        if line.invoice_id in kept:
            lines[line.invoice_id].append(line)
        if line.order_line_id is not None and line.paper_status in POSTED_INVOICE:
            posted.append(line)
    holds: dict[int, list[Hold]] = defaultdict(list)
    waiting: list[Hold] = []
    about = Q(invoice_id__in=kept) | Q(order_line__in=order_lines, status=HoldStatus.ACTIVE)
    for hold in Hold.objects.filter(about).order_by("pk"):
        if hold.invoice_id in kept:
            holds[hold.invoice_id].append(hold)
        if hold.order_line_id is not None:
            waiting.append(hold)
    running = _running(order_lines, invoices, posted)
    return Batch(
        invoices=invoices,
        lines=lines,
        holds=holds,
        waiting=waiting,
        links=_links(order_lines, running, kept),
        evidence={each.pk: _as_evidence(each, lines[each.pk]) for each in invoices},
        running=running,
    )


def _billed(invoice_ids: Collection[int], order_lines: Sequence[PurchaseOrderLine]) -> Iterable[Any]:
    """The lines of these invoices, and whatever else bills these order lines, with the state of their invoices."""
    keys = [line.pk for line in order_lines]
    return (
        InvoiceLine.objects.filter(Q(invoice_id__in=invoice_ids) | Q(order_line_id__in=keys))
        .annotate(
            paper_status=F("invoice__status"),
            paper_kind=F("invoice__kind"),
            paper_posted_at=F("invoice__posted_at"),
        )
        .order_by("invoice_id", "line_number")
    )


def lock_for_match(*, invoice_id: int) -> Invoice | None:
    """The invoice, locked after its order lines as every match does; None where it is rejected or unknown."""
    _lock_order_lines([invoice_id])
    return next(iter(_lock_invoices([invoice_id])), None)


def _lock_order_lines(invoice_ids: Sequence[int]) -> list[PurchaseOrderLine]:
    billed = InvoiceLine.objects.filter(invoice_id__in=invoice_ids, order_line__isnull=False)
    return list(
        PurchaseOrderLine.objects.select_for_update(of=("self",))
        .select_related("order", "order__buyer", "unit", "item")
        .filter(pk__in=billed.values("order_line_id"))
        .order_by("pk")
    )


def _lock_invoices(ids: Sequence[int]) -> list[Invoice]:
    twins = (
        Invoice.objects.filter(
            supplier_id=OuterRef("supplier_id"),
            gross_total=OuterRef("gross_total"),
            currency=OuterRef("currency"),
            kind=OuterRef("kind"),
            pk__lt=OuterRef("pk"),
            issued_on__gte=OuterRef("issued_on") - LIKELY_DUPLICATE_DAYS,
            issued_on__lte=OuterRef("issued_on") + LIKELY_DUPLICATE_DAYS,
        )
        .exclude(status=InvoiceStatus.REJECTED)
        .exclude(normalised_number=OuterRef("normalised_number"))
        .order_by("pk")
    )
    taxes = InvoiceTax.objects.filter(invoice_id=OuterRef("pk")).order_by("pk")
    return list(
        Invoice.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .annotate(duplicate_of=Subquery(twins.values("supplier_number")[:1]))
        .annotate(tax_rows=ArraySubquery(taxes.values(row=TAX_ROW)))  # never change, so no lock is missed
        .filter(pk__in=ids)
        .exclude(status=InvoiceStatus.REJECTED)
        .order_by("pk")
    )


def _as_evidence(invoice: Any, lines: Sequence[InvoiceLine]) -> InvoiceEvidence:
    return InvoiceEvidence(
        id=invoice.pk,
        kind=invoice.kind,
        supplier_id=invoice.supplier_id,
        supplier_name=invoice.supplier.name,
        supplier_blocked=invoice.supplier.status == SupplierStatus.BLOCKED,
        currency=invoice.currency,
        net_total=invoice.net_total,
        tax_total=invoice.tax_total,
        gross_total=invoice.gross_total,
        rounding_amount=invoice.rounding_amount,
        prepaid_amount=invoice.prepaid_amount,
        payable_amount=invoice.payable_amount,
        taxes=tuple(TaxEvidence(*(Decimal(figure) for figure in row)) for row in invoice.tax_rows),
        duplicate_of=invoice.duplicate_of or "",
        posted_key=(invoice.posted_at, invoice.pk) if invoice.posted_at else None,
        lines=tuple(
            LineEvidence(
                id=line.pk,
                line_number=line.line_number,
                kind=line.kind,
                quantity=line.quantity,
                unit_price=line.unit_price,
                net_amount=line.net_amount,
                tax_percent=line.tax_percent,
                order_line_id=line.order_line_id,
            )
            for line in lines
        ),
    )


def _running(
    order_lines: Sequence[PurchaseOrderLine], invoices: Sequence[Invoice], posted: Sequence[Any]
) -> Running:
    receipts = _receipts([line.pk for line in order_lines])
    known = {line.pk: _order_line(line, receipts[line.pk]) for line in order_lines}
    running = Running(
        order_lines=known,
        tolerances=tolerance_book(
            supplier_ids={invoice.supplier_id for invoice in invoices},
            category_ids={line.category_id for line in known.values() if line.category_id},
        ),
    )
    for bill in posted:
        line = known[bill.order_line_id]
        sign = -1 if bill.paper_kind == InvoiceKind.CREDIT_NOTE else 1
        if bill.paper_status == InvoiceStatus.PAYABLE:
            running.payable.add(bill.invoice_id)
        running.billings[line.id].append(
            Billing(
                invoice_id=bill.invoice_id,
                posted_key=(bill.paper_posted_at, bill.invoice_id),
                quantity=ZERO if line.is_charge else bill.quantity * sign,
                net_amount=bill.net_amount * sign,
                expected=round_money(bill.quantity * line.unit_price, line.currency) * sign,
                is_credit_note=sign < 0,
            )
        )
    return running


def _order_line(line: PurchaseOrderLine, receipts: Sequence[ReceiptEvidence]) -> OrderLineEvidence:
    order = line.order
    return OrderLineEvidence(
        id=line.pk,
        order_number=order.number,
        line_number=line.line_number,
        order_status=order.status,
        currency=order.currency,
        buyer=str(order.buyer),
        kind=line.kind,
        level=line.match_level,
        category_id=line.category_id or (line.item.category_id if line.item else None),
        unit_code=line.unit.code,
        quantity=line.quantity_open_order,
        unit_price=line.net_unit_price,
        tax_recoverable=line.tax_recoverable,
        net_received=line.net_received,
        receipts=tuple(receipts),
    )


def _receipts(order_line_ids: Sequence[int]) -> dict[int, list[ReceiptEvidence]]:
    """What each receipt line still holds, oldest first; what went back is taken from the newest."""
    came: dict[int, list[ReceiptEvidence]] = defaultdict(list)
    back: dict[int, Decimal] = defaultdict(Decimal)
    rows = (
        GoodsReceiptLine.objects.filter(order_line_id__in=order_line_ids, receipt__reversed_by__isnull=True)
        .exclude(receipt__kind=ReceiptKind.REVERSAL)
        .order_by("pk")
        .values_list("pk", "order_line_id", "receipt__kind", "quantity", "quantity_rejected")
    )
    for key, order_line_id, kind, quantity, rejected in rows:
        if kind == ReceiptKind.RETURN:
            back[order_line_id] += quantity
        else:
            came[order_line_id].append(ReceiptEvidence(key, quantity - rejected))
    for order_line_id, left in back.items():
        kept = came[order_line_id]
        for position in range(len(kept) - 1, -1, -1):
            gone = min(left, kept[position].quantity)
            kept[position] = ReceiptEvidence(kept[position].id, kept[position].quantity - gone)
            left -= gone
    return came


def _links(
    order_lines: Sequence[PurchaseOrderLine], running: Running, invoice_ids: Collection[int]
) -> dict[int, list[MatchLink]]:
    """The batch's own links by invoice; what others reserve of the receipts goes into `running`."""
    own: dict[int, list[MatchLink]] = defaultdict(list)
    wanted = set(invoice_ids)
    rows = MatchLink.objects.filter(order_line_id__in=[line.pk for line in order_lines]).annotate(
        invoice_pk=F("invoice_line__invoice_id"), billed=F("invoice_line__quantity")
    )
    for link in rows.order_by("pk"):
        invoice_id: int = link.invoice_pk
        if invoice_id in wanted:
            own[invoice_id].append(link)
        if link.receipt_line_id is not None and link.quantity:
            taken = running.reserved[link.receipt_line_id]
            taken[invoice_id] = taken.get(invoice_id, ZERO) + link.quantity
    return own
