"""Take in what suppliers bill and credit, as they sent it; hold or reject it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import OuterRef, Subquery

from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, created, store_with_history, updated
from core.models import ExchangeRate, User
from core.money import round_money
from core.numbering import next_number
from procurement.choices import HoldBlocks, HoldKind, HoldStatus, InvoiceKind, InvoiceLineKind, InvoiceStatus
from procurement.models import Hold, Invoice, MatchLink, Supplier
from procurement.services.invoice_lines import resolve_order_lines
from procurement.services.invoice_parts import InvoiceLineInput, InvoiceTaxInput, store_parts

__all__ = [
    "InvoiceLineInput",
    "InvoiceTaxInput",
    "enter_invoice",
    "locked_invoice",
    "normalise_number",
    "place_hold",
    "reject_invoice",
]

ZERO = Decimal(0)
NUMBER_KIND = "INV"


def normalise_number(*, number: str) -> str:
    """An invoice number without what people type differently: letters and digits only, upper case."""
    return "".join(each for each in number.upper() if each.isalnum())


@command
def enter_invoice(
    *,
    kind: str,
    supplier_id: int,
    supplier_number: str,
    issued_on: date,
    currency: str,
    lines: Sequence[InvoiceLineInput],
    actor: User,
    at: datetime,
    taxes: Sequence[InvoiceTaxInput] = (),
    net_total: Decimal | None = None,
    tax_total: Decimal | None = None,
    gross_total: Decimal | None = None,
    rounding_amount: Decimal = ZERO,
    prepaid_amount: Decimal = ZERO,
    payable_amount: Decimal | None = None,
    due_on: date | None = None,
    order_reference: str = "",
    source: str = "TYPED",
    original_id: int | None = None,
    note: str = "",
) -> Invoice:
    """Keep an invoice or credit note as it was sent, all amounts in its currency; nothing is matched yet.

    Totals that are not given are computed from the lines and taxes; given ones are kept as they are, and the match
    holds what does not add up. Lines find their order line by its key, by order number and line, or by order and
    item where only one fits. The exchange rate of the day is frozen. Raises Conflict naming the invoice already
    entered under this number, RuleViolation for missing data, NotAllowed without the right to enter invoices.
    """
    require(actor, "procurement.enter_invoice")
    number = _check_input(supplier_number, currency, lines)
    supplier = _supplier(supplier_id, kind, number)
    net = sum((line.net_amount for line in lines), ZERO) if net_total is None else net_total
    tax = _tax_of(lines, taxes, currency) if tax_total is None else tax_total
    gross = net + tax if gross_total is None else gross_total
    resolved = resolve_order_lines(supplier_id=supplier.pk, lines=lines, order_reference=order_reference)
    invoice = Invoice(
        number=next_number(NUMBER_KIND),
        created_at=at,
        created_by=actor,
        kind=kind,
        supplier=supplier,
        supplier_number=supplier_number.strip(),
        normalised_number=number,
        source=source,
        issued_on=issued_on,
        due_on=due_on or issued_on + timedelta(days=supplier.payment_terms_days),
        order_reference=order_reference.strip(),
        currency=currency,
        exchange_rate=_rate(currency, issued_on),
        net_total=net,
        tax_total=tax,
        gross_total=gross,
        rounding_amount=rounding_amount,
        prepaid_amount=prepaid_amount,
        payable_amount=gross - prepaid_amount + rounding_amount if payable_amount is None else payable_amount,
        original_id=original_id,
        note=note,
    )
    bulk_create_with_history([invoice])
    store_parts(invoice=invoice, lines=lines, order_line_ids=resolved, taxes=taxes)
    return invoice


def _check_input(supplier_number: str, currency: str, lines: Sequence[InvoiceLineInput]) -> str:
    number = normalise_number(number=supplier_number)
    if not number or len(number) > 60:
        raise RuleViolation(
            "The invoice needs the supplier's number of it, at most 60 letters and digits.",
            field="supplier_number",
            remedy="Type it as printed on the invoice.",
        )
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise RuleViolation(
            f"{currency!r} is not a currency.", field="currency", remedy="Use a code like EUR."
        )
    if not lines:
        raise RuleViolation(
            "An invoice needs at least one line.", field="lines", remedy="Add what is billed."
        )
    for position, line in enumerate(lines, start=1):
        figures = (line.quantity, line.unit_price, line.net_amount, line.tax_percent)
        if not all(each.is_finite() for each in figures):
            raise RuleViolation(
                f"Line {position} has a figure that is not a number.", field=f"lines.{position}"
            )
        if line.kind == InvoiceLineKind.ALLOWANCE and line.net_amount > 0:
            raise RuleViolation(
                f"Line {position} is an allowance, so its amount cannot be above zero.",
                field=f"lines.{position}.net_amount",
                remedy="Enter it with a minus sign.",
            )
    return number


def _supplier(supplier_id: int, kind: str, number: str) -> Supplier:
    """The supplier, if this number is not already entered."""
    twin = Invoice.objects.filter(supplier_id=OuterRef("pk"), normalised_number=number, kind=kind).exclude(
        status=InvoiceStatus.REJECTED
    )
    found = Supplier.objects.filter(pk=supplier_id).annotate(twin=Subquery(twin.values("number")[:1]))
    supplier = next(iter(found), None)
    if supplier is None:
        raise NotFound("There is no such supplier.", field="supplier", remedy="Choose one from the list.")
    if supplier.twin:
        raise Conflict(
            f"This {InvoiceKind(kind).label.lower()} of {supplier.name} is already entered as {supplier.twin}.",
            field="supplier_number",
            code="duplicate_invoice",
            remedy=f"Open {supplier.twin}; reject it first if it was wrong.",
        )
    return supplier


def _tax_of(lines: Sequence[InvoiceLineInput], taxes: Sequence[InvoiceTaxInput], currency: str) -> Decimal:
    if taxes:
        return sum((row.tax_amount for row in taxes), ZERO)
    return sum((round_money(x.net_amount * x.tax_percent / 100, currency) for x in lines), ZERO)


def _rate(currency: str, on: date) -> Decimal:
    """The newest rate not later than that day, else the oldest known: an invoice may be older than our records."""
    if currency == settings.BASE_CURRENCY:
        return Decimal(1)
    rates = ExchangeRate.objects.filter(currency=currency)
    row = rates.filter(valid_on__lte=on).order_by("-valid_on").first() or rates.order_by("valid_on").first()
    if row is None:
        raise RuleViolation(
            f"There is no exchange rate for {currency}.",
            field="currency",
            remedy="Add one under Exchange rates, then try again.",
        )
    return row.rate


@command
def reject_invoice(*, invoice_id: int, reason: str, actor: User, at: datetime) -> Invoice:
    """Send an invoice back that is not posted: it bills nothing, and its number may be entered again.

    Raises IllegalTransition for a posted one (a credit note corrects that), NotAllowed without the right.
    """
    require(actor, "procurement.place_hold")
    _require_reason(reason)
    invoice = locked_invoice(invoice_id=invoice_id)
    if invoice.is_posted:
        raise Conflict(
            f"{invoice} is posted and cannot be rejected.",
            field="status",
            remedy="Ask the supplier for a credit note and enter it.",
        )
    invoice.advance(InvoiceStatus.REJECTED)
    links = list(MatchLink.objects.filter(invoice_line__invoice=invoice))
    for link in links:
        link.quantity = link.amount = ZERO
    holds = list(Hold.objects.filter(invoice=invoice, status=HoldStatus.ACTIVE))
    for hold in holds:
        hold.status, hold.resolved_at, hold.resolved_by = HoldStatus.CLEARED, at, actor
    store_with_history(
        updated([invoice], ["status"]),
        updated(links, ["quantity", "amount"]),
        updated(holds, ["status", "resolved_at", "resolved_by"]),
    )
    return invoice


@command
def place_hold(
    *, invoice_id: int, reason: str, actor: User, at: datetime, blocks: str = HoldBlocks.PAY
) -> Hold:
    """Hold an invoice by hand until a person releases it. A posted one can only be kept from payment."""
    require(actor, "procurement.place_hold")
    _require_reason(reason)
    invoice = locked_invoice(invoice_id=invoice_id)
    if invoice.status == InvoiceStatus.REJECTED:
        raise Conflict(f"{invoice} is rejected; there is nothing to hold.", field="status")
    if invoice.is_posted and blocks == HoldBlocks.POST:
        raise Conflict(f"{invoice} is already posted.", field="blocks", remedy="Hold its payment instead.")
    if Hold.objects.filter(invoice=invoice, kind=HoldKind.MANUAL, status=HoldStatus.ACTIVE).exists():
        raise Conflict(f"{invoice} is already held by a person.", remedy="Release that hold first.")
    hold = Hold(
        invoice=invoice,
        kind=HoldKind.MANUAL,
        blocks=blocks,
        explanation=reason,
        waits_for=str(actor)[:120],
        remedy="A release by someone with the right to release holds.",
        placed_at=at,
        placed_by=actor,
    )
    moved = []
    if invoice.status == InvoiceStatus.PAYABLE:
        invoice.advance(InvoiceStatus.POSTED)
        moved = [invoice]
    elif invoice.status == InvoiceStatus.ENTERED and blocks == HoldBlocks.POST:
        invoice.advance(InvoiceStatus.HELD)
        moved = [invoice]
    store_with_history(created([hold]), updated(moved, ["status"]))
    return hold


def locked_invoice(*, invoice_id: int) -> Invoice:
    """The invoice, locked for this transaction. Raises NotFound."""
    found: list[Invoice] = list(Invoice.objects.select_for_update().filter(pk=invoice_id))
    if not found:
        raise NotFound("There is no such invoice.")
    return found[0]


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation("Say why.", field="reason", remedy="One sentence is enough.")
