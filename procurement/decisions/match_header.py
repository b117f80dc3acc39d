"""What an invoice must satisfy by itself: its own arithmetic, its supplier, its charges."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core.money import round_money
from procurement.choices import HoldBlocks, HoldKind, InvoiceLineKind, ToleranceKind
from procurement.decisions.evidence import HoldFinding, InvoiceEvidence
from procurement.decisions.tolerances import Tolerance, ToleranceBook
from procurement.decisions.words import money, percent

ZERO = Decimal(0)
ACCOUNTS = "Accounts payable"


def check_header(invoice: InvoiceEvidence, book: ToleranceBook) -> Iterator[HoldFinding]:
    """The holds that concern the invoice as a whole. What stops posting is not asked again once it is posted."""
    if invoice.posted_key is None:
        yield from _tax(invoice, book.of(ToleranceKind.TAX, invoice.supplier_id))
        yield from _totals(invoice, book.of(ToleranceKind.TOTAL, invoice.supplier_id))
        yield from _something_billed(invoice)
    yield from _charges(invoice, book.of(ToleranceKind.CHARGE, invoice.supplier_id))
    if invoice.supplier_blocked:
        yield HoldFinding(
            kind=HoldKind.SUPPLIER_BLOCKED,
            blocks=HoldBlocks.PAY,
            explanation=f"Supplier {invoice.supplier_name} is blocked. Nothing is paid to a blocked supplier.",
            waits_for="Purchasing",
            remedy="Approve the supplier again.",
        )
    if invoice.duplicate_of:
        yield HoldFinding(
            kind=HoldKind.DUPLICATE,
            blocks=HoldBlocks.PAY,
            explanation=(
                f"The same supplier billed the same amount, {money(invoice.gross_total, invoice.currency)}, "
                f"within 30 days under the number {invoice.duplicate_of}. This may be the same bill twice."
            ),
            inputs={"other": invoice.duplicate_of, "gross_total": str(invoice.gross_total)},
            waits_for=ACCOUNTS,
            remedy="Reject one of the two, or release with the reason why both are right.",
        )


def _tax(invoice: InvoiceEvidence, tolerance: Tolerance) -> Iterator[HoldFinding]:
    cur = invoice.currency
    faults: list[tuple[Decimal, str]] = []
    for row in invoice.taxes:
        due = round_money(row.taxable_amount * row.percent / 100, cur)
        faults.append((
            row.tax_amount - due,
            f"{money(row.taxable_amount, cur)} at {row.percent.normalize():f} % is {money(due, cur)}, "
            f"the invoice says {money(row.tax_amount, cur)}",
        ))  # fmt: skip
    rows = sum((row.tax_amount for row in invoice.taxes), ZERO)
    if not invoice.taxes:
        rows = sum((round_money(x.net_amount * x.tax_percent / 100, cur) for x in invoice.lines), ZERO)
    faults.append((
        invoice.tax_total - rows,
        f"its parts come to {money(rows, cur)}, its tax total says {money(invoice.tax_total, cur)}",
    ))  # fmt: skip
    if invoice.taxes:
        taxed = sum((row.taxable_amount for row in invoice.taxes), ZERO)
        faults.append((
            invoice.net_total - taxed,
            f"tax is worked out on {money(taxed, cur)}, the net total is {money(invoice.net_total, cur)}",
        ))  # fmt: skip
    yield from _sum_hold(invoice, HoldKind.TAX, faults, tolerance, "Tax does not add up", invoice.tax_total)


def _totals(invoice: InvoiceEvidence, tolerance: Tolerance) -> Iterator[HoldFinding]:
    cur = invoice.currency
    lines = sum((line.net_amount for line in invoice.lines), ZERO)
    gross = invoice.net_total + invoice.tax_total
    payable = invoice.gross_total - invoice.prepaid_amount + invoice.rounding_amount
    faults = [
        (
            invoice.net_total - lines,
            f"the lines come to {money(lines, cur)}, the net total says {money(invoice.net_total, cur)}",
        ),
        (
            invoice.gross_total - gross,
            f"net and tax come to {money(gross, cur)}, "
            f"the total with tax says {money(invoice.gross_total, cur)}",
        ),
        (
            invoice.payable_amount - payable,
            f"less prepaid, with rounding, it is {money(payable, cur)}, "
            f"the amount due says {money(invoice.payable_amount, cur)}",
        ),
    ]
    yield from _sum_hold(invoice, HoldKind.TOTAL, faults, tolerance, "Totals do not add up", gross)


def _sum_hold(
    invoice: InvoiceEvidence,
    kind: HoldKind,
    faults: list[tuple[Decimal, str]],
    tolerance: Tolerance,
    title: str,
    base: Decimal,
) -> Iterator[HoldFinding]:
    limit = tolerance.allowance(base)
    if limit is None:
        return
    wrong = [(abs(gap), words) for gap, words in faults if abs(gap) > limit]
    if not wrong:
        return
    worst = max(gap for gap, _ in wrong)
    yield HoldFinding(
        kind=kind,
        blocks=HoldBlocks.POST,
        variance=worst,
        limit=limit,
        limit_source=tolerance.source,
        explanation=(
            f"{title}: {'; '.join(words for _, words in wrong)}. "
            f"That is off by {money(worst, invoice.currency)}; your tolerance is {tolerance.words()}."
        ),
        inputs={"difference": str(worst), "currency": invoice.currency},
        waits_for=ACCOUNTS,
        remedy="Ask the supplier for a corrected invoice, and reject this one.",
    )


def _something_billed(invoice: InvoiceEvidence) -> Iterator[HoldFinding]:
    """Charges alone, of no order, have nothing to be the cost of."""
    if any(line.kind == InvoiceLineKind.GOODS or line.order_line_id for line in invoice.lines):
        return
    yield HoldFinding(
        kind=HoldKind.NO_ORDER_LINE,
        blocks=HoldBlocks.POST,
        explanation="This invoice has charges only, and none of them is on an order.",
        waits_for="The buyer",
        remedy="Name the order line that each charge belongs to, or reject the invoice.",
    )


def _charges(invoice: InvoiceEvidence, tolerance: Tolerance) -> Iterator[HoldFinding]:
    cur = invoice.currency
    total = sum(
        (x.net_amount for x in invoice.lines if x.kind == InvoiceLineKind.CHARGE and not x.order_line_id),
        ZERO,
    )
    goods = sum((x.net_amount for x in invoice.lines if x.kind == InvoiceLineKind.GOODS), ZERO)
    limit = tolerance.allowance(goods)
    over = total * invoice.sign
    if limit is None or over <= limit or over <= 0:
        return
    share = percent(over, goods)
    yield HoldFinding(
        kind=HoldKind.CHARGE,
        blocks=HoldBlocks.PAY,
        variance=over,
        limit=limit,
        limit_source=tolerance.source,
        explanation=(
            f"Charges of {money(over, cur)}{f' ({share} of the goods)' if share else ''} are not on the order; "
            f"your tolerance is {tolerance.words()}."
        ),
        inputs={"charges": str(over), "goods": str(goods), "currency": cur},
        waits_for="The buyer",
        remedy="Add the charge to the order, get a credit, or release the hold.",
    )
