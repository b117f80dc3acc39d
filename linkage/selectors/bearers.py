"""Who bears order lines, with all that posting and telling need to know of them, in one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONArray

from linkage.models import Allocation, SpendEntry, SupplyLink
from procurement.choices import RequisitionStatus

DEAD_REQUISITION = (RequisitionStatus.REJECTED, RequisitionStatus.CANCELLED)

# Amounts go through JSON as text: numbers would come back as floats.
_POSTED = JSONArray("account", "stage", "source_key", "cost_centre_id", Cast("amount", TextField()))
_ASKED = JSONArray(Cast("quantity", TextField()), "requisition_line__requisition__number")


def bearers_of(*, order_line_ids: Collection[int]) -> QuerySet[Any]:
    """The bearers of these order lines, with line, order and what the accounts other than work hold for the line.

    `posted` lists account, stage, source key, cost centre and amount (as text) of each entry of the order line.
    """
    return _bearers(Q(order_line_id__in=order_line_ids))


def bearers_behind(*, order_line_ids: Collection[int]) -> QuerySet[Any]:
    """Those, and the bearers of all other order lines that buy for the same needs; each knows what its need asked for.

    `asked` lists quantity (as text) and requisition number of each living request behind the need, oldest first.
    """
    needs = Allocation.objects.filter(order_line_id__in=order_line_ids, request_line__isnull=False)
    beside = Allocation.objects.filter(request_line_id__in=needs.values("request_line_id"))
    return _with_asked(
        _bearers(Q(order_line_id__in=order_line_ids) | Q(order_line_id__in=beside.values("order_line_id")))
    )


def bearers_for(*, request_line_ids: Collection[int]) -> QuerySet[Any]:
    """The bearers of all order lines that buy for these needs; each knows what its need asked for, as above."""
    bought = Allocation.objects.filter(request_line_id__in=request_line_ids)
    return _with_asked(_bearers(Q(order_line_id__in=bought.values("order_line_id"))))


def _bearers(wanted: Q) -> QuerySet[Any]:
    posted = SpendEntry.objects.filter(order_line_id=OuterRef("order_line_id")).order_by("pk")
    return (
        Allocation.objects.filter(wanted)
        .select_related("order_line__order")
        .annotate(posted=ArraySubquery(posted.values(row=_POSTED)))
        .order_by("order_line_id", "pk")
    )


def _with_asked(bearers: QuerySet[Any]) -> QuerySet[Any]:
    links = SupplyLink.objects.filter(request_line_id=OuterRef("request_line_id")).exclude(
        requisition_line__requisition__status__in=DEAD_REQUISITION
    )
    known: QuerySet[Any] = bearers.annotate(asked=ArraySubquery(links.order_by("pk").values(row=_ASKED)))
    return known
