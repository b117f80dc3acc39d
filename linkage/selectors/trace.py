"""From any document of the chain to all the others, in a constant number of SQL statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

from django.db.models import Q, QuerySet

from cmms.models import CostEntry, Operation, PartsRequestLine, StockMovement, WorkOrder, WorkRequest
from core.display import quantity_text
from core.errors import NotFound
from linkage.models import Allocation, SupplyLink
from linkage.selectors import nodes
from linkage.selectors.graph import ROOT_KINDS, GraphBuilder, TraceGraph, key_of
from linkage.selectors.reach import MOST_ROWS, Reach, Start, down, start_of, up
from procurement.models import (
    GoodsReceiptLine,
    Hold,
    InvoiceLine,
    MatchLink,
    OrderLineSource,
    PurchaseOrderLine,
    RequisitionLine,
)

Scope = Literal["direct", "all"]


def trace(kind: str, pk: int, scope: Scope = "all") -> TraceGraph:
    """The chain that a document belongs to.

    `direct`: what led to it and what came of it. `all`: everything of the work orders behind it, and who shares
    the order lines with them (not followed further). The number of SQL statements does not depend on the size.
    Raises NotFound for an unknown kind and the model's DoesNotExist for an unknown row.
    """
    if kind not in ROOT_KINDS:
        raise NotFound(
            f"There is no trace from '{kind}'.", field="kind", remedy=f"Use one of {', '.join(ROOT_KINDS)}."
        )
    start = start_of(kind, pk)
    notes: list[str] = []
    above = up(start.reach, notes)
    if scope == "all":
        whole = above.joined(start.beside)
        found = up(down(whole, notes), notes)
    else:
        below = down(start.reach, notes) if start.leads_down else Reach()
        found = above.joined(below).joined(start.beside)
    with_all_costs = found.work_orders if scope == "all" else _asked_for(start, kind)
    return _Loader(start, found, notes, with_all_costs).load()


def _asked_for(start: Start, kind: str) -> set[int]:
    return set(start.reach.work_orders) if kind in {"work_request", "work_order"} else set()


class _Loader:
    """Reads the documents of a reach, table by table, and ties them together."""

    def __init__(self, start: Start, found: Reach, notes: list[str], all_costs_of: set[int]) -> None:
        self.start, self.found, self.notes, self.all_costs_of = start, found, notes, all_costs_of
        self.built = GraphBuilder()
        self.order_of_line: dict[int, str] = {}
        self.need_of: dict[int, PartsRequestLine] = {}
        self.operations = set(start.operations)
        self.source_of_cost: dict[str, str] = {}

    def load(self) -> TraceGraph:
        """The finished graph."""
        self._needs()
        self._requisitions()
        self._orders()
        self._allocations()
        self._receipts_and_invoices()
        self._costs()
        self._work()
        return self.built.graph(self.start.root, self.notes)

    def _rows(self, rows: QuerySet[Any], what: str) -> list[Any]:
        found = list(rows.order_by("pk")[: MOST_ROWS + 1])
        if len(found) > MOST_ROWS:
            self.notes.append(f"Only the first {MOST_ROWS} {what} are shown.")
        return found[:MOST_ROWS]

    def _needs(self) -> None:
        rows = PartsRequestLine.objects.filter(pk__in=self.found.needs)
        lines = self._rows(rows.select_related("parts_request", "unit"), "needs")
        self.need_of = {line.pk: line for line in lines}
        for node in nodes.parts_requests(lines):
            self.built.add(node)
        for line in lines:
            request = key_of("parts_request", line.parts_request_id)
            work_order = line.parts_request.work_order_id
            self.found.work_orders.add(work_order)
            if line.operation_id:
                self.operations.add(line.operation_id)
                self.built.link(key_of("operation", line.operation_id), request)
            else:
                self.built.link(key_of("work_order", work_order), request)

    def _requisitions(self) -> None:
        wanted = RequisitionLine.objects.filter(pk__in=self.found.requisition_lines)
        lines = self._rows(wanted.select_related("requisition"), "requisition lines")
        requisition_of = {line.pk: line.requisition_id for line in lines}
        for line in lines:
            self.built.add(nodes.requisition(line.requisition))
        links = SupplyLink.objects.filter(request_line__in=self.need_of, requisition_line__in=requisition_of)
        for link in self._rows(links, "links"):
            need = self.need_of[link.request_line_id]
            self.built.link(
                key_of("parts_request", need.parts_request_id),
                key_of("requisition", requisition_of[link.requisition_line_id]),
                quantity_text(link.quantity, need.unit.code),
            )
        sources = OrderLineSource.objects.filter(
            requisition_line__in=requisition_of, order_line__in=self.found.order_lines
        ).select_related("order_line__unit")
        for source in self._rows(sources, "order sources"):
            self.built.link(
                key_of("requisition", requisition_of[source.requisition_line_id]),
                key_of("purchase_order", source.order_line.order_id),
                quantity_text(source.quantity, source.order_line.unit.code),
            )

    def _orders(self) -> None:
        rows = PurchaseOrderLine.objects.filter(pk__in=self.found.order_lines)
        for line in self._rows(rows.select_related("order__supplier"), "order lines"):
            self.order_of_line[line.pk] = self.built.add(nodes.purchase_order(line.order))

    def _allocations(self) -> None:
        """An order line charged to a work order without a need behind it hangs on the work order itself."""
        rows = Allocation.objects.filter(order_line__in=self.order_of_line, work_order__isnull=False)
        for share in self._rows(rows, "shares"):
            order = self.order_of_line[share.order_line_id]
            if share.work_order_id in self.found.work_orders:
                self.source_of_cost[share.source_key] = order
            if share.request_line_id is None and share.weight:
                self.built.link(key_of("work_order", share.work_order_id), order, "charged")
            if share.operation_id:
                self.operations.add(share.operation_id)

    def _receipts_and_invoices(self) -> None:
        rows = GoodsReceiptLine.objects.filter(order_line__in=self.order_of_line)
        receipt_of: dict[int, str] = {}
        for line in self._rows(rows.select_related("receipt", "order_line__unit"), "receipt lines"):
            receipt_of[line.pk] = self.built.add(nodes.receipt(line.receipt))
            amount = quantity_text(line.quantity, line.order_line.unit.code)
            self.built.link(self.order_of_line[line.order_line_id], receipt_of[line.pk], amount)
            if line.receipt.reverses_id:
                self.built.link(key_of("receipt", line.receipt.reverses_id), receipt_of[line.pk], "reversed")
        billed = InvoiceLine.objects.filter(
            Q(order_line__in=self.order_of_line) | Q(invoice__in=self.start.invoices)
        )
        lines = self._rows(billed.select_related("invoice__supplier"), "invoice lines")
        self._matched(lines, receipt_of)
        self._holds({line.invoice_id for line in lines} | self.start.invoices)

    def _matched(self, lines: Iterable[InvoiceLine], receipt_of: dict[int, str]) -> None:
        links = MatchLink.objects.filter(order_line__in=self.order_of_line, receipt_line__isnull=False)
        receipts: dict[int, set[str]] = {}
        for invoice_line, receipt_line in links.values_list("invoice_line_id", "receipt_line_id"):
            if receipt_line in receipt_of:
                receipts.setdefault(invoice_line, set()).add(receipt_of[receipt_line])
        for line in lines:
            invoice = self.built.add(nodes.invoice(line.invoice))
            if line.order_line_id in self.order_of_line:
                own = self.order_of_line[line.order_line_id]
                for source in sorted(receipts.get(line.pk, {own})):
                    self.built.link(source, invoice, "billed" if source == own else "matched")

    def _holds(self, invoices: Collection[int]) -> None:
        holds = Hold.objects.filter(invoice__in=invoices).select_related("invoice__supplier")
        for hold in self._rows(holds, "holds"):
            self.built.add(nodes.invoice(hold.invoice))
            self.built.link(key_of("invoice", hold.invoice_id), self.built.add(nodes.hold(hold)), "held")

    def _costs(self) -> None:
        movements = StockMovement.objects.filter(request_line__in=self.need_of)
        for pk, reverses, need in movements.values_list("pk", "reverses_id", "request_line_id"):
            request = key_of("parts_request", self.need_of[need].parts_request_id)
            self.source_of_cost[f"movement:{reverses or pk}"] = request
        entries = CostEntry.objects.filter(
            Q(source_key__in=self.source_of_cost)
            | Q(work_order__in=self.all_costs_of)
            | Q(pk__in=self.start.entries)
        )
        for entry in self._rows(entries, "ledger entries"):
            self.found.work_orders.add(entry.work_order_id)
            target = self.built.add(nodes.cost_entry(entry))
            if entry.operation_id and entry.source_key not in self.source_of_cost:
                self.operations.add(entry.operation_id)
                self.built.link(key_of("operation", entry.operation_id), target)
            else:
                origin = self.source_of_cost.get(entry.source_key, key_of("work_order", entry.work_order_id))
                self.built.link(origin, target, entry.get_stage_display())

    def _work(self) -> None:
        for step in self._rows(Operation.objects.filter(pk__in=self.operations), "operations"):
            self.built.add(nodes.operation(step))
            self.found.work_orders.add(step.work_order_id)
            self.built.link(key_of("work_order", step.work_order_id), key_of("operation", step.pk))
        for order in self._rows(WorkOrder.objects.filter(pk__in=self.found.work_orders), "work orders"):
            self.built.add(nodes.work_order(order))
        requests = WorkRequest.objects.filter(
            Q(work_order__in=self.found.work_orders) | Q(pk__in=self.start.work_requests)
        )
        for request in self._rows(requests, "work requests"):
            source = self.built.add(nodes.work_request(request))
            if request.work_order_id:
                self.built.link(source, key_of("work_order", request.work_order_id))
