"""Hours of contractors on a work order beside the money of their purchases: hours once, money once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Max, Sum

from cmms.choices import CostStage
from cmms.models import CostEntry, LaborEntry
from core.money import ZERO
from linkage.choices import AllocationTarget
from linkage.decisions.contractor_rate import ContractorRate
from linkage.models import Allocation
from procurement.choices import COMMITTED_ORDER, LineKind, OrderStatus
from procurement.decisions.pricing import best_of
from procurement.models import PurchaseOrderLine
from procurement.services.agreements import preferred_sources

PAYS_HOURS = COMMITTED_ORDER | {OrderStatus.CLOSED}


def charge_key(order_line_id: int) -> str:
    """How hours name the order line that pays them."""
    return f"order-line:{order_line_id}"


@dataclass(frozen=True)
class ContractorHours:
    """One order line that pays a contractor on a work order."""

    line: PurchaseOrderLine
    rate: ContractorRate


def contractor_hours(work_order_id: int, on: date) -> list[ContractorHours]:
    """Service lines that a work order bears, with the hours logged against each; four statements.

    Money is what the order's ledger holds of the line (committed, accrued and actual, base currency). The agreed rate is that of
    the day of the last hours logged, or of `on`, at the order's frozen exchange rate.
    """
    allocations = list(
        Allocation.objects.filter(
            work_order_id=work_order_id,
            target=AllocationTarget.WORK_ORDER,
            order_line__kind=LineKind.SERVICE,
            order_line__order__status__in=PAYS_HOURS,
        )
        .select_related("order_line__order__supplier", "order_line__unit")
        .order_by("order_line_id", "pk")
    )
    if not allocations:
        return []
    lines = {each.order_line_id: each.order_line for each in allocations}
    money = _money(work_order_id, allocations)
    logged = _logged(work_order_id, list(lines))
    agreed = _agreed(lines, max((day for _, day in logged.values() if day), default=on))
    return [
        ContractorHours(
            line, ContractorRate(money[pk], logged[pk][0] if pk in logged else ZERO, agreed.get(pk))
        )
        for pk, line in lines.items()
    ]


def _money(work_order_id: int, allocations: list[Allocation]) -> dict[int, Decimal]:
    line_of = {each.source_key: each.order_line_id for each in allocations}
    rows = (
        CostEntry.objects.filter(work_order_id=work_order_id, source_key__in=line_of)
        .exclude(stage=CostStage.ESTIMATE)
        .values_list("source_key")
        .annotate(total=Sum("amount"))
        .order_by()
    )
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for key, total in rows:
        found[line_of[key]] += total
    return found


def _logged(work_order_id: int, line_ids: list[int]) -> dict[int, tuple[Decimal, date | None]]:
    key_of = {charge_key(pk): pk for pk in line_ids}
    rows = (
        LaborEntry.objects.filter(work_order_id=work_order_id, charge_key__in=key_of)
        .values_list("charge_key")
        .annotate(hours=Sum("hours"), last=Max("started_at__date"))
        .order_by()
    )
    return {key_of[key]: (hours, last) for key, hours, last in rows}


def _agreed(lines: dict[int, PurchaseOrderLine], on: date) -> dict[int, Decimal]:
    """The agreed price of each line's item from its supplier, in the base currency; one statement."""
    prices = preferred_sources(item_ids={line.item_id for line in lines.values() if line.item_id}, on=on)
    found = {}
    for pk, line in lines.items():
        best = best_of(
            prices.get(line.item_id or 0, ()), line.quantity, line.order.supplier_id, line.order.currency
        )
        if best is not None:
            found[pk] = best.unit_price * line.order.exchange_rate
    return found
