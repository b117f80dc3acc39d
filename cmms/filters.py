"""What the lists of the work half can be narrowed by."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cmms.choices import (
    CostBucket,
    CostReason,
    CostStage,
    Criticality,
    DowntimeSource,
    FailureCodeKind,
    MovementKind,
    NonconformanceStatus,
    PlanStatus,
    PlanTrigger,
    Priority,
    RevisionStatus,
    StopState,
    WorkOrderStatus,
    WorkOrderType,
    WorkRequestStatus,
)
from cmms.models import (
    AssetClass,
    CostEntry,
    DowntimeEvent,
    FailureCode,
    FailureRecord,
    JobPlan,
    Location,
    MaintenancePlan,
    Meter,
    Nonconformance,
    PersonQualification,
    Qualification,
    ScheduledWork,
    StockItem,
    StockMovement,
    StopFeed,
    Storeroom,
    WorkOrder,
    WorkRequest,
)
from cmms.selectors.people import workers
from cmms.selectors.qualifications import SOON
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
    finding = django_filters.BooleanFilter(label="Nonconformance open", method="with_finding")

    class Meta:
        model = WorkOrder
        fields = ("status", "type", "priority", "assignee", "site", "program", "finding")

    def with_finding(self, queryset: Any, name: str, value: bool) -> Any:
        """With a finding that is not settled, or without."""
        found = Exists(Nonconformance.objects.filter(work_order=OuterRef("pk")).unsettled())
        return queryset.filter(found if value else ~found)

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
    until = django_filters.DateFilter(label="To", method="to_day")

    class Meta:
        model = StockMovement
        fields = ("kind",)

    def from_day(self, queryset: Any, name: str, value: date) -> Any:
        """On that day or later."""
        return queryset.filter(moved_at__gte=_start_of(value))

    def to_day(self, queryset: Any, name: str, value: date) -> Any:
        """Until the end of that day."""
        return queryset.filter(moved_at__lt=_start_of(value + timedelta(days=1)))


def _start_of(day: date) -> datetime:
    """The first moment of a day where the person is."""
    return timezone.make_aware(datetime.combine(day, time.min))


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


class NonconformanceFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Findings."""

    status = django_filters.ChoiceFilter(
        empty_label="Any", label="State", choices=(("UNSETTLED", "Unsettled"), *NonconformanceStatus.choices),
        method="in_state",
    )  # fmt: skip
    site = django_filters.ModelChoiceFilter(field_name="work_order__site", label="Site", queryset=sites)
    since = django_filters.DateFilter(label="From", field_name="created_at", lookup_expr="date__gte")

    class Meta:
        model = Nonconformance
        fields = ("status", "site", "since")

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """One state, or all that something is left to do about."""
        return queryset.unsettled() if value == "UNSETTLED" else queryset.filter(status=value)


class PersonQualificationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Qualifications that people hold."""

    standing = django_filters.ChoiceFilter(
        label="Today", empty_label="Any", method="as_of_today",
        choices=(("VALID", "Valid"), ("SOON", f"Ends within {SOON} days"), ("OVER", "Over or withdrawn")),
    )  # fmt: skip
    qualification = django_filters.ModelChoiceFilter(queryset=Qualification.objects.order_by("name"))
    person = django_filters.ModelChoiceFilter(queryset=people)

    class Meta:
        model = PersonQualification
        fields = ("standing", "qualification", "person")

    def as_of_today(self, queryset: Any, name: str, value: str) -> Any:
        """Counting, ending soon, or no longer counting."""
        today = timezone.localdate()
        if value == "VALID":
            return queryset.valid_on(today)
        if value == "SOON":
            return queryset.ending_between(today, today + timedelta(days=SOON - 1))
        return queryset.filter(valid_from__lte=today).exclude(pk__in=queryset.valid_on(today).values("pk"))


class PlanFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Maintenance plans."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="State", choices=PlanStatus.choices)
    trigger = django_filters.ChoiceFilter(empty_label="Any", label="Due by", choices=PlanTrigger.choices)
    site = django_filters.ModelChoiceFilter(queryset=sites)
    assignee = django_filters.ModelChoiceFilter(label="Given to", queryset=people)
    due_before = django_filters.DateFilter(
        label="Due until", field_name="clock__next_due_on", lookup_expr="lte"
    )
    stuck = django_filters.BooleanFilter(label="With a problem", method="is_stuck")

    class Meta:
        model = MaintenancePlan
        fields = ("status", "trigger", "site", "assignee")

    def is_stuck(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that could not make an order, or the others."""
        return queryset.exclude(clock__problem="") if value else queryset.filter(clock__problem="")


class JobPlanFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Job plans."""

    latest_status = django_filters.ChoiceFilter(
        empty_label="Any", label="Latest revision", choices=RevisionStatus.choices
    )
    is_active = django_filters.BooleanFilter(label="In use")

    class Meta:
        model = JobPlan
        fields = ("is_active",)


class MeterFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Meters."""

    site = django_filters.ModelChoiceFilter(field_name="asset__site", queryset=sites)
    is_active = django_filters.BooleanFilter(label="In use")

    class Meta:
        model = Meter
        fields = ("is_active",)


class DowntimeFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Stops."""

    state = django_filters.ChoiceFilter(label="State", choices=StopState.choices, method="in_state")
    is_planned = django_filters.BooleanFilter(label="Planned")
    source = django_filters.ChoiceFilter(empty_label="Any", label="Said by", choices=DowntimeSource.choices)
    site = django_filters.ModelChoiceFilter(field_name="asset__site", label="Site", queryset=sites)
    asset_class = django_filters.ModelChoiceFilter(
        field_name="asset__asset_class", label="Class", queryset=AssetClass.objects.order_by("code")
    )
    since = django_filters.DateFilter(label="From", field_name="started_at", lookup_expr="date__gte")
    until = django_filters.DateFilter(label="To", field_name="started_at", lookup_expr="date__lte")

    class Meta:
        model = DowntimeEvent
        fields = ("is_planned", "source")

    def in_state(self, queryset: Any, name: str, value: str) -> Any:
        """Still down, over, or voided."""
        if value == StopState.VOIDED:
            return queryset.filter(voided_at__isnull=False)
        return queryset.filter(voided_at=None, ended_at__isnull=value == StopState.DOWN)


class FailureFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Failures."""

    mode = django_filters.ModelChoiceFilter(
        label="Observed mode", queryset=FailureCode.objects.filter(kind=FailureCodeKind.MODE).order_by("name")
    )
    site = django_filters.ModelChoiceFilter(field_name="asset__site", label="Site", queryset=sites)
    asset_class = django_filters.ModelChoiceFilter(
        field_name="asset__asset_class", label="Class", queryset=AssetClass.objects.order_by("code")
    )
    is_functional_failure = django_filters.BooleanFilter(label="Functional")
    since = django_filters.DateFilter(label="From", field_name="occurred_at", lookup_expr="date__gte")
    until = django_filters.DateFilter(label="To", field_name="occurred_at", lookup_expr="date__lte")

    class Meta:
        model = FailureRecord
        fields = ("mode", "is_functional_failure")


class StopFeedFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Platforms that report stops."""

    is_active = django_filters.BooleanFilter(label="In use")

    class Meta:
        model = StopFeed
        fields = ("is_active",)


class ScheduleFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Scheduled work."""

    site = django_filters.ModelChoiceFilter(field_name="schedule__site", label="Site", queryset=sites)
    done = django_filters.BooleanFilter(label="Done in its week")
    since = django_filters.DateFilter(label="Weeks from", field_name="schedule__starts_on", lookup_expr="gte")

    class Meta:
        model = ScheduledWork
        fields: tuple[str, ...] = ()
