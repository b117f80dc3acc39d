"""Sets of rows by their trade names: the one definition of each."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Case, DecimalField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from cmms.choices import UNFINISHED, WORKABLE, CostStage, SupplyState, WorkOrderStatus, WorkRequestStatus


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
