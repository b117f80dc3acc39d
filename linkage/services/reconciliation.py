"""Proof that the ledgers equal what the facts demand; the same functions as posting, in read-only mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cmms.models import CostEntry
from cmms.services.costing import reconcile_own_costs
from core.access import require
from core.models import User
from linkage.models import Allocation, SpendEntry
from linkage.services.posting import settle_order_lines
from procurement.models import PurchaseOrderLine
from procurement.services.quantities import QuantityMismatch, mismatches

CHUNK = 2000


@dataclass
class Report:
    """The differences found; empty lists mean that every figure is proven."""

    order_lines: int = 0
    purchase_costs: list[CostEntry] = field(default_factory=list)
    spend: list[SpendEntry] = field(default_factory=list)
    own_costs: list[CostEntry] = field(default_factory=list)
    quantities: list[QuantityMismatch] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not (self.purchase_costs or self.spend or self.own_costs or self.quantities)


def reconcile(
    *,
    actor: User | None,
    at: datetime,
    work_order_id: int | None = None,
    dry_run: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Compare every ledger figure with its facts, for all order lines or those of one work order.

    Each chunk of order lines is one transaction. With `dry_run` off the differences of the cost ledgers are posted.
    """
    if actor is not None:
        require(actor, "cmms.reconcile_costs")
    report = Report()
    wanted = PurchaseOrderLine.objects.order_by("pk").values_list("pk", flat=True)
    if work_order_id is not None:
        wanted = wanted.filter(
            pk__in=Allocation.objects.filter(work_order_id=work_order_id).values("order_line_id")
        )
    ids = list(wanted)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        settlement = settle_order_lines(order_line_ids=chunk, actor=actor, at=at, dry_run=dry_run)
        report.purchase_costs += settlement.cost_entries
        report.spend += settlement.spend_entries
        report.quantities += mismatches(order_line_ids=chunk)
        report.order_lines += len(chunk)
        if progress:
            progress(len(chunk))
    report.own_costs = [
        entry
        for entry in reconcile_own_costs(actor=actor, at=at, dry_run=dry_run)
        if work_order_id in (None, entry.work_order_id)
    ]
    return report
