"""What a reconciliation goes over."""

from __future__ import annotations

from django.db.models import Q

from cmms.models import WorkOrder
from linkage.models import Allocation
from procurement.models import PurchaseOrderLine


def work_order_by(text: str) -> WorkOrder | None:
    """The work order of a number ('WO-000012') or an id, if there is one."""
    wanted = Q(number__iexact=text.strip())
    if text.strip().isascii() and text.strip().isdigit():
        wanted |= Q(pk=int(text))
    return WorkOrder.objects.filter(wanted).order_by("pk").first()


def order_lines_of(work_order_id: int | None) -> int:
    """How many order lines are checked: all, or those that a work order bears a share of."""
    if work_order_id is None:
        return PurchaseOrderLine.objects.count()
    return Allocation.objects.filter(work_order=work_order_id).values("order_line").distinct().count()
