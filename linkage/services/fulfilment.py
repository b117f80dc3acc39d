"""What receipts do on the work side: stocked goods enter the store and are kept for who waits for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cmms.models import Storeroom
from cmms.services.parts import reserve_from_stock
from cmms.services.stock import StockReceiptInput, receive_stock, return_stock
from core.commands import command
from core.errors import RuleViolation
from core.models import User
from core.money import ZERO
from core.units import convert, factor_between
from linkage.services.posting import facts_of
from linkage.services.supply import request_lines_behind
from procurement.choices import Destination, ReceiptKind
from procurement.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrderLine


class CannotStock(RuleViolation):
    """A line ordered into stock has no storeroom or item to go to."""

    code = "cannot_stock"


@command
def book_receipt_into_stock(*, receipt_id: int, actor: User, at: datetime) -> None:
    """Book the accepted pieces of stocked lines into their storeroom at order price, then serve waiting needs.

    The value booked is the growth of the line's rounded running value, so partial deliveries sum to the whole.
    A return or reversal takes the same out again.
    """
    rows = list(
        GoodsReceiptLine.objects.filter(receipt_id=receipt_id, order_line__destination=Destination.STOCK)
        .select_related(
            "receipt__reverses", "order_line__order", "order_line__unit", "order_line__item__unit"
        )
        .order_by("pk")
    )
    if not rows:
        return
    incoming = _comes_in(rows[0].receipt)
    storerooms = {
        room.code: room
        for room in Storeroom.objects.filter(code__in={row.order_line.deliver_to for row in rows})
    }
    inputs = _stock_inputs(rows, storerooms, incoming)
    if not incoming:
        return_stock(lines=inputs, actor=actor, at=at)
        return
    receive_stock(lines=inputs, actor=actor, at=at)
    waiting = request_lines_behind(order_line_ids=[row.order_line_id for row in rows])
    if waiting:
        reserve_from_stock(request_line_ids=waiting, actor=actor, at=at)


def _comes_in(receipt: GoodsReceipt) -> bool:
    if receipt.kind == ReceiptKind.REVERSAL and receipt.reverses is not None:
        return receipt.reverses.kind == ReceiptKind.RETURN
    return receipt.kind != ReceiptKind.RETURN


def _stock_inputs(
    rows: Sequence[GoodsReceiptLine], storerooms: dict[str, Storeroom], incoming: bool
) -> list[StockReceiptInput]:
    """One booking per receipt line; the lines' stored quantities already include this receipt."""
    moved: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        moved[row.order_line_id] += _accepted(row)
    inputs = []
    for row in rows:
        line, quantity = row.order_line, _accepted(row)
        if not quantity:
            continue
        room = storerooms.get(line.deliver_to)
        if room is None or line.item is None:
            raise CannotStock(
                f"Line {line.line_number} of {line.order.number} goes into stock but names no known storeroom.",
                field="deliver_to",
                remedy="Revise the order line first.",
            )
        value = _running_value(line, moved, quantity, incoming)
        factor = factor_between(line.unit, line.item.unit)
        inputs.append(
            StockReceiptInput(
                item_id=line.item.pk,
                storeroom_id=room.pk,
                quantity=convert(quantity, factor),
                value=value,
                source_key=f"receipt-line:{row.pk}",
                document_number=row.receipt.number,
            )
        )
    return inputs


def _running_value(
    line: PurchaseOrderLine, moved: dict[int, Decimal], quantity: Decimal, incoming: bool
) -> Decimal:
    """Base-currency value of this piece of the receipt: the difference of the rounded running values."""
    facts = facts_of(line=line, billed_base=ZERO)
    if incoming:
        start = line.net_received - moved[line.pk]
        moved[line.pk] -= quantity
        return facts.base_value(start + quantity) - facts.base_value(start)
    start = line.net_received + moved[line.pk]
    moved[line.pk] -= quantity
    return facts.base_value(start) - facts.base_value(start - quantity)


def _accepted(row: GoodsReceiptLine) -> Decimal:
    return row.quantity - row.quantity_rejected
