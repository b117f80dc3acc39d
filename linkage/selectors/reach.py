"""Which rows hang together: the closure over the link tables, one statement per table and direction.

Up leads from bought things to the needs and work orders behind them, down from needs to what was bought for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Q, QuerySet

from cmms.models import CostEntry, Operation, PartsRequest, PartsRequestLine, WorkOrder, WorkRequest
from cmms.models import StockMovement as Movement
from linkage.models import Allocation, SupplyLink
from procurement.models import (
    GoodsReceipt,
    GoodsReceiptLine,
    Hold,
    Invoice,
    InvoiceLine,
    OrderLineSource,
    PurchaseOrder,
    PurchaseOrderLine,
    Requisition,
    RequisitionLine,
)

# A picture of more rows than this helps nobody; what is left out is said.
MOST_ROWS = 400


@dataclass
class Reach:
    """Primary keys of the rows that carry the links."""

    work_orders: set[int] = field(default_factory=set)
    needs: set[int] = field(default_factory=set)
    requisition_lines: set[int] = field(default_factory=set)
    order_lines: set[int] = field(default_factory=set)

    def joined(self, other: Reach) -> Reach:
        """Both together."""
        return Reach(
            **{each.name: getattr(self, each.name) | getattr(other, each.name) for each in fields(self)}
        )

    def take(self, name: str, rows: Iterable[int | None], notes: list[str]) -> None:
        """Add keys, up to the limit."""
        held: set[int] = getattr(self, name)
        for pk in rows:
            if pk is None or pk in held:
                continue
            if len(held) >= MOST_ROWS:
                words = f"Only the first {MOST_ROWS} {name.replace('_', ' ')} are shown."
                if words not in notes:
                    notes.append(words)
                return
            held.add(pk)


@dataclass
class Start:
    """Where a trace begins. `reach` is followed; `beside` are rows that belong to it and are only shown."""

    root: str
    reach: Reach
    beside: Reach = field(default_factory=Reach)
    leads_down: bool = False
    invoices: set[int] = field(default_factory=set)
    work_requests: set[int] = field(default_factory=set)
    operations: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    receipts: set[int] = field(default_factory=set)


def up(start: Reach, notes: list[str]) -> Reach:
    """`start` and what it was bought for: order lines, requisition lines, needs, work orders."""
    found = start.joined(Reach())
    found.take(
        "requisition_lines",
        _keys(OrderLineSource.objects.filter(order_line__in=found.order_lines), "requisition_line_id"),
        notes,
    )
    for work_order, need in _pairs(
        Allocation.objects.filter(order_line__in=found.order_lines, weight__gt=0),
        "work_order_id",
        "request_line_id",
    ):
        found.take("work_orders", [work_order], notes)
        found.take("needs", [need], notes)
    found.take(
        "needs",
        _keys(SupplyLink.objects.filter(requisition_line__in=found.requisition_lines), "request_line_id"),
        notes,
    )
    found.take(
        "work_orders",
        _keys(PartsRequestLine.objects.filter(pk__in=found.needs), "parts_request__work_order_id"),
        notes,
    )
    return found


def down(start: Reach, notes: list[str]) -> Reach:
    """`start` and what was bought for it: work orders, needs, requisition lines, order lines."""
    found = start.joined(Reach())
    found.take(
        "needs",
        _keys(PartsRequestLine.objects.filter(parts_request__work_order__in=found.work_orders)),
        notes,
    )
    found.take(
        "requisition_lines",
        _keys(SupplyLink.objects.filter(request_line__in=found.needs), "requisition_line_id"),
        notes,
    )
    found.take(
        "order_lines",
        _keys(OrderLineSource.objects.filter(requisition_line__in=found.requisition_lines), "order_line_id"),
        notes,
    )
    borne = Allocation.objects.filter(
        Q(work_order__in=found.work_orders) | Q(request_line__in=found.needs), weight__gt=0
    )
    found.take("order_lines", _keys(borne, "order_line_id"), notes)
    return found


def start_of(kind: str, pk: int) -> Start:
    """The beginning of a trace; raises the model's DoesNotExist for an unknown row."""
    return STARTS[kind](pk)


def _keys(rows: QuerySet[Any], name: str = "pk") -> list[Any]:
    return list(rows.order_by("pk").values_list(name, flat=True)[: MOST_ROWS + 1])


def _pairs(rows: QuerySet[Any], *names: str) -> list[tuple[Any, ...]]:
    return list(rows.order_by("pk").values_list(*names)[: MOST_ROWS + 1])


