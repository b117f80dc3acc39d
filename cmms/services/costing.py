"""The cost ledger of work orders: one function posts to it, by target and difference.

Locks are taken in one order everywhere: work orders, request lines, stock balances; each by primary key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max, Q, Sum

from cmms.choices import CostBucket, CostStage, MovementKind, WorkOrderStatus
from cmms.decisions.settlement import CostTarget, Difference, Figure, Holder, Key, differences, merged
from cmms.models import CostEntry, EstimateLine, LaborEntry, StockMovement, WorkOrder
from core.access import require
from core.commands import command
from core.errors import NotFound
from core.models import User

__all__ = [
    "CostTarget",
    "labor_target",
    "movement_target",
    "own_cost_targets",
    "post_estimates",
    "reconcile_own_costs",
    "settle_costs",
]

OWN_KEYS = ("estimate:", "labor:", "movement:")
CHUNK = 1000
STATES_WITHOUT_ESTIMATE = (WorkOrderStatus.DRAFT, WorkOrderStatus.CANCELLED)
BATCH = 1000


@command
def settle_costs(
    *,
    targets: Sequence[CostTarget],
    source_keys: Collection[str],
    actor: User | None,
    at: datetime,
    dry_run: bool = False,
    locked: Mapping[int, WorkOrder] | None = None,
    are_new: bool = False,
) -> list[CostEntry]:
    """Append what the ledger lacks so that it says what `targets` demand; returns the entries.

    `targets` are complete for every source key that they or `source_keys` name: what the ledger holds under such
    a key and no target demands goes back to zero. Amounts are rounded by the caller. Three statements, whatever
    the number of targets: lock the work orders, sum the ledger, insert; less where the caller has `locked` the
    work orders, by primary key, or where the targets come from facts recorded just now (`are_new`): nothing can be
    posted under their keys, so the ledger is not read. Entries on a closed work order are marked late. With
    `dry_run` nothing is locked or written and the entries are unsaved.
    Raises NotFound where a work order does not exist.
    """
    wanted = merged(targets)
    keys = {*source_keys, *(key.source_key for key in wanted)}
    if not keys:
        return []
    named = {key.work_order_id for key in wanted}
    concerned = Q(pk__in=named) if are_new else Q(pk__in=named) | Q(pk__in=_orders_holding(keys))
    orders = _work_orders(concerned, lock=not dry_run) if locked is None else dict(locked)
    if missing := named - orders.keys():
        raise NotFound(f"There is no work order {min(missing)}.", field="work_order_id")
    held = {} if are_new else _ledger(keys)
    late_comers = {key.work_order_id for key in held} - orders.keys()
    if late_comers:  # posted by somebody else while this waited for the locks
        orders |= _work_orders(Q(pk__in=late_comers), lock=not dry_run)
        held = _ledger(keys)
    entries = [
        _entry(each, orders[each.key.work_order_id], actor, at)
        for key in sorted(wanted.keys() | held.keys())
        for each in differences(key, wanted.get(key), held.get(key, ()))
    ]
    return entries if dry_run else CostEntry.objects.bulk_create(entries, batch_size=BATCH)


def _orders_holding(keys: Collection[str]) -> Any:
    return CostEntry.objects.filter(source_key__in=keys).values("work_order_id")


def _work_orders(wanted: Q, *, lock: bool) -> dict[int, WorkOrder]:
    rows = WorkOrder.objects.filter(wanted).order_by("pk")
    rows = rows.only("pk", "number", "status", "asset_id", "cost_centre_id", "closed_at")
    # No stronger than needed: a row that merely points at the work order need not wait.
    return {row.pk: row for row in (rows.select_for_update(no_key=True) if lock else rows)}


def _ledger(keys: Collection[str]) -> dict[Key, list[Holder]]:
    """What each figure amounts to, by the asset, cost centre and step that hold it; one statement."""
    rows = (
        CostEntry.objects.filter(source_key__in=keys)
        .values_list(
            "work_order_id", "source_key", "stage", "bucket", "reason", "currency",
            "asset_id", "cost_centre_id", "operation_id",
        )
        .annotate(Max("pk"), Sum("amount"), Sum("amount_document"), Sum("quantity"))
        .order_by()
    )  # fmt: skip
    found: dict[Key, list[Holder]] = defaultdict(list)
    for row in rows:
        found[Key(*row[:6])].append(Holder(row[6], row[7], row[8], row[9], Figure(*row[10:])))
    return found


def _entry(each: Difference, order: WorkOrder, actor: User | None, at: datetime) -> CostEntry:
    key, target, holder, figure = each.key, each.target, each.holder, each.figure
    return CostEntry(
        work_order=order,
        source_key=key.source_key,
        stage=key.stage,
        bucket=key.bucket,
        reason=key.reason,
        currency=key.currency,
        amount=figure.amount,
        amount_document=figure.document,
        quantity=figure.quantity,
        unit_cost=target.unit_cost if target else Decimal(0),
        asset_id=holder.asset_id if holder else order.asset_id,
        cost_centre_id=holder.cost_centre_id if holder else order.cost_centre_id,
        operation_id=_operation(holder, target),
        reverses_id=holder.entry_id if holder else None,
        document_number=target.document_number if target else "",
        description=target.description[:200] if target else "",
        is_late=order.status == WorkOrderStatus.CLOSED,
        occurred_on=target.occurred_on if target else at.date(),
        posted_at=at,
        posted_by=actor,
    )


def _operation(holder: Holder | None, target: CostTarget | None) -> int | None:
    if holder:
        return holder.operation_id
    return target.operation_id if target else None


def own_cost_targets(*, work_order_ids: Collection[int] | None = None) -> list[CostTarget]:
    """What the facts of this half demand of the ledger, for these work orders or all; three statements.

    Estimate lines of approved work orders (ESTIMATE), labor entries and stock movements (ACTUAL). A correction
    counts under the key of the fact that it reverses.
    """
    chosen = {} if work_order_ids is None else {"work_order_id__in": list(work_order_ids)}
    return [*_estimates(chosen), *_labor(chosen), *_material(chosen)]


def _estimates(chosen: dict[str, Any]) -> Iterator[CostTarget]:
    lines = EstimateLine.objects.filter(**chosen).exclude(work_order__status__in=STATES_WITHOUT_ESTIMATE)
    for line in lines.select_related("work_order").order_by("pk"):
        yield _estimate_target(line, line.work_order)


def _estimate_target(line: EstimateLine, order: WorkOrder) -> CostTarget:
    return CostTarget(
        work_order_id=order.pk,
        source_key=f"estimate:{line.pk}",
        stage=CostStage.ESTIMATE,
        bucket=line.bucket,
        amount=line.amount,
        amount_document=line.amount,
        currency=settings.BASE_CURRENCY,
        quantity=line.quantity,
        unit_cost=line.unit_cost,
        operation_id=line.operation_id,
        document_number=order.number,
        description=line.description,
        occurred_on=(order.approved_at or order.reported_at).date(),
    )


def post_estimates(
    *, orders: Collection[WorkOrder], actor: User, at: datetime, line_ids: Collection[int] = ()
) -> None:
    """Bring the estimate stage of these locked work orders to what their lines say; three statements.

    `line_ids` are lines that may be gone by now and whose figures then go back to zero.
    """
    approved = {order.pk: order for order in orders if order.status not in STATES_WITHOUT_ESTIMATE}
    lines = EstimateLine.objects.filter(work_order_id__in=approved).order_by("pk") if approved else ()
    settle_costs(
        targets=[_estimate_target(line, approved[line.work_order_id]) for line in lines],
        source_keys=[f"estimate:{pk}" for pk in line_ids],
        actor=actor,
        at=at,
        locked={order.pk: order for order in orders},
    )


def _labor(chosen: dict[str, Any]) -> Iterator[CostTarget]:
    # Contractors' hours cost nothing of their own: their purchase does.
    entries = LaborEntry.objects.filter(**chosen, person__isnull=False)
    entries = entries.select_related("work_order", "person").order_by("pk")
    for entry in entries:
        yield labor_target(entry=entry)


def labor_target(*, entry: LaborEntry) -> CostTarget:
    """What an entry of hours demands; a correction counts under the entry that it reverses."""
    return CostTarget(
        work_order_id=entry.work_order_id,
        source_key=f"labor:{entry.reverses_id or entry.pk}",
        stage=CostStage.ACTUAL,
        bucket=CostBucket.LABOR,
        amount=entry.amount,
        amount_document=entry.amount,
        currency=settings.BASE_CURRENCY,
        quantity=entry.hours,
        unit_cost=entry.hourly_rate,
        operation_id=entry.operation_id,
        document_number=entry.work_order.number,
        description=str(entry.person),
        occurred_on=entry.started_at.date(),
    )


def _material(chosen: dict[str, Any]) -> Iterator[CostTarget]:
    movements = StockMovement.objects.filter(
        **chosen, work_order__isnull=False, kind__in=[MovementKind.ISSUE, MovementKind.ISSUE_RETURN]
    ).select_related("stock_item__item", "request_line")
    for movement in movements.order_by("pk"):
        yield movement_target(movement=movement)


def movement_target(*, movement: StockMovement) -> CostTarget:
    """What an issue or its return demands; a return counts under the issue that it reverses."""
    return CostTarget(
        work_order_id=movement.work_order_id or 0,
        source_key=f"movement:{movement.reverses_id or movement.pk}",
        stage=CostStage.ACTUAL,
        bucket=CostBucket.MATERIAL,
        amount=-movement.value,
        amount_document=-movement.value,
        currency=settings.BASE_CURRENCY,
        quantity=-movement.quantity,
        unit_cost=movement.unit_cost,
        operation_id=movement.request_line.operation_id if movement.request_line else None,
        document_number=movement.document_number,
        description=str(movement.stock_item.item),
        occurred_on=movement.moved_at.date(),
    )


def reconcile_own_costs(
    *,
    at: datetime,
    actor: User | None = None,
    dry_run: bool = True,
    work_order_id: int | None = None,
) -> list[CostEntry]:
    """What the ledger lacks against the facts of this half, of one work order or all; posts it unless `dry_run`.

    Empty where the ledger agrees. Works through 1,000 work orders at a time, each in its own transaction.
    Raises NotAllowed where an actor is given who may not reconcile (none: the system itself).
    """
    if actor is not None:
        require(actor, "cmms.reconcile_costs")
    wanted = WorkOrder.objects.filter(**({} if work_order_id is None else {"pk": work_order_id}))
    found: list[CostEntry] = []
    last = 0
    while pks := list(wanted.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        found += _reconcile(work_order_ids=pks, actor=actor, at=at, dry_run=dry_run)
        last = pks[-1]
    return found


@command
def _reconcile(
    *, work_order_ids: list[int], actor: User | None, at: datetime, dry_run: bool
) -> list[CostEntry]:
    if not dry_run:  # no fact may appear between reading the facts and posting
        _work_orders(Q(pk__in=work_order_ids), lock=True)
    own = Q()
    for prefix in OWN_KEYS:
        own |= Q(source_key__startswith=prefix)
    keys = set(
        CostEntry.objects.filter(own, work_order_id__in=work_order_ids).values_list("source_key", flat=True)
    )
    targets = own_cost_targets(work_order_ids=work_order_ids)
    return settle_costs(targets=targets, source_keys=keys, actor=actor, at=at, dry_run=dry_run)
