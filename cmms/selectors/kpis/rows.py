"""The rows that each figure is made from: one definition for the figure, its list, its export and the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.fields import CharField
from django.db.models.functions import Coalesce

from cmms.choices import (
    CostStage,
    Priority,
    RequestLineKind,
    WorkOrderStatus,
    WorkOrderType,
)
from cmms.models import (
    CostEntry,
    DowntimeEvent,
    EstimateLine,
    FailureRecord,
    HoldInterval,
    LaborEntry,
    Operation,
    PartsRequestLine,
    ScheduledWork,
    StockItem,
    WeekSchedule,
    WorkOrder,
)
from cmms.selectors.kpis.question import Question

PREVENTIVE = (WorkOrderType.PREVENTIVE, WorkOrderType.INSPECTION)
ZERO = Decimal(0)
HOURS = DecimalField(max_digits=12, decimal_places=4)
YEAR = timedelta(days=365)
# Rows carry annotations that no type names.
Rows = Any


def stops(question: Question) -> Rows:
    """Stops at least partly in the period."""
    rows = DowntimeEvent.objects.touching(question.since, question.end)
    return rows.filter(_of_asset(question)).select_related("asset", "work_order", "feed")


def failures(question: Question) -> Rows:
    """Recorded functional failures that no unplanned stop stands for already."""
    stood = DowntimeEvent.objects.unplanned().filter(work_order=OuterRef("work_order"))
    rows = FailureRecord.objects.current().filter(
        _of_asset(question),
        ~Exists(stood),
        is_functional_failure=True,
        work_order__type=WorkOrderType.CORRECTIVE,
        occurred_at__gte=question.since,
        occurred_at__lt=question.end,
    )
    return rows.exclude(work_order__status=WorkOrderStatus.CANCELLED).select_related(
        "asset", "work_order", "mode", "mechanism", "cause"
    )


def corrective(question: Question) -> Rows:
    """Corrective work orders reported in the period, not called off."""
    rows = _orders(question).filter(
        type=WorkOrderType.CORRECTIVE, reported_at__gte=question.since, reported_at__lt=question.end
    )
    return rows.exclude(status=WorkOrderStatus.CANCELLED)


def repairs(question: Question) -> Rows:
    """Corrective work orders whose work was done in the period and that have work logged on them."""
    worked = LaborEntry.objects.filter(
        work_order=OuterRef("pk"), reverses=None, reversed_by=None, kind="WRENCH"
    )
    return _orders(question).filter(
        Exists(worked),
        type=WorkOrderType.CORRECTIVE,
        work_done_at__gte=question.since,
        work_done_at__lt=question.end,
    )


def labor(question: Question) -> Rows:
    """Hours worked in the period, each with what kind of work it was: planned, reactive or other."""
    rows = LaborEntry.objects.filter(
        _of_order(question), started_at__gte=question.since, started_at__lt=question.end
    )
    return rows.annotate(nature=nature("work_order__")).select_related("work_order", "person", "craft")


def nature(path: str = "") -> Case:
    """PLANNED: with steps or an estimate approved before release. REACTIVE: an emergency, or released after the week's
    schedule was locked and begun in that week. OTHER: the rest; that work is preventive alone does not make it planned.
    """
    key = OuterRef(f"{path}pk")
    steps = Operation.objects.filter(work_order=key, estimated_hours__gt=0)
    lines = EstimateLine.objects.filter(work_order=key)
    in_week = WeekSchedule.objects.filter(
        site=OuterRef(f"{path}site"),
        starts_at__lte=OuterRef(f"{path}started_at"),
        ends_at__gt=OuterRef(f"{path}started_at"),
        locked_at__lt=OuterRef(f"{path}released_at"),
    )
    scheduled = ScheduledWork.objects.filter(
        work_order=key,
        schedule__starts_at__lte=OuterRef(f"{path}started_at"),
        schedule__ends_at__gt=OuterRef(f"{path}started_at"),
    )
    approved_first = Q(**{f"{path}approved_at__lte": F(f"{path}released_at")})
    return Case(
        When(**{f"{path}priority": Priority.EMERGENCY}, then=Value("REACTIVE")),
        When(Exists(in_week) & ~Exists(scheduled), then=Value("REACTIVE")),
        When(approved_first & (Exists(steps) | Exists(lines)), then=Value("PLANNED")),
        default=Value("OTHER"),
        output_field=CharField(),
    )


def preventive(question: Question) -> Rows:
    """Preventive work and inspections due in the period, called-off ones among them.

    `before` and `after`: when the same work on the same asset was due last and next, which gives its interval.
    """
    same = WorkOrder.objects.filter(
        asset=OuterRef("asset"), title=OuterRef("title"), type__in=PREVENTIVE
    ).values("due_at")
    rows = _orders(question).filter(
        type__in=PREVENTIVE, due_at__gte=question.since, due_at__lt=question.until
    )
    return rows.annotate(
        before=Subquery(same.filter(due_at__lt=OuterRef("due_at")).order_by("-due_at")[:1]),
        after=Subquery(same.filter(due_at__gt=OuterRef("due_at")).order_by("due_at")[:1]),
    )


def scheduled(question: Question) -> Rows:
    """Work of locked schedules whose week began in the period and is over."""
    rows = ScheduledWork.objects.filter(
        _of_order(question),
        schedule__starts_at__gte=question.since,
        schedule__starts_at__lt=question.until,
        schedule__ends_at__lte=question.now,
    )
    in_week = Q(
        work_order__work_done_at__gte=F("schedule__starts_at"),
        work_order__work_done_at__lt=F("schedule__ends_at"),
    )
    return rows.annotate(done=Case(When(in_week, then=Value(True)), default=Value(False))).select_related(
        "schedule__site", "work_order__asset"
    )


def ready(question: Question) -> Rows:
    """Released work that lacks no part, with its planned hours; as it stands now."""
    short = PartsRequestLine.objects.with_short().filter(
        parts_request__work_order=OuterRef("pk"), short__gt=0
    )
    rows = _orders(question).filter(~Exists(short), status=WorkOrderStatus.RELEASED)
    return rows.annotate(planned_hours=planned_hours())


def planned_hours() -> Coalesce:
    """Hours of a work order's steps that are not done."""
    open_steps = Q(operations__status="PLANNED")
    return Coalesce(Sum("operations__estimated_hours", filter=open_steps), ZERO, output_field=HOURS)


