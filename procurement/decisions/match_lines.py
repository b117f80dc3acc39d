"""What billed lines must satisfy against their order line: open, currency, quantity, price, value, credit.

Quantity and value are looked at per order line over all invoices, so slicing a bill changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.money import round_money
from procurement.choices import (
    HoldBlocks,
    HoldKind,
    InvoiceLineKind,
    MatchLevel,
    OrderStatus,
    ToleranceKind,
)
from procurement.decisions.evidence import (
    Billing,
    HoldFinding,
    InvoiceEvidence,
    LineEvidence,
    OrderLineEvidence,
    Running,
)
from procurement.decisions.match_values import check_value
from procurement.decisions.tolerances import ToleranceBook
from procurement.decisions.words import money, percent, plain

ZERO = Decimal(0)
NOT_ISSUED = {OrderStatus.DRAFT, OrderStatus.PENDING_APPROVAL, OrderStatus.APPROVED, OrderStatus.CANCELLED}


@dataclass(frozen=True)
class Group:
    """All lines of one invoice on one order line, with what other invoices billed of it before."""

    invoice: InvoiceEvidence
    order_line: OrderLineEvidence
    lines: tuple[LineEvidence, ...]
    before: tuple[Billing, ...]
    posted: tuple[Billing, ...]

    @property
    def quantity(self) -> Decimal:
        """What this invoice adds; a credit takes away."""
        return sum((line.quantity for line in self.lines), ZERO) * self.invoice.sign

    @property
    def net_amount(self) -> Decimal:
        """What this invoice adds in money."""
        return sum((line.net_amount for line in self.lines), ZERO) * self.invoice.sign

    @property
    def billed(self) -> Decimal:
        """Quantity billed with this invoice, less credits."""
        return sum((each.quantity for each in self.before), ZERO) + self.quantity


def check_lines(invoice: InvoiceEvidence, running: Running) -> Iterator[HoldFinding]:
    """The holds that concern single lines and their order lines."""
    if invoice.posted_key is None:
        yield from _without_order(invoice)
    for group in groups_of(invoice, running):
        order_line = group.order_line
        if invoice.posted_key is None:
            yield from _not_open(group)
            yield from _credit(group)
        if invoice.currency != order_line.currency:
            if invoice.posted_key is None:
                yield _currency(group)
            continue
        if not order_line.is_charge:
            yield from _quantities(group, running.tolerances)
            yield from _prices(group, running.tolerances)
        yield from check_value(invoice, order_line, group.lines, group.before, running.tolerances)


def groups_of(invoice: InvoiceEvidence, running: Running) -> Iterator[Group]:
    """One group per order line, in the order of the invoice's lines.

    A posted invoice counts what was posted before it, every credit, and, while it is blocked itself, whatever else may
    be paid already: so what may be paid is never more than the limit, in whatever order it is looked at.
    """
    by_line: dict[int, list[LineEvidence]] = defaultdict(list)
    for line in invoice.lines:
        if line.order_line_id is not None:
            by_line[line.order_line_id].append(line)
    for key, lines in by_line.items():
        posted = tuple(x for x in running.billings.get(key, ()) if x.invoice_id != invoice.id)
        before = tuple(x for x in posted if _counts(x, invoice, running.payable))
        yield Group(invoice, running.order_lines[key], tuple(lines), before, posted)


def _counts(billing: Billing, invoice: InvoiceEvidence, payable: set[int]) -> bool:
    if invoice.posted_key is None or billing.quantity < 0 or billing.net_amount < 0:
        return True
    is_earlier = billing.posted_key < invoice.posted_key
    if invoice.id in payable:
        return is_earlier and billing.invoice_id in payable
    return is_earlier or billing.invoice_id in payable


def _without_order(invoice: InvoiceEvidence) -> Iterator[HoldFinding]:
    for line in invoice.lines:
        if line.kind == InvoiceLineKind.GOODS and line.order_line_id is None:
            yield HoldFinding(
                kind=HoldKind.NO_ORDER_LINE,
                blocks=HoldBlocks.POST,
                line_id=line.id,
                explanation=(
                    f"Line {line.line_number} bills {money(line.net_amount, invoice.currency)} "
                    "and no order line was found for it."
                ),
                inputs={"net_amount": str(line.net_amount)},
                waits_for="The buyer",
                remedy="Name the order line it belongs to, or reject the invoice.",
            )


def _not_open(group: Group) -> Iterator[HoldFinding]:
    order_line = group.order_line
    if order_line.order_status not in NOT_ISSUED:
        return
    state = OrderStatus(order_line.order_status).label.lower()
    yield HoldFinding(
        kind=HoldKind.ORDER_NOT_OPEN,
        blocks=HoldBlocks.POST,
        line_id=group.lines[0].id,
        order_line_id=order_line.id,
        explanation=f"Order {order_line.order_number} is {state}: it has not been issued to the supplier.",
        inputs={"order_status": order_line.order_status},
        waits_for=f"Buyer {order_line.buyer}",
        remedy=f"Approve and issue order {order_line.order_number}, or reject the invoice.",
    )


def _currency(group: Group) -> HoldFinding:
    theirs, ours = group.invoice.currency, group.order_line.currency
    return HoldFinding(
        kind=HoldKind.CURRENCY,
        blocks=HoldBlocks.POST,
        line_id=group.lines[0].id,
        order_line_id=group.order_line.id,
        explanation=f"Billed in {theirs}; {group.order_line.label} is in {ours}.",
        inputs={"billed": theirs, "ordered": ours},
        waits_for="Accounts payable",
        remedy=f"Ask the supplier for an invoice in {ours}, and reject this one.",
    )


def _credit(group: Group) -> Iterator[HoldFinding]:
    """Nothing is credited that is not billed and posted; nor does a credit note take back more than was credited."""
    order_line, cur, is_charge = group.order_line, group.invoice.currency, group.order_line.is_charge
    billed = sum((each.quantity for each in group.posted), ZERO)
    value = sum((each.net_amount for each in group.posted), ZERO)
    credited = -sum((each.quantity for each in group.posted if each.is_credit_note), ZERO)
    short = short_value = ZERO
    if group.quantity < 0 and not is_charge:
        short = max(-(billed + group.quantity), ZERO)
    elif group.invoice.sign < 0 and not is_charge:
        short = max(group.quantity - credited, ZERO)
    if group.net_amount < 0:
        short_value = max(-(value + group.net_amount), ZERO)
    if short == 0 and short_value == 0:
        return
    unit = order_line.unit_code
    yield HoldFinding(
        kind=HoldKind.CREDIT_OVER_BILLED,
        blocks=HoldBlocks.POST,
        line_id=group.lines[0].id,
        order_line_id=order_line.id,
        variance=short or short_value,
        limit=ZERO,
        limit_source="always",
        explanation=(
            f"Credits {plain(-group.quantity)} {unit} worth {money(-group.net_amount, cur)}; "
            f"of {order_line.label} {plain(billed)} {unit} worth {money(value, cur)} are billed and posted."
        ),
        inputs={"billed": str(billed), "credited": str(-group.quantity), "value": str(value)},
        waits_for="Accounts payable",
        remedy="Enter and post the invoice that it credits, or reject this credit.",
    )


def _quantities(group: Group, book: ToleranceBook) -> Iterator[HoldFinding]:
    if group.quantity <= 0:
        return
    line = group.order_line
    yield from _over(
        group, book, HoldKind.QUANTITY_OVER_ORDERED, ToleranceKind.QUANTITY_ORDERED,
        line.quantity, "the order says", f"Buyer {line.buyer}",
        "A larger order, a credit from the supplier, or a release.",
    )  # fmt: skip
    if line.level == MatchLevel.TWO_WAY:
        return
    accepted = line.level == MatchLevel.FOUR_WAY
    yield from _over(
        group, book,
        HoldKind.QUANTITY_OVER_ACCEPTED if accepted else HoldKind.QUANTITY_OVER_RECEIVED,
        ToleranceKind.QUANTITY_RECEIVED,
        line.net_received,
        "accepted are" if accepted else "received, less rejected and returned, are",
        "Whoever accepts the work" if accepted else "Receiving",
        f"{'Acceptance' if accepted else 'Receipt'} of the rest clears this by itself; so does a credit.",
    )  # fmt: skip


def _over(
    group: Group, book: ToleranceBook, kind: HoldKind, tolerance_kind: ToleranceKind,
    basis: Decimal, words: str, waits_for: str, remedy: str,
) -> Iterator[HoldFinding]:  # fmt: skip
    line = group.order_line
    tolerance = book.of(tolerance_kind, group.invoice.supplier_id, line.category_id)
    limit, over = tolerance.allowance(basis), group.billed - basis
    if limit is None or over <= limit or over <= 0:
        return
    share, unit = percent(over, basis), line.unit_code
    earlier = group.billed - group.quantity
    in_all = f" ({plain(earlier)} on other invoices)" if earlier else ""
    yield HoldFinding(
        kind=kind,
        # No more is ever billed than was ordered; what is only not here yet is billed and waits for payment.
        blocks=HoldBlocks.POST if kind == HoldKind.QUANTITY_OVER_ORDERED else HoldBlocks.PAY,
        line_id=group.lines[0].id,
        order_line_id=line.id,
        variance=over,
        limit=limit,
        limit_source=tolerance.source,
        explanation=(
            f"Billed {plain(group.billed)} {unit}{in_all}; {words} {plain(basis)} {unit}. "
            f"That is {plain(over)} {unit}{f' ({share})' if share else ''} above; "
            f"your tolerance is {tolerance.words()}."
        ),
        inputs={"billed": str(group.billed), "earlier": str(earlier), "basis": str(basis), "unit": unit},
        waits_for=waits_for,
        remedy=remedy,
    )


def _prices(group: Group, book: ToleranceBook) -> Iterator[HoldFinding]:
    order_line, cur = group.order_line, group.invoice.currency
    tolerance = book.of(ToleranceKind.PRICE, group.invoice.supplier_id, order_line.category_id)
    agreed = order_line.unit_price
    limit = tolerance.allowance(agreed)
    if limit is None:
        return
    for line in group.lines:
        over = line.unit_price - agreed
        if line.quantity * group.invoice.sign <= 0 or over <= limit or over <= 0:
            continue
        share = percent(over, agreed)
        yield HoldFinding(
            kind=HoldKind.PRICE,
            blocks=HoldBlocks.PAY,
            line_id=line.id,
            order_line_id=order_line.id,
            variance=over,
            limit=limit,
            limit_source=tolerance.source,
            explanation=(
                f"Billed {plain(line.quantity)} {order_line.unit_code} at {money(line.unit_price, cur)}; "
                f"the order says {money(agreed, cur)}. That is {money(over, cur).removesuffix(f' {cur}')}"
                f"{f' ({share})' if share else ''} above; your tolerance is {tolerance.words()}."
            ),
            inputs={
                "billed_price": str(line.unit_price), "order_price": str(agreed), "currency": cur,
                "effect": str(round_money(over * line.quantity, cur)),
            },
            waits_for=f"Buyer {order_line.buyer}",
            remedy="A revised order price, a corrected invoice, or a release.",
        )  # fmt: skip
