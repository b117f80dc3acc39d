"""What is being bought for a work order, need by need; a constant number of SQL statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from cmms.models import CostEntry, PartsRequestLine
from linkage.models import Allocation, SupplyLink
from procurement.models import Hold, Invoice, InvoiceLine, OrderLineSource, PurchaseOrderLine, RequisitionLine

ZERO = Decimal(0)
Stages = dict[str, Decimal]


@dataclass(frozen=True)
class Purchase:
    """One order line that serves a need. `ordered` is the need's part of it; the line's other figures are whole."""

    line: PurchaseOrderLine
    ordered: Decimal
    share_percent: Decimal
    invoices: list[Invoice]
    holds: list[Hold]
    stages: Stages

    @property
    def is_shared(self) -> bool:
        """Whether the line also serves somebody else."""
        return self.ordered != self.line.quantity

    @property
    def promised_on(self) -> date | None:
        """The supplier's date, else the day it is needed."""
        return self.line.promised_on or self.line.needed_on

    @property
    def committed(self) -> Decimal | None:
        """Base currency; None where nothing was ever posted."""
        return self.stages.get("COMMITTED")

    @property
    def accrued(self) -> Decimal | None:
        """Base currency."""
        return self.stages.get("ACCRUED")

    @property
    def actual(self) -> Decimal | None:
        """Base currency."""
        return self.stages.get("ACTUAL")


@dataclass
class NeedPurchases:
    """A need, what asks for it, and what was ordered for it. Without a need: charged to the work order directly."""

    need: PartsRequestLine | None
    requisition_lines: list[RequisitionLine] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What is needed."""
        return self.need.description if self.need else self.purchases[0].line.description


def work_order_purchases(work_order_id: int) -> list[NeedPurchases]:
    """The needs of a work order that are bought, in the order they were asked for, then direct charges."""
    links = list(
        SupplyLink.objects.filter(request_line__parts_request__work_order=work_order_id)
        .select_related("request_line__unit", "request_line__parts_request", "requisition_line__requisition")
        .order_by("request_line_id", "pk")
    )
    shares = list(Allocation.objects.filter(work_order=work_order_id).order_by("pk"))
    sources = list(
        OrderLineSource.objects.filter(
            requisition_line__in=[link.requisition_line_id for link in links]
        ).order_by("pk")
    )
    lines = _lines({share.order_line_id for share in shares} | {source.order_line_id for source in sources})
    papers = _Papers(work_order_id, shares, lines)
    needs: dict[int, NeedPurchases] = {}
    for link in links:
        found = needs.setdefault(link.request_line_id, NeedPurchases(link.request_line))
        found.requisition_lines.append(link.requisition_line)
    _attach(needs, links, sources, papers)
    placed = {purchase.line.pk for found in needs.values() for purchase in found.purchases}
    direct = [
        NeedPurchases(None, [], [papers.purchase(line, papers.quantity_of(line))])
        for line in papers.charged_lines()
        if line.pk not in placed
    ]
    return [*needs.values(), *direct]


def _lines(keys: Iterable[int]) -> dict[int, PurchaseOrderLine]:
    rows = PurchaseOrderLine.objects.filter(pk__in=set(keys)).select_related("order__supplier", "unit")
    return {line.pk: line for line in rows.order_by("pk")}


def _attach(
    needs: Mapping[int, NeedPurchases],
    links: Iterable[SupplyLink],
    sources: Iterable[OrderLineSource],
    papers: _Papers,
) -> None:
    of_requisition: dict[int, list[OrderLineSource]] = defaultdict(list)
    for source in sources:
        of_requisition[source.requisition_line_id].append(source)
    for link in links:
        for source in of_requisition[link.requisition_line_id]:
            asked = link.requisition_line.quantity
            part = source.quantity * link.quantity / asked if asked else source.quantity
            line = papers.lines[source.order_line_id]
            needs[link.request_line_id].purchases.append(
                papers.purchase(line, part.quantize(Decimal("0.0001")), link.request_line_id)
            )


class _Papers:
    """Invoices, holds, shares and posted cost of the order lines behind a work order."""

    def __init__(
        self, work_order_id: int, shares: list[Allocation], lines: dict[int, PurchaseOrderLine]
    ) -> None:
        self.lines = lines
        self.own: dict[int, list[Allocation]] = defaultdict(list)
        for share in shares:
            self.own[share.order_line_id].append(share)
        self.weights = {
            row["order_line"]: row["whole"]
            for row in Allocation.objects.filter(order_line__in=lines)
            .values("order_line")
            .annotate(whole=Sum("weight"))
        }
        self.stages: dict[str, Stages] = defaultdict(dict)
        sums = (
            CostEntry.objects.filter(work_order=work_order_id, source_key__startswith="allocation:")
            .values("source_key", "stage")
            .annotate(whole=Sum("amount"))
        )
        for row in sums.order_by():
            self.stages[row["source_key"]][row["stage"]] = row["whole"]
        self.invoices: dict[int, dict[int, Invoice]] = defaultdict(dict)
        billed = InvoiceLine.objects.filter(order_line__in=lines).select_related("invoice")
        for line in billed.order_by("invoice_id"):
            self.invoices[line.order_line_id or 0][line.invoice_id] = line.invoice
        self.holds: dict[int, list[Hold]] = defaultdict(list)
        papers = {pk for held in self.invoices.values() for pk in held}
        for hold in Hold.objects.active().filter(invoice__in=papers).order_by("pk"):
            self.holds[hold.invoice_id].append(hold)

    def charged_lines(self) -> list[PurchaseOrderLine]:
        """Order lines that this work order bears a share of."""
        return [self.lines[pk] for pk, shares in self.own.items() if any(share.weight for share in shares)]

    def quantity_of(self, line: PurchaseOrderLine) -> Decimal:
        """The work order's part of a line."""
        return (line.quantity * self.percent_of(line) / 100).quantize(Decimal("0.0001"))

    def percent_of(self, line: PurchaseOrderLine) -> Decimal:
        """The work order's part of a line in percent."""
        whole = self.weights.get(line.pk) or ZERO
        own = sum((share.weight for share in self.own[line.pk]), ZERO)
        return own * 100 / whole if whole else ZERO

    def purchase(self, line: PurchaseOrderLine, ordered: Decimal, need_id: int | None = None) -> Purchase:
        """The line with its papers, its cost to this work order by stage (for this need, where it has a share)."""
        mine = self.own.get(line.pk, [])
        for_need = [share for share in mine if share.request_line_id == need_id] or mine
        stages: Stages = {}
        for share in for_need:
            for stage, amount in self.stages.get(share.source_key, {}).items():
                stages[stage] = stages.get(stage, ZERO) + amount
        invoices = list(self.invoices[line.pk].values())
        holds = [
            hold
            for invoice in invoices
            for hold in self.holds[invoice.pk]
            if hold.order_line_id in {None, line.pk}
        ]
        return Purchase(line, ordered, self.percent_of(line) if mine else ZERO, invoices, holds, stages)
