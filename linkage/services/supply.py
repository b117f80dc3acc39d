"""Tells each need how far its purchase has come: a pure function of requisitions, orders and receipts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from cmms.choices import SupplyState
from cmms.services.parts import SupplyUpdate, record_supply
from core.commands import command
from core.history import Write
from core.models import User
from core.money import ZERO
from linkage.decisions.targets import fill_in_order
from linkage.models import Allocation
from linkage.selectors.bearers import bearers_behind, bearers_for
from procurement.choices import Destination, OrderStatus
from procurement.models import PurchaseOrderLine

_ON_ORDER = frozenset(
    {OrderStatus.ISSUED, OrderStatus.PARTIALLY_RECEIVED, OrderStatus.RECEIVED, OrderStatus.CLOSED}
)
Asked = Sequence[tuple[Decimal | str, str]]


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


def supply_of(*, order_line_ids: Collection[int], bearers: Sequence[Any]) -> list[SupplyUpdate]:
    """How far the purchase of every need has come that these order lines buy, from `bearers_behind` them.

    What arrived of a shared order line is given to the needs behind it in the order they were allocated.
    """
    lines = set(order_line_ids)
    waiting = {each.request_line_id: each.asked for each in bearers if each.order_line_id in lines}
    waiting.pop(None, None)
    return _updates(waiting, bearers)


@command
def refresh_supply_of_orders(
    *,
    order_line_ids: Collection[int],
    actor: User | None,
    at: datetime,
    bearers: Sequence[Any] | None = None,
) -> None:
    """Bring the supply state of the needs that these order lines buy in line with the facts.

    Safe to run at any time, any number of times. One statement fewer where the caller has read `bearers_behind`.
    """
    if not order_line_ids:
        return
    if bearers is None:
        bearers = list(bearers_behind(order_line_ids=order_line_ids))
    updates = supply_of(order_line_ids=order_line_ids, bearers=bearers)
    record_supply(updates=updates, actor=actor, at=at)


@command
def refresh_supply(
    *,
    asked: Mapping[int, Asked],
    needs: Sequence[Any],
    actor: User | None,
    at: datetime,
    beside: Write | None = None,
) -> None:
    """The same for `needs`, which the caller has locked and which know whether they `are_ordered`.

    `asked` are quantity and requisition number of each living request, by need. No order is looked for where none
    of the needs is on one. What is to be stored `beside` the news goes into the same statement.
    """
    keys = [need.pk for need in needs]
    ordered = any(need.are_ordered for need in needs)
    bearers = list(bearers_for(request_line_ids=keys)) if ordered else []
    updates = _updates({pk: asked.get(pk, []) for pk in keys}, bearers)
    record_supply(updates=updates, actor=actor, at=at, locked=needs, beside=beside)


def _updates(asked: Mapping[int, Asked], bearers: Iterable[Any]) -> list[SupplyUpdate]:
    progress: dict[int, _Progress] = {pk: _Progress() for pk in asked}
    for pk, requests in asked.items():
        for quantity, number in requests:
            progress[pk].wanted += Decimal(quantity)
            progress[pk].requested_document = number
    for _, group in groupby(bearers, key=attrgetter("order_line_id")):
        allocations = list(group)
        _add_line(progress, allocations[0].order_line, allocations)
    return [progress[pk].update(pk) for pk in sorted(progress)]


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
