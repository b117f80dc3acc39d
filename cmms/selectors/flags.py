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
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from cmms.choices import FINISHED, OperationStatus, SupplyState, WorkOrderStatus
from cmms.models import Operation, PartsRequestLine, WorkOrder

ON_ITS_WAY = [SupplyState.REQUESTED, SupplyState.ORDERED, SupplyState.PARTLY_ARRIVED]


@dataclass(frozen=True)
class WorkOrderFlags:
    """`parts`: the state of its needs that matters most now.

    none (nothing asked for), short (missing and nobody buys it), on_order (missing and being bought), arrived
    (came and waits to be fetched or used), reserved (waits in the storeroom), complete (all served).
    """

    parts: str = "none"
    overdue: bool = False
    open_operations: int = 0
    is_part_late: bool = False


def work_order_flags(ids: Iterable[int], now: datetime | None = None) -> dict[int, WorkOrderFlags]:
    """Flags by work order; one statement. Without `now` nothing counts as overdue or late."""
    wanted = list(ids)
    rows = (
        WorkOrder.objects.filter(pk__in=wanted)
        .annotate(parts=_parts(), open_operations=_open_steps(), is_part_late=_late(now))
        .values_list("pk", "status", "due_at", "parts", "open_operations", "is_part_late")
    )
    found = {
        pk: WorkOrderFlags(parts, _overdue(status, due_at, now), steps, late)
        for pk, status, due_at, parts, steps, late in rows
    }
    return {pk: found.get(pk, WorkOrderFlags()) for pk in wanted}


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
    return Case(
        *(When(Exists(rows), then=Value(name)) for name, rows in states),
        default=Value("none"),
        output_field=CharField(),
    )


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
