"""How each document appears in a trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.text import Truncator

from cmms.choices import SupplyState
from cmms.models import CostEntry, Operation, PartsRequestLine, WorkOrder, WorkRequest
from linkage.selectors.graph import Node, base_currency, day
from procurement.models import GoodsReceipt, Hold, Invoice, PurchaseOrder, Requisition

LONGEST = 90


def shortened(text: str) -> str:
    """The beginning of a text; three dots where there is more."""
    return Truncator(text).chars(LONGEST)


def work_request(row: WorkRequest) -> Node:
    """A reported fault."""
    return Node(
        "work_request", row.pk, row.number, shortened(row.description), row.status, row.get_status_display(),
        on=day(row.created_at), work_order_id=row.work_order_id,
    )  # fmt: skip


def work_order(row: WorkOrder) -> Node:
    """A work order."""
    return Node(
        "work_order", row.pk, row.number, row.title, row.status, row.get_status_display(),
        on=day(row.reported_at), work_order_id=row.pk,
    )  # fmt: skip


def operation(row: Operation) -> Node:
    """A step of a work order."""
    return Node(
        "operation", row.pk, f"Step {row.sequence}", row.title, row.status, row.get_status_display(),
        on=day(row.done_at), work_order_id=row.work_order_id, page_pk=row.work_order_id,
    )  # fmt: skip


def parts_requests(lines: Sequence[PartsRequestLine]) -> Iterator[Node]:
    """Parts requests by those of their lines that belong to the trace."""
    by_request: dict[int, list[PartsRequestLine]] = {}
    for line in lines:
        by_request.setdefault(line.parts_request_id, []).append(line)
    for pk, held in by_request.items():
        request, more = held[0].parts_request, len(held) - 1
        state, words = _how_far(held)
        title = (
            f"{shortened(held[0].description)} and {more} more" if more else shortened(held[0].description)
        )
        yield Node(
            "parts_request", pk, request.number, title, state, words, on=day(request.created_at),
            work_order_id=request.work_order_id,
        )  # fmt: skip


def _how_far(lines: Sequence[PartsRequestLine]) -> tuple[str, str]:
    """The state of a request: that of its slowest open line."""
    order = list(SupplyState)
    open_lines = [
        line
        for line in lines
        if line.quantity > line.quantity_issued + line.quantity_cancelled + line.quantity_arrived
    ]
    if not open_lines:
        return (
            ("ARRIVED", "Served")
            if any(not _cancelled(line) for line in lines)
            else ("CANCELLED", "Cancelled")
        )
    waiting = [line for line in open_lines if line.quantity_short > 0]
    if not waiting:
        return "RESERVED", "Reserved"
    slowest = min(waiting, key=lambda line: order.index(SupplyState(line.supply_state)))
    return slowest.supply_state, slowest.get_supply_state_display()


def _cancelled(line: PartsRequestLine) -> bool:
    return line.quantity_cancelled == line.quantity


def requisition(row: Requisition) -> Node:
    """A request to buy; its total is an estimate in the base currency."""
    return Node(
        "requisition", row.pk, row.number, row.reason or row.origin_label, row.status, row.get_status_display(),
        row.total, base_currency(), day(row.created_at),
    )  # fmt: skip


def purchase_order(row: PurchaseOrder) -> Node:
    """An order, with its net total in its currency."""
    return Node(
        "purchase_order", row.pk, row.number, row.supplier.name, row.status, row.get_status_display(),
        row.net_total, row.currency, day(row.issued_at or row.created_at),
    )  # fmt: skip


def receipt(row: GoodsReceipt) -> Node:
    """A delivery, acceptance, return or reversal."""
    note = f"Delivery note {row.delivery_note}" if row.delivery_note else row.note
    return Node(
        "receipt", row.pk, row.number, note, row.kind, row.get_kind_display(), on=day(row.received_at)
    )


def invoice(row: Invoice) -> Node:
    """A bill, or a credit note with its amount negative; net, in its currency."""
    return Node(
        "invoice", row.pk, row.number, f"{row.supplier_number}, {row.supplier.name}", row.status,
        row.get_status_display(), row.net_total * row.sign, row.currency, row.issued_on,
    )  # fmt: skip


def hold(row: Hold) -> Node:
    """A reason to wait."""
    status = {"ACTIVE": "HELD"}.get(row.status, row.status)
    return Node(
        "hold", row.pk, row.get_kind_display(), shortened(row.explanation), status, row.get_status_display(),
        on=day(row.placed_at), page_pk=row.invoice_id,
    )  # fmt: skip


def cost_entry(row: CostEntry) -> Node:
    """One posting of the cost ledger, in the base currency."""
    words = row.description or row.get_bucket_display()
    return Node(
        "cost_entry", row.pk, row.document_number or f"Entry {row.pk}", words, row.stage,
        row.get_stage_display(), row.amount, base_currency(), row.occurred_on, row.stage, row.work_order_id,
        row.work_order_id,
    )  # fmt: skip
