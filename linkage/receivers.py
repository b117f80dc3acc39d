"""The one place that hears what the two halves announce. Each receiver makes one call, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.dispatch import receiver

from cmms import events as work
from cmms.models import Storeroom
from cmms.services.stock.refilling import Refill
from core.errors import RuleViolation
from core.models import User
from linkage.services.allocations import allocate_new_lines
from linkage.services.closing import open_purchases
from linkage.services.fulfilment import follow_goods, follow_order
from linkage.services.handoff import raise_requisitions, request_outside_services, return_needs_to_buyer
from linkage.services.posting import settle_order_lines
from linkage.services.refilling import exchange_supply, request_refill
from linkage.services.supply import refresh_supply_of_orders
from procurement import events as spend


@receiver(work.parts_short)
def on_parts_short(*, request_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """A work order lacks parts: ask purchasing for what is missing."""
    raise_requisitions(request_line_ids=request_line_ids, actor=actor, at=at)


@receiver(work.parts_need_cancelled)
def on_parts_need_cancelled(*, request_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """A need went away: the buyer decides what becomes of its purchase."""
    return_needs_to_buyer(request_line_ids=request_line_ids, actor=actor, at=at)


@receiver(work.promise_moved)
def on_promise_moved(
    *, from_line_id: int, to_line_id: int, quantity: Decimal, actor: User, at: datetime, **_: Any
) -> None:
    """Promised parts went to more urgent work: who gave them up gets what was being bought for it."""
    exchange_supply(from_line_id=from_line_id, to_line_id=to_line_id, quantity=quantity, actor=actor, at=at)


@receiver(work.stock_wanted)
def on_stock_wanted(
    *, storeroom: Storeroom, lines: Sequence[Refill], actor: User, at: datetime, **_: Any
) -> str:
    """A storeroom runs low: ask purchasing."""
    return request_refill(storeroom=storeroom, lines=lines, actor=actor, at=at)


@receiver([work.work_orders_released, work.outside_steps_added])
def on_work_orders_released(*, work_order_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """Work may start, or has got further steps: those done outside need a purchase."""
    request_outside_services(work_order_ids=work_order_ids, actor=actor, at=at)


@receiver(work.work_orders_closing)
def on_work_orders_closing(
    *,
    work_order_ids: Sequence[int],
    refusals: dict[int, RuleViolation],
    notes: dict[int, str],
    is_confirmed: bool,
    **_: Any,
) -> None:
    """Work orders are about to be closed; those with open purchases are not, or with somebody's consent."""
    found = open_purchases(work_order_ids=work_order_ids, is_confirmed=is_confirmed)
    refusals.update(found.refusals)
    notes.update(found.notes)


@receiver(spend.order_created)
def on_order_created(*, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """A new order: its lines get their bearers."""
    allocate_new_lines(order_line_ids=order_line_ids, actor=actor, at=at)


@receiver([spend.order_approved, spend.invoices_posted])
def on_figures_changed(*, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """A promise to pay was made or a bill was posted."""
    settle_order_lines(order_line_ids=order_line_ids, actor=actor, at=at)


@receiver(spend.order_issued)
def on_order_issued(*, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """The supplier has the order: who waits may know."""
    refresh_supply_of_orders(order_line_ids=order_line_ids, actor=actor, at=at)


@receiver(spend.order_revised)
def on_order_revised(*, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """The order says something else now; lines added by a revision get their bearers."""
    allocate_new_lines(order_line_ids=order_line_ids, actor=actor, at=at)
    follow_order(order_line_ids=order_line_ids, actor=actor, at=at)


@receiver([spend.order_closed, spend.order_cancelled])
def on_order_ended(*, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any) -> None:
    """Nothing more comes of these lines."""
    follow_order(order_line_ids=order_line_ids, actor=actor, at=at)


@receiver([spend.goods_received, spend.goods_returned])
def on_goods_moved(
    *, receipt_id: int, order_line_ids: Sequence[int], actor: User, at: datetime, **_: Any
) -> None:
    """Goods came or went: costs, stock and the waiting work orders follow."""
    follow_goods(receipt_id=receipt_id, order_line_ids=order_line_ids, actor=actor, at=at)
