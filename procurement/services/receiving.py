"""What came in, what was accepted, what went back. Every row is a fact; a mistake is reversed, never edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import update_with_history
from core.models import User
from core.numbering import next_number
from procurement import events
from procurement.choices import OPEN_ORDER, LineKind, OrderStatus, ReceiptKind, ToleranceKind
from procurement.decisions.input_checks import check_quantity, check_reason
from procurement.decisions.progress import LineProgress, order_status
from procurement.decisions.receiving import ReceiptRule, most_receivable, rule_for
from procurement.models import (
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseOrder,
    PurchaseOrderLine,
    ToleranceRule,
)
from procurement.services.matching import rematch_order_lines
from procurement.services.order_locks import lock_order_with_lines
from procurement.services.quantities import refresh_quantities, show_quantities

ZERO = Decimal(0)
INCOMING = (ReceiptKind.DELIVERY, ReceiptKind.ACCEPTANCE)


@dataclass(frozen=True)
class ReceiptLineInput:
    """So much of an order line, in its unit; `quantity` includes what is rejected."""

    order_line_id: int
    quantity: Decimal
    quantity_rejected: Decimal = ZERO
    rejection_reason: str = ""


@command
def receive_goods(
    *,
    order_id: int,
    lines: Sequence[ReceiptLineInput],
    actor: User,
    at: datetime,
    delivery_note: str = "",
    note: str = "",
    kind: str = ReceiptKind.DELIVERY,
) -> GoodsReceipt:
    """Book a delivery. Of each line we may hold at most what is open on the order plus its over-delivery tolerance.

    Rejected pieces need a reason and do not count as held. Raises NotAllowed, Conflict (order not open, delivery
    note booked already), RuleViolation (too much, wrong line).
    """
    require(actor, "procurement.receive_goods")
    order, rows = lock_order_with_lines(order_id=order_id, actor=actor)
    order.require(*sorted(OPEN_ORDER))
    _check_input(lines, rows)
    _refuse_booked_note(order, delivery_note.strip(), kind)
    if kind == ReceiptKind.ACCEPTANCE:
        _only_services(lines, rows)
    held = _held_after(rows, {pk: qty - bad for pk, qty, bad in _by_line(lines)})
    _check_tolerance(order, rows, held)
    return _book(order, rows, lines, kind, delivery_note, note, actor, at)


@command
def accept_service(
    *, order_id: int, lines: Sequence[ReceiptLineInput], actor: User, at: datetime, note: str = ""
) -> GoodsReceipt:
    """Accept services that were done: a receipt of kind acceptance, of service lines only. Raises as receive_goods."""
    return receive_goods(
        order_id=order_id, lines=lines, actor=actor, at=at, note=note, kind=ReceiptKind.ACCEPTANCE
    )


@command
def return_goods(
    *,
    order_id: int,
    lines: Sequence[ReceiptLineInput],
    note: str,
    actor: User,
    at: datetime,
    delivery_note: str = "",
) -> GoodsReceipt:
    """Send back what we hold, with the reason in `note`; also on a closed order.

    Raises NotAllowed, Conflict (order never issued), RuleViolation (more than we hold, no reason).
    """
    require(actor, "procurement.return_goods")
    if not note.strip():
        raise RuleViolation("Say why it goes back.", field="note")
    order, rows = lock_order_with_lines(order_id=order_id, actor=actor)
    order.require(*sorted({*OPEN_ORDER, OrderStatus.CLOSED}))
    _check_input(lines, rows)
    _refuse_booked_note(order, delivery_note.strip(), ReceiptKind.RETURN)
    for number, line in enumerate(lines):
        if line.quantity_rejected:
            raise RuleViolation("Nothing is rejected on a return.", field=f"lines.{number}.quantity_rejected")
    for pk, held in _held_after(rows, {pk: -qty for pk, qty, _ in _by_line(lines)}).items():
        if held < 0:
            raise RuleViolation(
                f"We hold only {rows[pk].net_received.normalize():f} of line {rows[pk]}.", field="quantity"
            )
    return _book(order, rows, lines, ReceiptKind.RETURN, delivery_note, note, actor, at)


@command
def reverse_receipt(*, receipt_id: int, reason: str, actor: User, at: datetime) -> GoodsReceipt:
    """Undo a receipt, acceptance or return that was booked by mistake, as a new fact that points at it.

    Raises NotAllowed, Conflict (reversed already, goods went back meanwhile), RuleViolation (no reason, or more
    would be held than the order allows).
    """
    said = check_reason(reason)
    receipt = next(iter(GoodsReceipt.objects.filter(pk=receipt_id)), None)
    if receipt is None:
        raise NotFound("There is no such receipt.")
    is_return = receipt.kind == ReceiptKind.RETURN
    require(actor, "procurement.return_goods" if is_return else "procurement.receive_goods")
    if receipt.kind == ReceiptKind.REVERSAL:
        raise Conflict(f"{receipt} is itself a reversal.", remedy="Book what happened as a new receipt.")
    order, rows = lock_order_with_lines(order_id=receipt.order_id, actor=actor)
    if GoodsReceipt.objects.filter(reverses=receipt).exists():
        raise Conflict(f"{receipt} is reversed already.")
    lines = [
        ReceiptLineInput(part.order_line_id, part.quantity, part.quantity_rejected, part.rejection_reason)
        for part in receipt.lines.order_by("pk")
    ]
    sign = 1 if is_return else -1
    held = _held_after(rows, {pk: sign * (qty - bad) for pk, qty, bad in _by_line(lines)})
    if is_return:
        _check_tolerance(order, rows, held)
    elif any(left < 0 for left in held.values()):
        raise Conflict(
            f"Part of what {receipt} brought has gone back to the supplier.",
            remedy="Reverse that return first.",
        )
    return _book(order, rows, lines, ReceiptKind.REVERSAL, "", said, actor, at, receipt)


def _check_input(lines: Sequence[ReceiptLineInput], rows: Mapping[int, PurchaseOrderLine]) -> None:
    if not lines:
        raise RuleViolation("Enter a quantity on at least one line.", field="lines")
    for number, line in enumerate(lines):
        at = f"lines.{number}"
        row = rows.get(line.order_line_id)
        if row is None:
            raise NotFound("This line is not on the order.", field=f"{at}.order_line_id")
        if row.kind == LineKind.CHARGE:
            raise RuleViolation("A charge is not received, only billed.", field=f"{at}.order_line_id")
        check_quantity(line.quantity, f"{at}.quantity")
        if line.quantity_rejected:
            check_quantity(line.quantity_rejected, f"{at}.quantity_rejected")
            if not line.rejection_reason.strip():
                raise RuleViolation("Say why pieces were rejected.", field=f"{at}.rejection_reason")
        if line.quantity_rejected > line.quantity:
            raise RuleViolation("No more can be rejected than came.", field=f"{at}.quantity_rejected")


def _only_services(lines: Iterable[ReceiptLineInput], rows: Mapping[int, PurchaseOrderLine]) -> None:
    for number, line in enumerate(lines):
        if rows[line.order_line_id].kind != LineKind.SERVICE:
            raise RuleViolation(
                "Only services are accepted.",
                field=f"lines.{number}.order_line_id",
                remedy="Receive goods as a delivery.",
            )


def _refuse_booked_note(order: PurchaseOrder, delivery_note: str, kind: str) -> None:
    if not delivery_note:
        return
    known = order.receipts.filter(delivery_note=delivery_note, kind=kind).first()
    if known is not None:
        raise Conflict(
            f"Delivery note {delivery_note} is booked on {order} already, as {known}.",
            field="delivery_note",
            remedy=f"If {known} was reversed, add a letter to the number.",
        )


def _by_line(lines: Iterable[ReceiptLineInput]) -> list[tuple[int, Decimal, Decimal]]:
    """(order line, quantity, rejected), each line once."""
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for line in lines:
        came, bad = sums.get(line.order_line_id, (ZERO, ZERO))
        sums[line.order_line_id] = (came + line.quantity, bad + line.quantity_rejected)
    return [(pk, came, bad) for pk, (came, bad) in sums.items()]


def _held_after(rows: Mapping[int, PurchaseOrderLine], changes: Mapping[int, Decimal]) -> dict[int, Decimal]:
    return {pk: rows[pk].net_received + change for pk, change in changes.items()}


def _check_tolerance(
    order: PurchaseOrder, rows: Mapping[int, PurchaseOrderLine], held: Mapping[int, Decimal]
) -> None:
    """Refuse more than is open on a line and its tolerance; nobody asks for the rules where no more came."""
    if all(after <= rows[pk].quantity_open_order for pk, after in held.items()):
        return
    rules = [
        ReceiptRule(row.supplier_id, row.category_id, row.percent, row.amount, row.is_unlimited)
        for row in ToleranceRule.objects.filter(kind=ToleranceKind.RECEIPT_QUANTITY)
    ]
    for pk, after in held.items():
        line = rows[pk]
        most = most_receivable(line.quantity_open_order, rule_for(rules, order.supplier_id, line.category_id))
        if most is not None and after > most:
            raise RuleViolation(
                f"Line {line}: {line.quantity_open_order.normalize():f} are ordered and "
                f"{line.net_received.normalize():f} are here; with this it would be {after.normalize():f}, "
                f"at most {most.normalize():f} may be held.",
                field="quantity",
                remedy="Send the rest back, or have the buyer revise the order.",
            )


def _book(
    order: PurchaseOrder,
    rows: Mapping[int, PurchaseOrderLine],
    lines: Sequence[ReceiptLineInput],
    kind: str,
    delivery_note: str,
    note: str,
    actor: User,
    at: datetime,
    reverses: GoodsReceipt | None = None,
) -> GoodsReceipt:
    """Record the facts, count the lines anew, move the order along, announce, look at waiting invoices again."""
    receipt = GoodsReceipt.objects.create(
        number=next_number("GR"),
        order=order,
        kind=kind,
        delivery_note=delivery_note.strip(),
        note=note.strip()[:300],
        reverses=reverses,
        received_at=at,
        received_by=actor,
    )
    GoodsReceiptLine.objects.bulk_create(
        [
            GoodsReceiptLine(
                receipt=receipt,
                order_line_id=line.order_line_id,
                quantity=line.quantity,
                quantity_rejected=line.quantity_rejected,
                rejection_reason=line.rejection_reason.strip()[:200],
            )
            for line in lines
        ]
    )
    touched = sorted({line.order_line_id for line in lines})
    show_quantities(lines=rows.values(), figures=refresh_quantities(order_line_ids=touched))
    if follow_lines(order=order, lines=rows.values()):
        update_with_history(order, "status")
    event = events.goods_received if kind in INCOMING else events.goods_returned
    event.send(
        sender=GoodsReceipt,
        receipt_id=receipt.pk,
        order_id=order.pk,
        order_line_ids=tuple(touched),
        actor=actor,
        at=at,
    )
    rematch_order_lines(order_line_ids=touched, actor=actor, at=at)
    return receipt


def follow_lines(*, order: PurchaseOrder, lines: Iterable[PurchaseOrderLine]) -> bool:
    """Move an open order to the state its lines give, saving nothing; whether that is another."""
    progress = [LineProgress(line.needs_receipt, line.outstanding, line.net_received) for line in lines]
    to = order_status(order.status, progress)
    if to == order.status:
        return False
    order.advance(to)
    return True
