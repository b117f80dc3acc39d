"""Who stands behind an order line or a requisition line; a constant number of SQL statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from cmms.models import CostEntry, PartsRequestLine
from linkage.models import Allocation, SpendEntry, SupplyLink
from procurement.models import OrderLineSource, PurchaseOrderLine, RequisitionLine

ZERO = Decimal(0)


@dataclass(frozen=True)
class Share:
    """One bearer of an order line; amounts in the base currency, None where nothing is posted."""

    allocation: Allocation
    percent: Decimal
    quantity: Decimal
    committed: Decimal | None
    accrued: Decimal | None
    actual: Decimal | None


@dataclass
class LineShares:
    """An order line and who bears it."""

    line: PurchaseOrderLine
    shares: list[Share] = field(default_factory=list)


@dataclass
class LineNeeds:
    """A requisition line, the needs it serves and the order lines it went into."""

    line: RequisitionLine
    links: list[SupplyLink] = field(default_factory=list)
    sources: list[OrderLineSource] = field(default_factory=list)

    @property
    def needs(self) -> list[PartsRequestLine]:
        """What the work orders asked for."""
        return [link.request_line for link in self.links]


def order_shares(order_id: int) -> list[LineShares]:
    """The lines of an order with the work orders, stock or cost centre behind each and what is posted to them."""
    lines = {
        line.pk: LineShares(line)
        for line in PurchaseOrderLine.objects.filter(order=order_id)
        .select_related("unit")
        .order_by("line_number")
    }
    allocations = list(
        Allocation.objects.filter(order_line__order=order_id, weight__gt=0)
        .select_related("work_order__asset", "operation", "request_line__parts_request")
        .order_by("pk")
    )
    whole: dict[int, Decimal] = defaultdict(Decimal)
    for allocation in allocations:
        whole[allocation.order_line_id] += allocation.weight
    posted = _posted([allocation.source_key for allocation in allocations])
    for allocation in allocations:
        found = lines[allocation.order_line_id]
        weights = whole[allocation.order_line_id]
        part = allocation.weight / weights if weights else Decimal(1)
        stages = posted[allocation.source_key]
        found.shares.append(
            Share(
                allocation,
                (part * 100).quantize(Decimal("0.1")),
                (part * found.line.quantity_open_order).quantize(Decimal("0.0001")),
                stages.get("COMMITTED"),
                stages.get("ACCRUED"),
                stages.get("ACTUAL"),
            )
        )
    return list(lines.values())


def _posted(source_keys: list[str]) -> dict[str, dict[str, Decimal]]:
    """Sums per source and stage over both ledgers."""
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for model in (CostEntry, SpendEntry):
        rows = model._default_manager.filter(source_key__in=source_keys).values("source_key", "stage")
        for row in rows.annotate(whole=Sum("amount")).order_by():
            stages = found[row["source_key"]]
            stages[row["stage"]] = stages.get(row["stage"], ZERO) + row["whole"]
    return found


def requisition_needs(requisition_id: int) -> list[LineNeeds]:
    """The lines of a requisition with the needs of work orders behind each and the orders they went into."""
    lines = {
        line.pk: LineNeeds(line)
        for line in RequisitionLine.objects.filter(requisition=requisition_id)
        .select_related("unit")
        .order_by("line_number")
    }
    links = SupplyLink.objects.filter(requisition_line__requisition=requisition_id).select_related(
        "request_line__unit", "request_line__parts_request__work_order__asset"
    )
    for link in links.order_by("pk"):
        lines[link.requisition_line_id].links.append(link)
    sources = OrderLineSource.objects.filter(requisition_line__requisition=requisition_id).select_related(
        "order_line__order__supplier"
    )
    for source in sources.order_by("pk"):
        lines[source.requisition_line_id].sources.append(source)
    return list(lines.values())
