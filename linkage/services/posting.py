"""Convergent posting: bring the ledgers to what the facts of the order lines demand.

Posting appends the difference between target and what the ledger already holds. So it is idempotent, independent of
the order of events, and safe to run again; `reconcile` is the same function without writing. Direct-charge lines
cost the work order at receipt; stocked lines only commit it, and cost it at issue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from cmms.choices import CostBucket, CostReason, CostStage
from cmms.models import CostEntry
from cmms.services.costing import CostTarget, settle_costs
from core.commands import command
from core.models import User
from core.money import ZERO, to_base
from linkage.choices import Account, AllocationTarget, SpendStage
from linkage.decisions.targets import Figure, LineFacts, LineFigures, line_figures, split_figure
from linkage.models import Allocation, SpendEntry
from linkage.selectors.bearers import bearers_of
from procurement.choices import COMMITTED_ORDER, POSTED_INVOICE, Destination, InvoiceKind, LineKind
from procurement.models import InvoiceLine, PurchaseOrderLine

_BUCKETS = {
    LineKind.ITEM: CostBucket.MATERIAL,
    LineKind.SERVICE: CostBucket.SERVICE,
    LineKind.CHARGE: CostBucket.OTHER,
}
_ACCOUNTS = {AllocationTarget.STOCK: Account.STOCK, AllocationTarget.COST_CENTRE: Account.COST_CENTRE}

SpendKey = tuple[int, str, str, str, int | None]
Spend = dict[SpendKey, Decimal]


@dataclass
class Settlement:
    """What was posted, or in a dry run what would have to be."""

    cost_entries: list[CostEntry] = field(default_factory=list)
    spend_entries: list[SpendEntry] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether the ledgers already hold what the facts demand."""
        return not (self.cost_entries or self.spend_entries)


@dataclass
class _Demand:
    """The targets collected from a set of order lines."""

    at: datetime
    costs: list[CostTarget] = field(default_factory=list)
    spend: Spend = field(default_factory=lambda: defaultdict(lambda: ZERO))


@command
def settle_order_lines(
    *,
    order_line_ids: Collection[int],
    actor: User | None,
    at: datetime,
    dry_run: bool = False,
    bearers: Sequence[Any] | None = None,
) -> Settlement:
    """Post whatever the facts of these order lines demand and the ledgers do not hold yet.

    Amounts: document amounts in the order's currency, base amounts at the order's frozen rate; rounded once per
    line figure, shares summing exactly to it. The caller holds the locks of the order lines. Writes nothing where
    `dry_run`, nor where nothing differs. A constant number of statements; one fewer where the caller has read the
    `bearers` of (at least) these lines already.
    """
    if not order_line_ids:
        return Settlement()
    if bearers is None:
        bearers = list(bearers_of(order_line_ids=order_line_ids))
    lines, allocations, held = _lines_and_bearers(order_line_ids, bearers)
    billed = _billed_in_base(lines)
    demand = _Demand(at=at)
    for line in lines:
        facts = facts_of(line=line, billed_base=billed.get(line.pk))
        _demand_of_line(demand, line, facts, line_figures(facts), allocations.get(line.pk, []))
    keys = [
        each.source_key
        for shares in allocations.values()
        for each in shares
        if each.target == AllocationTarget.WORK_ORDER
    ]
    costs = settle_costs(targets=demand.costs, source_keys=keys, actor=actor, at=at, dry_run=dry_run)
    return Settlement(costs, _settle_spend(held, demand, actor=actor, dry_run=dry_run))


def facts_of(*, line: PurchaseOrderLine, billed_base: Decimal | None) -> LineFacts:
    """The facts of a stored line; `billed_base` is what its posted invoices cost at their own rates."""
    order = line.order
    base = settings.BASE_CURRENCY
    lost_tax = Decimal(1) if line.tax_recoverable else (100 + line.tax_percent) / Decimal(100)
    if billed_base is None:
        billed_base = to_base(line.amount_billed, order.exchange_rate, base)
    return LineFacts(
        order_line_id=line.pk,
        is_committed=order.status in COMMITTED_ORDER,
        currency=order.currency,
        exchange_rate=order.exchange_rate,
        base_currency=base,
        unit_cost=line.net_unit_price * lost_tax,
        ordered=line.quantity_open_order,
        received=line.net_received if line.needs_receipt else ZERO,
        billed=line.net_billed,
        billed_amount=line.amount_billed,
        billed_base=billed_base,
    )


def _lines_and_bearers(
    order_line_ids: Collection[int], read: Sequence[Any]
) -> tuple[list[PurchaseOrderLine], dict[int, list[Allocation]], Spend]:
    """The order lines with their orders, who bears them, and what the accounts other than work hold for them.

    No statement where every line has a bearer.
    """
    wanted = set(order_line_ids)
    lines: dict[int, PurchaseOrderLine] = {}
    bearers: dict[int, list[Allocation]] = defaultdict(list)
    held: Spend = defaultdict(lambda: ZERO)
    for allocation in read:
        pk = allocation.order_line_id
        if pk not in wanted:
            continue
        if pk not in lines:
            lines[pk] = allocation.order_line
            for account, stage, source_key, centre, amount in allocation.posted:
                held[pk, account, stage, source_key, centre] += Decimal(amount)
        bearers[pk].append(allocation)
    if unborne := wanted - lines.keys():
        lines |= PurchaseOrderLine.objects.select_related("order").in_bulk(unborne)
        for entry in SpendEntry.objects.filter(order_line_id__in=unborne):
            key = (entry.order_line_id, entry.account, entry.stage, entry.source_key, entry.cost_centre_id)
            held[key] += entry.amount
    return [lines[pk] for pk in sorted(lines)], bearers, held


