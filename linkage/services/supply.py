"""Tells each need how far its purchase has come: a pure function of requisitions, orders and receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from cmms.choices import SupplyState
from cmms.services.parts import SupplyUpdate, record_supply
from core.commands import command
from core.models import User
from core.money import ZERO
from linkage.decisions.targets import fill_in_order
from linkage.models import Allocation, SupplyLink
from procurement.choices import Destination, OrderStatus, RequisitionStatus
from procurement.models import PurchaseOrderLine

_ON_ORDER = frozenset(
    {OrderStatus.ISSUED, OrderStatus.PARTIALLY_RECEIVED, OrderStatus.RECEIVED, OrderStatus.CLOSED}
)
_DEAD_REQUISITION = frozenset({RequisitionStatus.REJECTED, RequisitionStatus.CANCELLED})


@dataclass
class _Progress:
    """What is known of the purchase of one need."""

    wanted: Decimal = ZERO
    requested_document: str = ""
    ordered_document: str = ""
    expected_on: date | None = None
    ordered: Decimal = ZERO
    here: Decimal = ZERO
    arrived_directly: Decimal = ZERO
    states: set[str] = field(default_factory=set)

    def update(self, request_line_id: int) -> SupplyUpdate:
        """The need's supply state in words of the work half."""
        state = SupplyState.NONE
        if self.here > 0:
            state = SupplyState.ARRIVED if self.here >= self.wanted else SupplyState.PARTLY_ARRIVED
        elif self.ordered > 0:
            state = SupplyState.ORDERED
        elif self.requested_document:
            state = SupplyState.REQUESTED
        return SupplyUpdate(
            request_line_id=request_line_id,
            state=state,
            document=self.ordered_document or self.requested_document,
            expected_on=self.expected_on,
            arrived=self.arrived_directly,
        )


@command
def refresh_supply(*, request_line_ids: Collection[int], actor: User | None, at: datetime) -> None:
    """Bring the supply state of these needs in line with the facts; safe to run at any time, any number of times.

    What arrived of a shared order line is given to the needs behind it in the order they were allocated.
    """
    if not request_line_ids:
        return
    progress: dict[int, _Progress] = defaultdict(_Progress)
    for link in SupplyLink.objects.filter(request_line_id__in=request_line_ids).select_related(
        "requisition_line__requisition"
    ):
        requisition = link.requisition_line.requisition
        if requisition.status not in _DEAD_REQUISITION:
            progress[link.request_line_id].wanted += link.quantity
            progress[link.request_line_id].requested_document = requisition.number
        else:
            progress[link.request_line_id].wanted += ZERO
    for line, allocations in _lines_behind(request_line_ids):
        _add_line(progress, line, allocations)
    record_supply(
        updates=[each.update(pk) for pk, each in progress.items() if pk in set(request_line_ids)],
        actor=actor,
        at=at,
    )


def request_lines_behind(order_line_ids: Collection[int]) -> list[int]:
    """The needs that these order lines buy."""
    return list(
        Allocation.objects.filter(order_line_id__in=order_line_ids, request_line__isnull=False)
        .values_list("request_line_id", flat=True)
        .distinct()
    )


def _lines_behind(request_line_ids: Collection[int]) -> Iterable[tuple[PurchaseOrderLine, list[Allocation]]]:
    """Order lines that buy these needs, each with all its bearers, in two statements."""
    wanted = Allocation.objects.filter(request_line_id__in=request_line_ids).values("order_line_id")
    by_line: dict[int, list[Allocation]] = defaultdict(list)
    for allocation in (
        Allocation.objects.filter(order_line_id__in=wanted)
        .select_related("order_line__order")
        .order_by("order_line_id", "pk")
    ):
        by_line[allocation.order_line_id].append(allocation)
    return [(each[0].order_line, each) for each in by_line.values()]


def _add_line(progress: dict[int, _Progress], line: PurchaseOrderLine, allocations: list[Allocation]) -> None:
    order = line.order
    if order.status not in _ON_ORDER:
        return
    bearers = [each for each in allocations if each.request_line_id is not None]
    share = _scale(line, allocations)
    wanted = [each.weight * share for each in bearers]
    for allocation, weight, here in zip(
        bearers, wanted, fill_in_order(line.net_received, wanted), strict=True
    ):
        need = progress[allocation.request_line_id or 0]
        need.ordered += weight
        need.here += here
        need.ordered_document = order.number
        need.expected_on = line.promised_on or line.needed_on
        if line.destination == Destination.DIRECT:
            need.arrived_directly += here


def _scale(line: PurchaseOrderLine, allocations: list[Allocation]) -> Decimal:
    """Units of the line per unit of weight: below one where the order was cut below what was asked for."""
    whole = sum((each.weight for each in allocations), ZERO)
    return min(line.quantity_open_order / whole, Decimal(1)) if whole else ZERO
