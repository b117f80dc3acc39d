"""How much money is billed of an order line in all, against what the order says for so much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from core.money import round_money
from procurement.choices import HoldBlocks, HoldKind, ToleranceKind
from procurement.decisions.evidence import (
    Billing,
    HoldFinding,
    InvoiceEvidence,
    LineEvidence,
    OrderLineEvidence,
)
from procurement.decisions.tolerances import ToleranceBook
from procurement.decisions.words import money, percent

ZERO = Decimal(0)


def check_value(
    invoice: InvoiceEvidence,
    order_line: OrderLineEvidence,
    lines: Sequence[LineEvidence],
    before: Sequence[Billing],
    book: ToleranceBook,
) -> Iterator[HoldFinding]:
    """A charge line may bill its ordered amount; other lines the order price of what they bill, over all invoices.

    Only an invoice that itself bills more than the order says is held for the sum.
    """
    cur, sign, price = invoice.currency, invoice.sign, order_line.unit_price
    own = sum((line.net_amount for line in lines), ZERO) * sign
    billed = sum((each.net_amount for each in before), ZERO) + own
    kind, tolerance_kind = HoldKind.LINE_VALUE, ToleranceKind.LINE_VALUE
    if order_line.is_charge:
        kind, tolerance_kind = HoldKind.CHARGE, ToleranceKind.CHARGE
        own_due, due = ZERO, round_money(order_line.quantity * price, cur)
    else:
        own_due = sum((round_money(line.quantity * price, cur) for line in lines), ZERO) * sign
        due = sum((each.expected for each in before), ZERO) + own_due
    tolerance = book.find(tolerance_kind, invoice.supplier_id, order_line.category_id)
    if tolerance is None and not order_line.is_charge:
        # No rule of its own: as much above as the price rule allows for each unit billed.
        tolerance = book.of(ToleranceKind.PRICE, invoice.supplier_id, order_line.category_id)
        limit = _at_price_limit(tolerance.allowance(price), order_line, lines, before, cur, sign, due)
    else:
        tolerance = tolerance or book.of(tolerance_kind, invoice.supplier_id)
        limit = tolerance.allowance(due)
    over = billed - due
    if limit is None or over <= limit or over <= 0 or own <= own_due:
        return
    share, earlier = percent(over, due), billed - own
    in_all = f" in all ({money(earlier, cur)} on other invoices)" if earlier else ""
    yield HoldFinding(
        kind=kind,
        blocks=HoldBlocks.PAY,
        line_id=lines[0].id,
        order_line_id=order_line.id,
        variance=over,
        limit=limit,
        limit_source=tolerance.source,
        explanation=(
            f"Billed {money(billed, cur)}{in_all} on {order_line.label}; for this the order says {money(due, cur)}. "
            f"That is {money(over, cur).removesuffix(f' {cur}')}{f' ({share})' if share else ''} above; "
            f"your tolerance is {tolerance.words()}."
        ),
        inputs={"billed": str(billed), "earlier": str(earlier), "due": str(due), "currency": cur},
        waits_for=f"Buyer {order_line.buyer}",
        remedy="A revised order, a credit from the supplier, or a release.",
    )


def _at_price_limit(
    per_unit: Decimal | None,
    order_line: OrderLineEvidence,
    lines: Sequence[LineEvidence],
    before: Sequence[Billing],
    currency: str,
    sign: int,
    due: Decimal,
) -> Decimal | None:
    """What the lines may exceed `due` by, each rounded at the highest price that the price rule lets through."""
    if per_unit is None:
        return None
    highest = order_line.unit_price + per_unit
    quantities = [each.quantity for each in before] + [line.quantity * sign for line in lines]
    return sum((round_money(quantity * highest, currency) for quantity in quantities), ZERO) - due