def open_orders(question: Question) -> Rows:
    """Work that is not finished; as it stands now."""
    return _orders(question).open()


def finished(question: Question) -> Rows:
    """Work done in the period."""
    done = Coalesce("work_done_at", "completed_at")
    rows = _orders(question).annotate(done_at=done)
    return rows.filter(done_at__gte=question.since, done_at__lt=question.end).exclude(
        status=WorkOrderStatus.CANCELLED
    )


def estimated(question: Question) -> Rows:
    """Work done in the period that had an approved estimate, with its estimate and its actual cost."""
    return (
        finished(question)
        .annotate(
            estimate_cost=Sum("cost_entries__amount", filter=Q(cost_entries__stage=CostStage.ESTIMATE)),
            actual_cost=Coalesce(
                Sum("cost_entries__amount", filter=Q(cost_entries__stage=CostStage.ACTUAL)),
                ZERO,
                output_field=HOURS,
            ),
        )
        .filter(estimate_cost__gt=0)
    )


def costs(question: Question) -> Rows:
    """Actual cost that fell in the period."""
    rows = CostEntry.objects.filter(_of_cost(question), stage=CostStage.ACTUAL)
    return rows.filter(
        occurred_on__gte=question.since.date(), occurred_on__lt=question.until.date()
    ).select_related("work_order", "asset")


def year_costs(question: Question) -> Rows:
    """Actual cost of the twelve months up to the period's end, on assets with a replacement value."""
    until = question.until.date()
    rows = CostEntry.objects.filter(
        asset__in=question.population.valued, stage=CostStage.ACTUAL, occurred_on__gte=until - YEAR
    )
    return rows.filter(occurred_on__lt=until).select_related("work_order", "asset")


def demands(question: Question) -> Rows:
    """Stocked parts asked for in the period."""
    rows = PartsRequestLine.objects.filter(
        _of_order(question, "parts_request__work_order"), kind=RequestLineKind.ITEM, item__is_stocked=True
    )
    return rows.filter(
        parts_request__created_at__gte=question.since, parts_request__created_at__lt=question.end
    ).select_related("item", "unit", "parts_request__work_order")


def waits(question: Question) -> Rows:
    """Stretches of waiting for parts at least partly in the period."""
    rows = HoldInterval.objects.filter(_of_order(question), reason="PARTS", started_at__lt=question.end)
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=question.since)).select_related(
        "work_order__asset"
    )


def stock(question: Question) -> Rows:
    """Balances of the site's (or all) storerooms; they belong to no asset."""
    rows = StockItem.objects.exclude(value=0).select_related("item__unit", "storeroom")
    if question.asset_id is not None or question.class_id is not None:
        return rows.none()
    return rows.filter(storeroom__site_id=question.site_id) if question.site_id is not None else rows


def _orders(question: Question) -> Rows:
    return WorkOrder.objects.filter(question.on()).select_related("asset", "assignee")


def _of_asset(question: Question) -> Q:
    return Q() if question.is_whole else Q(asset__in=question.population.asset_ids)


def _of_order(question: Question, path: str = "work_order") -> Q:
    if question.is_whole:
        return Q()
    if question.asset_id is None and question.class_id is None:
        return Q(**{f"{path}__site": question.site_id})
    return Q(**{f"{path}__asset__in": question.population.asset_ids})


def _of_cost(question: Question) -> Q:
    """By the asset at that time; what has none belongs to its work order's site."""
    if question.is_whole:
        return Q()
    of_assets = Q(asset__in=question.population.asset_ids)
    if question.asset_id is None and question.class_id is None:
        return of_assets | Q(asset=None, work_order__site=question.site_id)
    return of_assets


@dataclass(frozen=True)
class Kind:
    """One set of rows by name; `is_cost`: only for who may see amounts."""

    title: str
    rows: Callable[[Question], Rows]
    is_cost: bool = False


KINDS: dict[str, Kind] = {
    "stops": Kind("Stops", stops),
    "failures": Kind("Recorded failures without a stop", failures),
    "corrective": Kind("Corrective work orders", corrective),
    "repairs": Kind("Repairs", repairs),
    "labor": Kind("Hours by kind of work", labor),
    "preventive": Kind("Preventive work due", preventive),
    "scheduled": Kind("Scheduled work", scheduled),
    "ready": Kind("Ready backlog", ready),
    "open": Kind("Open work orders", open_orders),
    "finished": Kind("Work done", finished),
    "estimated": Kind("Estimate and actual cost", estimated, is_cost=True),
    "costs": Kind("Actual cost", costs, is_cost=True),
    "year-costs": Kind("Cost of twelve months", year_costs, is_cost=True),
    "demands": Kind("Stocked parts asked for", demands),
    "waits": Kind("Waiting for parts", waits),
    "stock": Kind("Stock value", stock, is_cost=True),
}


def rows_of(kind: str, question: Question) -> Rows:
    """The rows of that name."""
    return KINDS[kind].rows(question)
