"""Tells each need how far its purchase has come: a pure function of requisitions, orders and receipts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db.models import QuerySet

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
    if request_line_ids:
        bought = _bearers(Allocation.objects.filter(request_line_id__in=request_line_ids))
        _tell(request_line_ids, bought, actor=actor, at=at)


@command
def refresh_supply_of_orders(*, order_line_ids: Collection[int], actor: User | None, at: datetime) -> None:
    """The same for every need that these order lines buy."""
    bought = _bearers(
        Allocation.objects.filter(
            request_line_id__in=Allocation.objects.filter(
                order_line_id__in=order_line_ids, request_line__isnull=False
            ).values("request_line_id")
        )
    )
    behind = {each.request_line_id for each in bought if each.order_line_id in set(order_line_ids)}
    waiting = [pk for pk in behind if pk is not None]
    if waiting:
        _tell(waiting, bought, actor=actor, at=at)


def request_lines_behind(*, order_line_ids: Collection[int]) -> list[int]:
    """The needs that these order lines buy."""
    return list(
        Allocation.objects.filter(order_line_id__in=order_line_ids, request_line__isnull=False)
        .values_list("request_line_id", flat=True)
        .distinct()
    )


def _bearers(wanted: QuerySet[Allocation]) -> list[Allocation]:
    """All bearers of the order lines that the wanted allocations are of; one statement."""
    return list(
        Allocation.objects.filter(order_line_id__in=wanted.values("order_line_id"))
        .select_related("order_line__order")
        .order_by("order_line_id", "pk")
    )


def _tell(
    request_line_ids: Collection[int], bearers: Iterable[Allocation], *, actor: User | None, at: datetime
) -> None:
    progress: dict[int, _Progress] = {pk: _Progress() for pk in request_line_ids}
    for link in SupplyLink.objects.filter(request_line_id__in=request_line_ids).select_related(
        "requisition_line__requisition"
    ):
        requisition = link.requisition_line.requisition
        if requisition.status not in _DEAD_REQUISITION:
            progress[link.request_line_id].wanted += link.quantity
            progress[link.request_line_id].requested_document = requisition.number
    for _, group in groupby(bearers, key=attrgetter("order_line_id")):
        allocations = list(group)
        _add_line(progress, allocations[0].order_line, allocations)
    record_supply(updates=[each.update(pk) for pk, each in sorted(progress.items())], actor=actor, at=at)


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
        need = progress.get(allocation.request_line_id or 0)
        if need is None:
            continue
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
