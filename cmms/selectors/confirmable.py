"""Work whose hours can be confirmed: open steps of released or running work orders, or such an order as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from cmms.choices import Execution, OperationStatus, WorkOrderStatus
from cmms.models import Operation, WorkOrder

CONFIRMABLE = (WorkOrderStatus.RELEASED, WorkOrderStatus.IN_PROGRESS)


@dataclass(frozen=True)
class WorkToConfirm:
    """A step, or a work order none of whose steps is open (`operation` None)."""

    order: WorkOrder
    operation: Operation | None

    @property
    def hours(self) -> Decimal | None:
        """The estimate; None where there is none."""
        return (self.operation.estimated_hours or None) if self.operation else None

    @property
    def keys(self) -> tuple[int, int | None]:
        """Primary keys of work order and step."""
        return self.order.pk, self.operation.pk if self.operation else None


def work_orders_to_confirm(
    *, site_id: int | None = None, craft_id: int | None = None, week: date | None = None
) -> QuerySet[WorkOrder]:
    """Released and running work orders, soonest due first; those due in the week from Monday `week` where given.

    Of a craft: with an open step of it, or of no craft where the person who has the work is of it.
    """
    rows = WorkOrder.objects.filter(status__in=CONFIRMABLE)
    if site_id:
        rows = rows.filter(site_id=site_id)
    if week:
        start = datetime.combine(week, time(), tzinfo=timezone.get_current_timezone())
        rows = rows.filter(due_at__gte=start, due_at__lt=start + timedelta(days=7))
    if craft_id:
        steps = Operation.objects.filter(work_order=OuterRef("pk"), status=OperationStatus.PLANNED)
        rows = rows.filter(
            Exists(steps.filter(craft_id=craft_id))
            | (Q(assignee__technician__craft_id=craft_id) & ~Exists(steps.filter(craft__isnull=False)))
        )
    return rows.select_related("asset", "location", "assignee", "site").order_by("due_at", "pk")


def work_to_confirm(*, orders: Iterable[WorkOrder], craft_id: int | None = None) -> list[WorkToConfirm]:
    """The lines of these work orders; one statement. Steps done outside have no hours of ours."""
    chosen = list(orders)
    steps = Operation.objects.filter(
        work_order__in=[order.pk for order in chosen], status=OperationStatus.PLANNED
    ).select_related("craft")
    waiting: dict[int, list[Operation]] = defaultdict(list)
    for step in steps.in_order():
        waiting[step.work_order_id].append(step)
    found: list[WorkToConfirm] = []
    for order in chosen:
        own = [step for step in waiting[order.pk] if step.execution == Execution.INTERNAL]
        if craft_id:
            own = [step for step in own if step.craft_id in {craft_id, None}]
        found += [WorkToConfirm(order, step) for step in own]
        if not waiting[order.pk]:
            found.append(WorkToConfirm(order, None))
    return found


def work_of(*, keys: Collection[tuple[int, int | None]]) -> dict[tuple[int, int | None], WorkToConfirm]:
    """The work behind pairs of work order and step, whatever became of it meanwhile; two statements."""
    orders = WorkOrder.objects.select_related("asset", "location", "assignee", "site").in_bulk(
        {order for order, _ in keys}
    )
    steps = Operation.objects.select_related("craft").in_bulk({step for _, step in keys if step})
    return {
        (order, step): WorkToConfirm(orders[order], steps.get(step or 0))
        for order, step in keys
        if order in orders and (step is None or step in steps)
    }
