"""The rows behind every verb on work orders, locked by primary key until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection

from cmms.models import Operation, WorkOrder
from core.errors import NotFound


def no_such_work_order() -> NotFound:
    """The words for a work order that is not there."""
    return NotFound("That work order does not exist.", field="work_order_id")


def locked_work_orders(*, work_order_ids: Collection[int], with_site: bool = False) -> dict[int, WorkOrder]:
    """Those of these work orders that exist, by primary key; one statement.

    No stronger lock than needed: a row that merely points at a work order need not wait.
    """
    wanted = WorkOrder.objects.filter(pk__in=set(work_order_ids)).order_by("pk")
    rows = wanted.select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in (rows.select_related("site") if with_site else rows)}


def locked_work_order(*, work_order_id: int, with_site: bool = False) -> WorkOrder:
    """The work order. Raises NotFound."""
    found = locked_work_orders(work_order_ids=[work_order_id], with_site=with_site)
    if work_order_id not in found:
        raise no_such_work_order()
    return found[work_order_id]


def locked_work_order_of(*, operation_id: int) -> WorkOrder:
    """The work order that a step belongs to. Raises NotFound where there is no such step."""
    owner = Operation.objects.filter(pk=operation_id).values("work_order_id")
    rows = WorkOrder.objects.filter(pk__in=owner).select_for_update(of=("self",), no_key=True)
    order: WorkOrder | None = next(iter(rows), None)
    if order is None:
        raise NotFound("That step does not exist.", field="operation_id")
    return order
