"""What is computed about work orders and is no state of theirs: parts short, arrived, late; steps open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from cmms.choices import (
    FINISHED,
    CostStage,
    OperationStatus,
    RequestLineKind,
    SignOff,
    SupplyState,
    WorkOrderStatus,
)
from cmms.models import (
    CostEntry,
    InspectionPoint,
    Nonconformance,
    Operation,
    PartsRequestLine,
    Reading,
    WorkOrder,
)
from cmms.selectors.readiness import signature_blockers

ON_ITS_WAY = [SupplyState.REQUESTED, SupplyState.ORDERED, SupplyState.PARTLY_ARRIVED]


@dataclass(frozen=True)
class WorkOrderFlags:
    """What a glance at a work order should tell.

    `parts`: the state of its needs that matters most now. none (nothing asked for), short (missing and nobody buys it), on_order (missing and being bought), arrived
    (came and waits to be fetched or used), reserved (waits in the storeroom), complete (all served).
    `vendor`, of its outside services: none, requested, ordered, late (expected before today), arrived.
    `permit`: none (not needed), missing, over, in_force. `signature`: none (not needed), missing (or void), signed.
    """

    parts: str = "none"
    overdue: bool = False
    open_operations: int = 0
    is_part_late: bool = False
    vendor: str = "none"
    permit: str = "none"
    signature: str = "none"
    is_inspection_open: bool = False
    open_findings: int = 0
    is_over_estimate: bool = False


def work_order_flags(ids: Iterable[int], now: datetime | None = None) -> dict[int, WorkOrderFlags]:
    """Flags by work order; one statement, and six more where steps ask for signatures.

    Without `now` nothing counts as overdue, late or over.
    """
    wanted = list(ids)
    rows = list(
        WorkOrder.objects.filter(pk__in=wanted)
        .annotate(
            parts=_parts(),
            open_operations=_open_steps(),
            is_part_late=_late(now),
            vendor=_vendor(now),
            wants_signature=Exists(_steps().exclude(sign_off=SignOff.NONE)),
            is_inspection_open=_inspection_open(),
            open_findings=_open_findings(),
            is_over_estimate=_over_estimate(),
        )
        .order_by("pk")
    )
    unsigned = signature_blockers([row for row in rows if row.wants_signature])
    found = {row.pk: _flags(row, now, row.pk in unsigned) for row in rows}
    return {pk: found.get(pk, WorkOrderFlags()) for pk in wanted}


def _flags(row: Any, now: datetime | None, is_unsigned: bool) -> WorkOrderFlags:
    return WorkOrderFlags(
        parts=row.parts,
        overdue=_overdue(row.status, row.due_at, now),
        open_operations=row.open_operations,
        is_part_late=row.is_part_late,
        vendor=row.vendor,
        permit=_permit(row, now),
        signature=("missing" if is_unsigned else "signed") if row.wants_signature else "none",
        is_inspection_open=row.is_inspection_open,
        open_findings=row.open_findings,
        is_over_estimate=row.is_over_estimate,
    )


def _permit(order: WorkOrder, now: datetime | None) -> str:
    if not order.needs_permit:
        return "none"
    if order.permit_valid_until is None:
        return "missing"
    return "over" if now is not None and order.permit_valid_until < now else "in_force"


def _steps() -> Any:
    return Operation.objects.filter(work_order=OuterRef("pk"))


def _vendor(now: datetime | None) -> Case:
    services = _needs().filter(kind=RequestLineKind.SERVICE)
    missing = services.filter(short__gt=0)
    states = [
        ("ordered", missing.filter(supply_state__in=[SupplyState.ORDERED, SupplyState.PARTLY_ARRIVED])),
        ("requested", missing),
        ("arrived", services),
    ]
    if now is not None:
        states.insert(0, ("late", missing.filter(expected_on__lt=now.date())))
    return _first_of(states)


def _inspection_open() -> Exists:
    """Whether a step that is not done has a point to be inspected of which the last reading is not in limits."""
    last = Reading.objects.filter(point=OuterRef("pk")).order_by("-pk").values("is_in_limits")[:1]
    points = (
        InspectionPoint.objects.filter(
            operation__work_order=OuterRef("pk"), is_dropped=False, is_mandatory=True
        )
        .exclude(operation__status=OperationStatus.DONE)
        .annotate(last=Coalesce(Subquery(last), Value(False)))
    )
    return Exists(points.filter(last=False))


def _open_findings() -> Coalesce:
    rows = Nonconformance.objects.filter(work_order=OuterRef("pk")).unsettled().order_by()
    counted = rows.values("work_order").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _over_estimate() -> Case:
    """Whether what is spent, received and ordered comes to more than the estimate; without one, never."""
    entries = CostEntry.objects.filter(work_order=OuterRef("pk")).order_by()
    field = DecimalField(max_digits=16, decimal_places=4)

    def total(rows: Any) -> Coalesce:
        summed = rows.values("work_order").annotate(total=Sum("amount")).values("total")
        return Coalesce(Subquery(summed, output_field=field), Value(0, output_field=field))

    estimate = total(entries.filter(stage=CostStage.ESTIMATE))
    return Case(
        When(
            GreaterThan(estimate, Value(0))
            & GreaterThan(total(entries.exclude(stage=CostStage.ESTIMATE)), estimate),
            then=Value(True),
        ),
        default=Value(False),
    )


def _first_of(states: Iterable[tuple[str, Any]]) -> Case:
    """The name of the first set that has a row."""
    return Case(
        *(When(Exists(rows), then=Value(name)) for name, rows in states),
        default=Value("none"),
        output_field=CharField(),
    )


def _needs() -> Any:
    """Needs of the outer work order that are not cancelled altogether."""
    lines = PartsRequestLine.objects.filter(parts_request__work_order=OuterRef("pk"))
    return lines.exclude(quantity_cancelled=F("quantity")).with_short()


def _parts() -> Case:
    short, here = _needs().filter(short__gt=0), _needs().filter(quantity_reserved__gt=0)
    arrived = _needs().filter(supply_state__in=[SupplyState.ARRIVED, SupplyState.PARTLY_ARRIVED])
    waiting = arrived.filter(Q(quantity_reserved__gt=0) | Q(quantity_arrived__gt=0))
    states = (
        ("short", short.exclude(supply_state__in=ON_ITS_WAY)),
        ("on_order", short),
        ("arrived", waiting),
        ("reserved", here),
        ("complete", _needs()),
    )
    return _first_of(states)


def _open_steps() -> Coalesce:
    steps = (
        Operation.objects.filter(work_order=OuterRef("pk"))
        .exclude(status=OperationStatus.DONE)
        .order_by()
        .values("work_order")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(steps, output_field=IntegerField()), 0)


def _late(now: datetime | None) -> Exists | Value:
    """Whether something missing was expected before today."""
    if now is None:
        return Value(False)
    return Exists(_needs().filter(short__gt=0, expected_on__lt=now.date()))


def _overdue(status: str, due_at: datetime | None, now: datetime | None) -> bool:
    over = status in FINISHED or status == WorkOrderStatus.WORK_DONE
    return bool(due_at and now and due_at < now and not over)
