"""What the lists of the work half can be narrowed by."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from cmms.choices import (
    CostBucket,
    CostReason,
    CostStage,
    Criticality,
    MovementKind,
    Priority,
    WorkOrderStatus,
    WorkOrderType,
    WorkRequestStatus,
)
from cmms.models import CostEntry, Location, StockItem, StockMovement, Storeroom, WorkOrder, WorkRequest
from cmms.selectors.people import workers
from core.models import ItemCategory, Program, Site

STATES = (("OPEN", "Open"), ("OVERDUE", "Overdue"), *WorkOrderStatus.choices)


def sites(request: Any) -> QuerySet[Site]:
    """Sites in use."""
    return Site.objects.filter(is_active=True).order_by("code")


def people(request: Any) -> Any:
    """People who are given work."""
    return workers()


class WorkOrderFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Work orders."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="State", choices=STATES, method="in_state")
    type = django_filters.ChoiceFilter(empty_label="Any", choices=WorkOrderType.choices)
    priority = django_filters.ChoiceFilter(empty_label="Any", choices=Priority.choices)
    assignee = django_filters.ModelChoiceFilter(label="Given to", queryset=people)
    site = django_filters.ModelChoiceFilter(queryset=sites)
    program = django_filters.ModelChoiceFilter(queryset=Program.objects.order_by("code"))

    class Meta:
        model = WorkOrder
        fields = ("status", "type", "priority", "assignee", "site", "program")

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """One state, or one of the two sets that have a name."""
        if value == "OPEN":
            return queryset.open()
        if value == "OVERDUE":
            return queryset.overdue(timezone.now())
        return queryset.filter(status=value)


class WorkRequestFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Reported faults."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="State", choices=WorkRequestStatus.choices)
    priority = django_filters.ChoiceFilter(empty_label="Any", choices=Priority.choices)
    site = django_filters.ModelChoiceFilter(queryset=sites)
    is_asset_down = django_filters.BooleanFilter(label="Stopped")

    class Meta:
        model = WorkRequest
        fields = ("status", "priority", "site", "is_asset_down")


class WorkRequestPageFilter(WorkRequestFilter):
    """Reported faults on the planner's page: without a choice, those that wait for a decision."""

    status = django_filters.ChoiceFilter(
        empty_label="To review", label="State", choices=(("ALL", "All"), *WorkRequestStatus.choices),
        method="in_state",
    )  # fmt: skip

    class Meta:
        model = WorkRequest
        fields = ("status", "priority", "site", "is_asset_down")

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """One state, or all."""
        return queryset if value == "ALL" else queryset.filter(status=value)


class AssetFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Assets."""

    site = django_filters.ModelChoiceFilter(queryset=sites)
    criticality = django_filters.ChoiceFilter(empty_label="Any", choices=Criticality.choices)
    is_active = django_filters.BooleanFilter(label="In use")
    top = django_filters.BooleanFilter(label="Top level only", field_name="parent", lookup_expr="isnull")


class LocationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Locations."""

    site = django_filters.ModelChoiceFilter(queryset=sites)

    class Meta:
        model = Location
        fields = ("site", "is_active")


class StockFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Balances."""

    storeroom = django_filters.ModelChoiceFilter(queryset=Storeroom.objects.order_by("code"))
    category = django_filters.ModelChoiceFilter(
        label="Family", field_name="item__category", queryset=ItemCategory.objects.order_by("code")
    )
    out = django_filters.BooleanFilter(label="None available", method="none_available")

    class Meta:
        model = StockItem
        fields = ("storeroom",)

    def none_available(self, queryset: Any, name: str, value: bool) -> Any:
        """With nothing that is not promised, or the others."""
        return queryset.filter(available__lte=0) if value else queryset.filter(available__gt=0)


class MovementFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Stock movements."""

    kind = django_filters.ChoiceFilter(empty_label="Any", choices=MovementKind.choices)
    storeroom = django_filters.ModelChoiceFilter(
        label="Storeroom", field_name="stock_item__storeroom", queryset=Storeroom.objects.order_by("code")
    )
    moved_at = django_filters.DateFilter(label="From", method="from_day")

    class Meta:
        model = StockMovement
        fields = ("kind",)

    def from_day(self, queryset: Any, name: str, value: date) -> Any:
        """From its first moment on; as a time, which has an index."""
        return queryset.filter(moved_at__gte=timezone.make_aware(datetime.combine(value, time.min)))


class CostFilter(django_filters.FilterSet):  # type: ignore[misc]
    """The cost ledger."""

    stage = django_filters.ChoiceFilter(empty_label="Any", choices=CostStage.choices)
    bucket = django_filters.ChoiceFilter(empty_label="Any", label="Kind", choices=CostBucket.choices)
    reason = django_filters.ChoiceFilter(empty_label="Any", choices=CostReason.choices)
    is_late = django_filters.BooleanFilter(label="After closing")
    since = django_filters.DateFilter(label="From", field_name="occurred_on", lookup_expr="gte")
    until = django_filters.DateFilter(label="To", field_name="occurred_on", lookup_expr="lte")

    class Meta:
        model = CostEntry
        fields = ("stage", "bucket", "reason", "is_late")
