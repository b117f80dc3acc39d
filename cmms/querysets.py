"""Sets of rows by their trade names: the one definition of each."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Case, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from cmms.choices import (
    FINISHED,
    SETTLED_NONCONFORMANCE,
    WORKABLE,
    CostStage,
    CycleStatus,
    PlanStatus,
    SupplyState,
    WorkOrderStatus,
    WorkRequestStatus,
)

# Named one by one, states can be looked up in an index.
UNFINISHED = tuple(status for status in WorkOrderStatus if status not in FINISHED)


class WorkRequestQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Reported faults."""

    def to_review(self) -> Self:
        """Waiting for a planner's decision."""
        return self.filter(status=WorkRequestStatus.NEW)


class WorkOrderQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Work orders."""

    def open(self) -> Self:
        """Not completed, closed or cancelled."""
        return self.filter(status__in=UNFINISHED)

    def workable(self) -> Self:
        """Released to the floor and not yet done."""
        return self.filter(status__in=WORKABLE)

    def overdue(self, now: datetime) -> Self:
        """Open and past the due time."""
        return self.open().exclude(status=WorkOrderStatus.WORK_DONE).filter(due_at__lt=now)

    def locked(self, pk: int) -> models.Model:
        """The row, locked until the transaction ends (evaluated here; an unevaluated lock locks nothing)."""
        row: models.Model = self.select_for_update(of=("self",)).get(pk=pk)
        return row


class OperationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Steps of work orders."""

    def in_order(self) -> Self:
        """By step number."""
        return self.order_by("work_order_id", "sequence", "pk")


class PersonQualificationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Qualifications that people hold."""

    def valid_on(self, day: date) -> Self:
        """Counting on that day: begun, not over, not withdrawn."""
        return self.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day),
            valid_from__lte=day,
        )

    def ending_between(self, first: date, last: date) -> Self:
        """Not withdrawn, with their last day in this stretch (both days included)."""
        return self.filter(valid_until__gte=first, valid_until__lte=last, withdrawn_on__isnull=True)


class NonconformanceQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Findings."""

    def unsettled(self) -> Self:
        """Something is still to be decided or done about them."""
        return self.exclude(status__in=SETTLED_NONCONFORMANCE)


class StockItemQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Balances in storerooms."""

    def with_available(self) -> Self:
        """Adds `available`: on hand and promised to nobody."""
        return self.annotate(available=F("quantity_on_hand") - F("quantity_reserved"))

    def to_reorder(self) -> Self:
        """At or below the reorder point (unset: never)."""
        return self.with_available().filter(reorder_point__isnull=False, available__lte=F("reorder_point"))


class PartsRequestLineQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Needs of work orders."""

    def with_short(self) -> Self:
        """Adds `short`: neither promised, handed over, arrived nor cancelled."""
        return self.annotate(
            short=F("quantity")
            - F("quantity_reserved")
            - F("quantity_issued")
            - F("quantity_arrived")
            - F("quantity_cancelled")
        )

    def to_issue(self) -> Self:
        """Promised from stock and waiting to be handed over."""
        return self.filter(quantity_reserved__gt=0)

    def on_its_way(self) -> Self:
        """Being bought, not all here yet."""
        return self.filter(
            supply_state__in=[SupplyState.REQUESTED, SupplyState.ORDERED, SupplyState.PARTLY_ARRIVED]
        )


class MaintenancePlanQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Maintenance plans."""

    def active(self) -> Self:
        """Switched on."""
        return self.filter(status=PlanStatus.ACTIVE)

    def to_look_at(self, until: date) -> Self:
        """Active ones that may have an order to make up to a day; those never looked at are among them."""
        return self.active().filter(Q(clock__isnull=True) | Q(clock__generate_on__lte=until))


class PlanCycleQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Cycles of maintenance plans."""

    def open(self) -> Self:
        """Ordered and not yet done."""
        return self.filter(status=CycleStatus.OPEN)


class DowntimeQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Stretches in which assets stood still."""

    def valid(self) -> Self:
        """Not voided."""
        return self.filter(voided_at__isnull=True)

    def open(self) -> Self:
        """The asset is still down."""
        return self.valid().filter(ended_at__isnull=True)

    def unplanned(self) -> Self:
        """Nobody had planned them."""
        return self.valid().filter(is_planned=False)

    def touching(self, since: datetime, until: datetime) -> Self:
        """At least partly in a period."""
        inside = Q(ended_at__isnull=True) | Q(ended_at__gt=since) | Q(started_at__gte=since)
        return self.valid().filter(inside, started_at__lt=until)


class FailureRecordQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """What is recorded about failures."""

    def current(self) -> Self:
        """Not replaced by a correction."""
        return self.filter(corrected_by__isnull=True)


class CostEntryQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Postings of the work order cost ledger."""

    def by_stage(self) -> dict[str, object]:
        """Sum of `amount` (base currency) per stage, zero where there is none; one statement."""
        zero = Value(0, output_field=DecimalField(max_digits=16, decimal_places=4))
        return self.aggregate(
            **{
                stage.value.lower(): Coalesce(
                    Sum(Case(When(Q(stage=stage), then=F("amount")), default=zero)), zero
                )
                for stage in CostStage
            }
        )
