"""Reconciliation as people read it: what was checked, what differs, and from what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from cmms.models import CostEntry, WorkOrder
from core.display import money_text, quantity_text
from core.models import User
from linkage.models import SpendEntry
from linkage.selectors.graph import base_currency
from linkage.selectors.stock_check import StockDifference, stock_differences
from linkage.services.reconciliation import reconcile
from procurement.models import PurchaseOrderLine
from procurement.services.quantities import LineQuantities, QuantityMismatch

Row = tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """One kind of difference as a table."""

    title: str
    heads: Row
    rows: Sequence[Row]


@dataclass(frozen=True)
class Proof:
    """The result of a reconciliation; no finding means that every figure is proven."""

    order_lines: int
    findings: list[Finding]
    repaired: bool

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not self.findings

    @property
    def differences(self) -> int:
        """How many figures differ."""
        return sum(len(finding.rows) for finding in self.findings)


def prove_ledgers(
    *,
    actor: User | None,
    at: datetime,
    work_order_id: int | None = None,
    dry_run: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Proof:
    """Reconcile and name every difference; stock balances are compared with their movements too.

    Amounts are in the base currency. With `dry_run` off the differences of the cost ledgers are posted; stored
    quantities and stock balances are only named, because their cause must be looked for. Raises NotAllowed
    without the right to reconcile.
    """
    report = reconcile(actor=actor, at=at, work_order_id=work_order_id, dry_run=dry_run, progress=progress)
    entries = [*report.purchase_costs, *report.own_costs]
    numbers = _numbers(entries)
    findings = [
        _costs("Cost of purchases on work orders", report.purchase_costs, numbers),
        _costs("Own cost of work orders: labor, stock, estimates", report.own_costs, numbers),
        _spend(report.spend),
        _quantities(report.quantities),
        _stock(stock_differences() if work_order_id is None else []),
    ]
    return Proof(report.order_lines, [each for each in findings if each.rows], repaired=not dry_run)


def _numbers(entries: Sequence[CostEntry]) -> dict[int, str]:
    wanted = {entry.work_order_id for entry in entries}
    return dict(WorkOrder.objects.filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}


def _costs(title: str, entries: Sequence[CostEntry], numbers: dict[int, str]) -> Finding:
    rows = [
        (
            numbers.get(entry.work_order_id, str(entry.work_order_id)),
            entry.get_stage_display(),
            entry.get_bucket_display(),
            entry.document_number or entry.source_key,
            money_text(entry.amount, base_currency()),
        )
        for entry in entries
    ]
    return Finding(title, ("Work order", "Stage", "Kind", "Source", "Missing in the ledger"), rows)


def _spend(entries: Sequence[SpendEntry]) -> Finding:
    rows = [
        (
            entry.get_account_display(),
            entry.get_stage_display(),
            entry.source_key,
            money_text(entry.amount, base_currency()),
        )
        for entry in entries
    ]
    return Finding(
        "Spend on stock, cost centres and variances", ("Account", "Stage", "Source", "Missing"), rows
    )


def _quantities(found: Sequence[QuantityMismatch]) -> Finding:
    keys = [each.stored.order_line_id for each in found]
    lines = PurchaseOrderLine.objects.select_related("order").in_bulk(keys) if keys else {}
    rows = []
    for each in found:
        line = lines[each.stored.order_line_id]
        for column in fields(LineQuantities)[1:]:
            stored, derived = getattr(each.stored, column.name), getattr(each.derived, column.name)
            if stored != derived:
                words = column.name.replace("_", " ").capitalize()
                place = f"{line.order.number} line {line.line_number}"
                rows.append((place, words, quantity_text(stored), quantity_text(derived)))
    return Finding("Quantities of order lines", ("Order line", "Figure", "Stored", "By the facts"), rows)


def _stock(found: Sequence[StockDifference]) -> Finding:
    rows = [
        (each.item, each.storeroom, each.figure, quantity_text(each.stored), quantity_text(each.derived))
        for each in found
    ]
    return Finding("Stock balances", ("Item", "Storeroom", "Figure", "Stored", "By the movements"), rows)
