"""Who bears an order line: filled from the needs behind it, changed by hand, always summing to the line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, TextField
from django.db.models.functions import Cast, JSONArray

from cmms.models import WorkOrder
from core.access import require
from core.commands import command
from core.errors import RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User
from core.money import ZERO
from linkage.choices import AllocationTarget
from linkage.decisions.targets import fill_in_order
from linkage.models import Allocation, SupplyLink
from linkage.services.posting import Settlement, settle_order_lines
from procurement.choices import Destination, LineKind
from procurement.models import PurchaseOrderLine

_LINK_ROW = JSONArray(
    Cast("quantity", TextField()),
    "request_line_id",
    "request_line__operation_id",
    "request_line__parts_request__work_order_id",
)


class CannotAllocate(RuleViolation):
    """The shares given do not make a whole."""

    code = "cannot_allocate"


@dataclass(frozen=True)
class Share:
    """One bearer of an order line; `weight` is a quantity, an amount or a percentage, only the proportions count."""

    weight: Decimal
    target: str = AllocationTarget.WORK_ORDER
    work_order_id: int | None = None
    operation_id: int | None = None
    request_line_id: int | None = None


@command
def allocate_new_lines(
    *, order_line_ids: Sequence[int], actor: User | None, at: datetime
) -> list[Allocation]:
    """Give order lines that have no bearer yet the work orders whose needs they buy; the rest to stock or cost centre.

    Charge lines are borne like the goods of their order, by value. A constant number of statements.
    """
    lines: dict[int, PurchaseOrderLine] = {}
    needs: dict[int, list[Share]] = defaultdict(list)
    for line in _unborne(order_line_ids):
        lines.setdefault(line.pk, line)
        needs[line.pk] += _needs_behind(line)
    rows: list[Allocation] = []
    for line in lines.values():
        if line.kind != LineKind.CHARGE:
            rows += _bearers(line, needs[line.pk])
    rows += _bearers_of_charges(list(lines.values()), rows)
    return bulk_create_with_history(rows)


def _unborne(order_line_ids: Collection[int]) -> Iterable[Any]:
    """Order lines without bearer, once per requisition line behind each, with how much of it (`taken`) is ordered.

    `links` lists quantity (as text: JSON would make it a float), need, operation and work order of each need that
    the requisition line was made for. One statement.
    """
    borne = Allocation.objects.filter(order_line_id=OuterRef("pk"))
    links = SupplyLink.objects.filter(requisition_line_id=OuterRef("source__requisition_line_id"))
    rows: Iterable[Any] = (
        PurchaseOrderLine.objects.filter(~Exists(borne), pk__in=order_line_ids)
        .annotate(source=FilteredRelation("sources", condition=Q(sources__quantity__gt=0)))
        .annotate(
            taken=F("source__quantity"), links=ArraySubquery(links.order_by("pk").values(row=_LINK_ROW))
        )
        .order_by("pk", "source__pk")
    )
    return rows


def _needs_behind(line: Any) -> list[Share]:
    """The needs that this line buys through one requisition line, by quantity."""
    wanted = fill_in_order(line.taken or ZERO, [Decimal(quantity) for quantity, *_ in line.links])
    return [
        Share(weight=weight, work_order_id=work_order, operation_id=operation, request_line_id=need)
        for weight, (_, need, operation, work_order) in zip(wanted, line.links, strict=True)
        if weight
    ]


def _bearers(line: PurchaseOrderLine, needs: Sequence[Share]) -> list[Allocation]:
    rows = [_row(line.pk, share) for share in needs]
    rest = line.quantity - sum((share.weight for share in needs), ZERO)
    if rest > 0:
        target = (
            AllocationTarget.STOCK if line.destination == Destination.STOCK else AllocationTarget.COST_CENTRE
        )
        rows.append(_row(line.pk, Share(weight=rest, target=target)))
    return rows


def _bearers_of_charges(lines: Sequence[PurchaseOrderLine], rows: Sequence[Allocation]) -> list[Allocation]:
    """Freight and duty follow the goods they came with, by value."""
    charges = [line for line in lines if line.kind == LineKind.CHARGE]
    if not charges:
        return []
    by_pk = {line.pk: line for line in lines}
    values: dict[tuple[str, int | None], Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        goods = by_pk[row.order_line_id]
        direct = goods.destination == Destination.DIRECT and row.target == AllocationTarget.WORK_ORDER
        key = (row.target, row.work_order_id) if direct else (AllocationTarget.COST_CENTRE, None)
        values[key] += row.weight * goods.net_unit_price
    shares = [Share(weight=value, target=target, work_order_id=pk) for (target, pk), value in values.items()]
    shares = shares or [Share(weight=Decimal(1), target=AllocationTarget.COST_CENTRE)]
    return [_row(charge.pk, share) for charge in charges for share in shares]


def _row(order_line_id: int, share: Share) -> Allocation:
    return Allocation(
        order_line_id=order_line_id,
        target=share.target,
        work_order_id=share.work_order_id,
        operation_id=share.operation_id,
        request_line_id=share.request_line_id,
        weight=share.weight,
    )


@command
def set_allocations(
    *, order_line_id: int, shares: Sequence[Share], reason: str, actor: User, at: datetime
) -> Settlement:
    """Change who bears an order line, also after costs were posted: the ledgers are settled again at once.

    Raises CannotAllocate where no share has weight or a work order is missing, NotAllowed without the right.
    """
    require(actor, "linkage.change_allocations")
    if not reason.strip():
        raise CannotAllocate("Say why the allocation changes.", field="reason")
    _check_shares(shares)
    line = PurchaseOrderLine.objects.select_for_update().get(pk=order_line_id)
    existing = {_identity(row): row for row in Allocation.objects.select_for_update().filter(order_line=line)}
    for row in existing.values():
        row.weight = ZERO
    added: list[Allocation] = []
    for share in shares:
        fresh = _row(line.pk, share)
        held = existing.get(_identity(fresh))
        if held is None:
            added.append(fresh)
        else:
            held.weight += share.weight
    bulk_update_with_history(list(existing.values()), ["weight"])
    bulk_create_with_history(added)
    return settle_order_lines(order_line_ids=[line.pk], actor=actor, at=at)


def _identity(row: Allocation) -> tuple[str, int | None, int | None, int | None]:
    return (row.target, row.work_order_id, row.operation_id, row.request_line_id)


def _check_shares(shares: Sequence[Share]) -> None:
    if not any(share.weight > 0 for share in shares) or any(share.weight < 0 for share in shares):
        raise CannotAllocate(
            "The shares must not be negative, and at least one must be above zero.",
            field="shares",
            remedy="Give each work order the quantity, amount or percentage it bears.",
        )
    named = {share.work_order_id for share in shares if share.work_order_id}
    known = set(WorkOrder.objects.filter(pk__in=named).values_list("pk", flat=True))
    for share in shares:
        if share.target == AllocationTarget.WORK_ORDER and share.work_order_id not in known:
            raise CannotAllocate("A share for a work order must name one that exists.", field="work_order")