def _billed_in_base(lines: Iterable[PurchaseOrderLine]) -> dict[int, Decimal]:
    """Cost of posted invoices less credits per order line at the invoices' own rates; asked only where needed."""
    foreign = [
        line.pk for line in lines if line.amount_billed and line.order.currency != settings.BASE_CURRENCY
    ]
    totals: dict[int, Decimal] = defaultdict(lambda: ZERO)
    if not foreign:
        return totals
    rows = InvoiceLine.objects.filter(
        order_line_id__in=foreign, cost_amount__isnull=False, invoice__status__in=POSTED_INVOICE
    ).values_list("order_line_id", "cost_amount", "invoice__kind", "invoice__exchange_rate")
    for line_id, amount, kind, rate in rows:
        sign = -1 if kind == InvoiceKind.CREDIT_NOTE else 1
        totals[line_id] += sign * to_base(amount or ZERO, rate, settings.BASE_CURRENCY)
    return totals


def _demand_of_line(
    demand: _Demand,
    line: PurchaseOrderLine,
    facts: LineFacts,
    figures: LineFigures,
    allocations: list[Allocation],
) -> None:
    if figures.rate_variance:
        demand.spend[_line_key(line, Account.RATE_VARIANCE)] += figures.rate_variance
    if not allocations:
        return
    through_stock = line.destination == Destination.STOCK
    if through_stock and figures.price_variance.base:
        demand.spend[_line_key(line, Account.PRICE_VARIANCE)] += figures.price_variance.base
    parts = [
        (CostStage.COMMITTED, CostReason.NORMAL, figures.committed),
        (CostStage.ACCRUED, CostReason.NORMAL, figures.accrued),
        (CostStage.ACTUAL, CostReason.NORMAL, figures.actual),
    ]
    if not through_stock:
        parts.append((CostStage.ACTUAL, CostReason.PRICE_VARIANCE, figures.price_variance))
    weights = [allocation.weight for allocation in allocations]
    for stage, reason, figure in parts:
        if figure.is_nothing:
            continue
        shares = split_figure(figure, weights, facts.currency, facts.base_currency)
        for allocation, share in zip(allocations, shares, strict=True):
            _demand_of_share(demand, line, allocation, stage, reason, share)


def _demand_of_share(
    demand: _Demand,
    line: PurchaseOrderLine,
    allocation: Allocation,
    stage: CostStage,
    reason: CostReason,
    share: Figure,
) -> None:
    if share.is_nothing:
        return
    goes_to_work = allocation.target == AllocationTarget.WORK_ORDER and (
        stage == CostStage.COMMITTED or line.destination == Destination.DIRECT
    )
    if goes_to_work:
        demand.costs.append(_cost_target(line, allocation, stage, reason, share, demand.at))
        return
    account = (
        Account.STOCK
        if line.destination == Destination.STOCK
        else _ACCOUNTS[AllocationTarget(allocation.target)]
    )
    centre = line.order.cost_centre_id if account == Account.COST_CENTRE else None
    demand.spend[(line.pk, account, SpendStage(stage.value), allocation.source_key, centre)] += share.base


def _cost_target(
    line: PurchaseOrderLine,
    allocation: Allocation,
    stage: CostStage,
    reason: CostReason,
    share: Figure,
    at: datetime,
) -> CostTarget:
    return CostTarget(
        work_order_id=allocation.work_order_id or 0,
        source_key=allocation.source_key,
        stage=stage,
        bucket=_BUCKETS[LineKind(line.kind)],
        amount=share.base,
        amount_document=share.document,
        currency=line.order.currency,
        quantity=share.quantity,
        unit_cost=line.net_unit_price,
        reason=reason,
        operation_id=allocation.operation_id,
        document_number=line.order.number,
        description=line.description[:200],
        occurred_on=at.date(),
    )


def _line_key(line: PurchaseOrderLine, account: Account) -> SpendKey:
    return (line.pk, account, SpendStage.ACTUAL, f"order-line:{line.pk}", None)


def _settle_spend(held: Spend, demand: _Demand, *, actor: User | None, dry_run: bool) -> list[SpendEntry]:
    """Append the differences of the accounts that are no work order's."""
    missing: Spend = defaultdict(lambda: ZERO, demand.spend)
    for key, amount in held.items():
        missing[key] -= amount
    entries = [
        SpendEntry(
            order_line_id=line_id,
            account=account,
            stage=stage,
            source_key=source_key,
            cost_centre_id=centre,
            amount=amount,
            occurred_on=demand.at.date(),
            posted_at=demand.at,
            posted_by=actor,
        )
        for (line_id, account, stage, source_key, centre), amount in sorted(missing.items(), key=str)
        if amount
    ]
    if dry_run or not entries:
        return entries
    return list(SpendEntry.objects.bulk_create(entries))