def _work_request(pk: int) -> Start:
    request = WorkRequest.objects.get(pk=pk)
    orders = {request.work_order_id} if request.work_order_id else set()
    return Start(f"work_request:{pk}", Reach(work_orders=orders), leads_down=True, work_requests={pk})


def _work_order(pk: int) -> Start:
    order = WorkOrder.objects.only("pk").get(pk=pk)
    return Start(f"work_order:{pk}", Reach(work_orders={order.pk}), leads_down=True)


def _operation(pk: int) -> Start:
    step = Operation.objects.get(pk=pk)
    reach = Reach(
        needs=set(_keys(PartsRequestLine.objects.filter(operation=step))),
        order_lines=set(_keys(Allocation.objects.filter(operation=step), "order_line_id")),
    )
    beside = Reach(work_orders={step.work_order_id})
    return Start(f"operation:{pk}", reach, beside, leads_down=True, operations={pk})


def _parts_request(pk: int) -> Start:
    request = PartsRequest.objects.get(pk=pk)
    reach = Reach(needs=set(_keys(PartsRequestLine.objects.filter(parts_request=request))))
    return Start(f"parts_request:{pk}", reach, Reach(work_orders={request.work_order_id}), leads_down=True)


def _parts_request_line(pk: int) -> Start:
    line = PartsRequestLine.objects.get(pk=pk)
    return Start(f"parts_request:{line.parts_request_id}", Reach(needs={pk}), leads_down=True)


def _requisition(pk: int) -> Start:
    requisition = Requisition.objects.only("pk").get(pk=pk)
    lines = set(_keys(RequisitionLine.objects.filter(requisition=requisition)))
    return Start(f"requisition:{pk}", Reach(requisition_lines=lines), leads_down=True)


def _requisition_line(pk: int) -> Start:
    line = RequisitionLine.objects.get(pk=pk)
    return Start(f"requisition:{line.requisition_id}", Reach(requisition_lines={pk}), leads_down=True)


def _purchase_order(pk: int) -> Start:
    order = PurchaseOrder.objects.only("pk").get(pk=pk)
    lines = set(_keys(PurchaseOrderLine.objects.filter(order=order)))
    return Start(f"purchase_order:{pk}", Reach(order_lines=lines))


def _purchase_order_line(pk: int) -> Start:
    line = PurchaseOrderLine.objects.only("pk", "order_id").get(pk=pk)
    return Start(f"purchase_order:{line.order_id}", Reach(order_lines={pk}))


def _receipt(pk: int) -> Start:
    receipt = GoodsReceipt.objects.only("pk").get(pk=pk)
    lines = set(_keys(GoodsReceiptLine.objects.filter(receipt=receipt), "order_line_id"))
    return Start(f"receipt:{pk}", Reach(order_lines=lines), receipts={pk})


def _invoice(pk: int) -> Start:
    invoice = Invoice.objects.only("pk").get(pk=pk)
    return Start(f"invoice:{pk}", Reach(order_lines=_billed_lines(invoice.pk)), invoices={pk})


def _hold(pk: int) -> Start:
    hold = Hold.objects.get(pk=pk)
    lines = {hold.order_line_id} if hold.order_line_id else _billed_lines(hold.invoice_id)
    return Start(f"hold:{pk}", Reach(order_lines=lines), invoices={hold.invoice_id})


def _billed_lines(invoice_id: int) -> set[int]:
    lines = InvoiceLine.objects.filter(invoice_id=invoice_id, order_line__isnull=False)
    return set(_keys(lines, "order_line_id"))


def _cost_entry(pk: int) -> Start:
    entry = CostEntry.objects.get(pk=pk)
    start = Start(f"cost_entry:{pk}", Reach(), Reach(work_orders={entry.work_order_id}), entries={pk})
    source, _, number = entry.source_key.partition(":")
    if source == "allocation" and number.isdigit():
        start.reach.order_lines.update(_keys(Allocation.objects.filter(pk=number), "order_line_id"))
    elif source == "movement" and number.isdigit():
        needs = Movement.objects.filter(pk=number, request_line__isnull=False)
        start.reach.needs.update(_keys(needs, "request_line_id"))
    return start


STARTS: dict[str, Callable[[int], Start]] = {
    "work_request": _work_request,
    "work_order": _work_order,
    "operation": _operation,
    "parts_request": _parts_request,
    "parts_request_line": _parts_request_line,
    "requisition": _requisition,
    "requisition_line": _requisition_line,
    "purchase_order": _purchase_order,
    "purchase_order_line": _purchase_order_line,
    "receipt": _receipt,
    "invoice": _invoice,
    "hold": _hold,
    "cost_entry": _cost_entry,
}
