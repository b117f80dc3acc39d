"""Reports that are likely about the same thing, and the work that may take care of it already."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from cmms.choices import FINISHED, WorkRequestStatus
from cmms.models import WorkOrder, WorkRequest

RECENT = timedelta(days=14)
MOST = 10
OPEN = Q(status=WorkRequestStatus.NEW) | (Q(work_order__isnull=False) & ~Q(work_order__status__in=FINISHED))


def likely_duplicates(request: WorkRequest) -> list[WorkRequest]:
    """Other reports of the same asset (else the same location) of the last 14 days that are not settled."""
    rows = WorkRequest.objects.filter(OPEN, _same_place(request)).exclude(pk=request.pk)
    near = (request.created_at - RECENT, request.created_at + RECENT)
    chosen = rows.filter(created_at__range=near).select_related(
        "work_order", "requester", "photo", "location"
    )
    return list(chosen.order_by("-pk")[:MOST])


def orders_at_the_place(request: WorkRequest) -> list[WorkOrder]:
    """Open work orders of the same asset, else of the same location, newest first."""
    return list(WorkOrder.objects.open().filter(_same_place(request)).order_by("-pk")[:MOST])


def with_likely_twice(rows: QuerySet[WorkRequest]) -> QuerySet[WorkRequest]:
    """Adds `likely_twice`: whether another open report of the same place came within 14 days."""
    others = WorkRequest.objects.filter(
        OPEN,
        created_at__gte=OuterRef("created_at") - RECENT,
        created_at__lte=OuterRef("created_at") + RECENT,
    ).exclude(pk=OuterRef("pk"))
    same_asset = others.filter(asset=OuterRef("asset"))
    same_location = others.filter(asset=None, location=OuterRef("location"))
    return rows.annotate(likely_twice=Exists(same_asset) | (Q(asset=None) & Exists(same_location)))


def _same_place(request: WorkRequest) -> Q:
    if request.asset_id:
        return Q(asset_id=request.asset_id)
    return Q(asset=None, location_id=request.location_id)
