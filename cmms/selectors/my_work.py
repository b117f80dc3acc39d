"""What waits for one person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from cmms.choices import SupplyState, WorkOrderStatus
from cmms.models import LaborTimer, PartsRequestLine, WorkOrder
from core.models import User

MOST = 200
# Not yet handed to the floor, or done: not this person's turn.
NOT_MINE_NOW = (WorkOrderStatus.DRAFT, WorkOrderStatus.APPROVED, WorkOrderStatus.WORK_DONE)


@dataclass(frozen=True)
class MyWork:
    """Assigned work by urgency; each work order is in one group. `arrived`: bought parts came for it."""

    overdue: list[WorkOrder] = field(default_factory=list)
    today: list[WorkOrder] = field(default_factory=list)
    arrived: list[WorkOrder] = field(default_factory=list)
    later: list[WorkOrder] = field(default_factory=list)
    timer: LaborTimer | None = None


def my_work(user: User, now: datetime) -> MyWork:
    """Open work of `user` as of `now`, most urgent first, at most 200; two statements.

    'Today' is the site's own day, and includes what is in progress.
    """
    arrived = PartsRequestLine.objects.filter(
        Q(quantity_reserved__gt=0) | Q(quantity_arrived__gt=0),
        parts_request__work_order=OuterRef("pk"),
        supply_state__in=[SupplyState.ARRIVED, SupplyState.PARTLY_ARRIVED],
    )
    orders = (
        WorkOrder.objects.open()
        .filter(assignee=user)
        .exclude(status__in=NOT_MINE_NOW)
        .select_related("asset", "location", "site")
        .annotate(has_arrived=Exists(arrived))
        .order_by("due_at", "pk")[:MOST]
    )
    timer = LaborTimer.objects.filter(person=user).select_related("work_order", "operation").first()
    work = MyWork(timer=timer)
    for order in orders:
        _group(work, order, now).append(order)
    return work


def _group(work: MyWork, order: WorkOrder, now: datetime) -> list[WorkOrder]:
    zone = ZoneInfo(order.site.timezone)
    if order.due_at and order.due_at < now:
        return work.overdue
    is_due_today = order.due_at and order.due_at.astimezone(zone).date() == now.astimezone(zone).date()
    if is_due_today or order.status == WorkOrderStatus.IN_PROGRESS:
        return work.today
    return work.arrived if getattr(order, "has_arrived", False) else work.later
