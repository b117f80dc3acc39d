"""What receipts do on the work side: stocked goods enter the store and are kept for who waits for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from cmms.models import Storeroom
from cmms.services.parts import record_supply, take_delivery
from cmms.services.stock import StockReceiptInput, return_stock
from core.commands import command
from core.errors import RuleViolation
from core.models import User
from core.money import ZERO
from core.units import convert, factor_between
from linkage.selectors.bearers import bearers_behind
from linkage.services.posting import facts_of, settle_order_lines
from linkage.services.supply import refresh_supply_of_orders, supply_of
from procurement.choices import Destination, ReceiptKind
from procurement.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrderLine


class CannotStock(RuleViolation):
    """A line ordered into stock has no storeroom or item to go to."""

    code = "cannot_stock"


@command
def follow_order(*, order_line_ids: Sequence[int], actor: User, at: datetime) -> None:
    """An order says something else of these lines, or ended: settle their cost and tell who waits."""
    if not order_line_ids:
        return
    bearers = list(bearers_behind(order_line_ids=order_line_ids))
    settle_order_lines(order_line_ids=order_line_ids, actor=actor, at=at, bearers=bearers)
    refresh_supply_of_orders(order_line_ids=order_line_ids, actor=actor, at=at, bearers=bearers)


@command
def follow_goods(*, receipt_id: int, order_line_ids: Sequence[int], actor: User, at: datetime) -> None:
    """Goods came or went: settle their cost, book what is stocked, serve waiting needs and tell them.

    Accepted pieces of stocked lines enter their storeroom at order price. The value booked is the growth of the
    line's rounded running value, so partial deliveries sum to the whole. A return or reversal takes the same out
    again. Locks: work orders, request lines, balances.
    """
    bearers = list(bearers_behind(order_line_ids=order_line_ids))
    settle_order_lines(order_line_ids=order_line_ids, actor=actor, at=at, bearers=bearers)
    moved = set(order_line_ids)
    stocked = {
        each.order_line_id
        for each in bearers
        if each.order_line_id in moved and each.order_line.destination == Destination.STOCK
    }
    # A line that nobody bears yet is not among the bearers, so it is asked for too.
    unseen = moved - {each.order_line_id for each in bearers}
    rows = _stocked_rows(receipt_id) if stocked or unseen else []
    updates = supply_of(order_line_ids=order_line_ids, bearers=bearers)
    if not rows:
        record_supply(updates=updates, actor=actor, at=at)
        return
    incoming = _comes_in(rows[0].receipt)
    inputs = _stock_inputs(rows, incoming)
    if incoming:
        waiting = {each.request_line_id for each in bearers if each.order_line_id in stocked} - {None}
        take_delivery(lines=inputs, waiting=waiting, updates=updates, actor=actor, at=at)
    else:
        record_supply(updates=updates, actor=actor, at=at)
        return_stock(lines=inputs, actor=actor, at=at)


def _stocked_rows(receipt_id: int) -> list[Any]:
    """The receipt's lines that go into stock, each with the key of its storeroom (`room_id`) where there is one."""
    room = Storeroom.objects.filter(code=OuterRef("order_line__deliver_to"))
    return list(
        GoodsReceiptLine.objects.filter(receipt_id=receipt_id, order_line__destination=Destination.STOCK)
        .select_related(
            "receipt__reverses", "order_line__order", "order_line__unit", "order_line__item__unit"
        )
        .annotate(room_id=Subquery(room.values("pk")[:1]))
        .order_by("pk")
    )


def _comes_in(receipt: GoodsReceipt) -> bool:
    if receipt.kind == ReceiptKind.REVERSAL and receipt.reverses is not None:
        return receipt.reverses.kind == ReceiptKind.RETURN
    return receipt.kind != ReceiptKind.RETURN


def _stock_inputs(rows: Sequence[Any], incoming: bool) -> list[StockReceiptInput]:
    """One booking per receipt line; the lines' stored quantities already include this receipt."""
    moved: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        moved[row.order_line_id] += _accepted(row)
    inputs = []
    for row in rows:
        line, quantity = row.order_line, _accepted(row)
        if not quantity:
            continue
        if row.room_id is None or line.item is None:
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
                storeroom_id=row.room_id,
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
