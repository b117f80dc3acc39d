"""Three-way match: evidence in, verdict out, the arithmetic part of the verdict. No database, no clock.

An invoice's lines are compared with the order (2-way), with what came and stayed (3-way) or was accepted (4-way).
Every limit is exact: at the limit passes, one smallest unit beyond it is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from core.money import round_money, split_by_weights
from procurement.choices import InvoiceKind, InvoiceLineKind
from procurement.decisions.evidence import (
    Billing,
    InvoiceEvidence,
    InvoiceVerdict,
    LineEvidence,
    LinkFinding,
    OrderLineEvidence,
    PostedKey,
    Running,
)
from procurement.decisions.match_header import check_header
from procurement.decisions.match_lines import check_lines

ZERO = Decimal(0)


def decide_invoice(invoice: InvoiceEvidence, running: Running) -> InvoiceVerdict:
    """Holds, links and costs of one invoice, given what is posted so far.

    Reserves in `running` what its links take of receipts; call `take` once it is posted.
    """
    holds = (*check_header(invoice, running.tolerances), *check_lines(invoice, running))
    return InvoiceVerdict(
        invoice_id=invoice.id,
        links=tuple(_links(invoice, running)),
        holds=holds,
        costs=line_costs(invoice, running.order_lines),
    )


def take(invoice: InvoiceEvidence, running: Running, posted_key: PostedKey) -> None:
    """Count the invoice as billed for those decided after it."""
    for line in invoice.lines:
        if line.order_line_id is None:
            continue
        order_line = running.order_lines[line.order_line_id]
        expected = round_money(line.quantity * order_line.unit_price, order_line.currency)
        running.billings[order_line.id].append(
            Billing(
                invoice_id=invoice.id,
                posted_key=posted_key,
                quantity=ZERO if order_line.is_charge else line.quantity * invoice.sign,
                net_amount=line.net_amount * invoice.sign,
                expected=expected * invoice.sign,
                is_credit_note=invoice.kind == InvoiceKind.CREDIT_NOTE,
            )
        )


def _links(invoice: InvoiceEvidence, running: Running) -> Iterator[LinkFinding]:
    """First in, first out: each billed quantity takes what earlier links left of the oldest receipts."""
    linked = [line for line in invoice.lines if line.order_line_id is not None]
    order_lines = {line.order_line_id for line in linked}
    for key in order_lines:
        for receipt in running.order_lines[key].receipts if key is not None else ():
            running.reserved[receipt.id].pop(invoice.id, None)
    for line in linked:
        assert line.order_line_id is not None
        order_line = running.order_lines[line.order_line_id]
        parts = _parts(invoice, line, order_line, running)
        amounts = split_by_weights(line.net_amount, [quantity for _, quantity in parts], invoice.currency)
        for (receipt_id, quantity), amount in zip(parts, amounts, strict=True):
            yield LinkFinding(line.id, order_line.id, receipt_id, quantity, amount)


def _parts(
    invoice: InvoiceEvidence, line: LineEvidence, order_line: OrderLineEvidence, running: Running
) -> list[tuple[int | None, Decimal]]:
    """Which receipts the line's quantity came with; None for what has not come."""
    left = line.quantity * invoice.sign
    if order_line.is_charge:
        return [(None, max(left, ZERO))]
    if left <= 0:
        return [(None, -left)]
    parts: list[tuple[int | None, Decimal]] = []
    for receipt in order_line.receipts:
        taken = running.reserved[receipt.id]
        quantity = min(left, receipt.quantity - sum(taken.values(), ZERO))
        if quantity > 0:
            taken[invoice.id] = taken.get(invoice.id, ZERO) + quantity
            parts.append((receipt.id, quantity))
            left -= quantity
    if left > 0:
        parts.append((None, left))
    return parts


def line_costs(invoice: InvoiceEvidence, order_lines: Mapping[int, OrderLineEvidence]) -> dict[int, Decimal]:
    """What each line costs us, in invoice currency; the costs sum to net plus the tax that cannot be recovered.

    Charges and allowances of no order line are spread over the goods by net amount, and the printed tax over all
    lines by what each owes; a line keeps its tax only where its order says that it cannot be recovered.
    """
    own = [x for x in invoice.lines if x.kind == InvoiceLineKind.GOODS or x.order_line_id is not None]
    if not own:
        return {}
    spread = sum((x.net_amount for x in invoice.lines), ZERO) - sum((x.net_amount for x in own), ZERO)
    bearers = [x for x in own if not _is_charge(x, order_lines)] or own
    shares = dict(
        zip(
            [x.id for x in bearers],
            split_by_weights(spread, _weights([x.net_amount for x in bearers]), invoice.currency),
            strict=True,
        )
    )
    costs = {x.id: x.net_amount + shares.get(x.id, ZERO) for x in own}
    owed = _weights([costs[x.id] * x.tax_percent for x in own])
    if not any(owed):
        owed = _weights([costs[x.id] for x in own])
    taxes = split_by_weights(invoice.tax_total, owed, invoice.currency)
    for line, tax in zip(own, taxes, strict=True):
        order_line = order_lines.get(line.order_line_id) if line.order_line_id else None
        if order_line is not None and not order_line.tax_recoverable:
            costs[line.id] += tax
    return costs


def _is_charge(line: LineEvidence, order_lines: Mapping[int, OrderLineEvidence]) -> bool:
    return line.order_line_id is not None and order_lines[line.order_line_id].is_charge


def _weights(amounts: list[Decimal]) -> list[Decimal]:
    """Amounts as weights: those of the prevailing sign count, the others bear nothing."""
    prevailing = -1 if sum(amounts, ZERO) < 0 else 1
    return [max(amount * prevailing, ZERO) for amount in amounts]
