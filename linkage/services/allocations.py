"""Who bears an order line: filled from the needs behind it, changed by hand, always summing to the line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

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
from procurement.models import OrderLineSource, PurchaseOrderLine


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
    borne = Allocation.objects.filter(order_line_id=OuterRef("pk"))
    lines = list(PurchaseOrderLine.objects.filter(~Exists(borne), pk__in=order_line_ids).order_by("pk"))
    needs = _needs_behind([line.pk for line in lines])
    rows: list[Allocation] = []
    for line in lines:
        if line.kind != LineKind.CHARGE:
            rows += _bearers(line, needs.get(line.pk, []))
    rows += _bearers_of_charges(lines, rows)
    return bulk_create_with_history(rows)


def _needs_behind(order_line_ids: Iterable[int]) -> dict[int, list[Share]]:
    """Work-order shares of each order line by quantity, through requisition lines and supply links: two statements."""
    sources = list(
        OrderLineSource.objects.filter(order_line_id__in=order_line_ids, quantity__gt=0)
        .order_by("pk")
        .values_list("order_line_id", "requisition_line_id", "quantity")
    )
    if not sources:
        return {}
    links: dict[int, list[SupplyLink]] = defaultdict(list)
    for link in (
        SupplyLink.objects.filter(requisition_line_id__in=[source[1] for source in sources])
        .select_related("request_line__parts_request")
        .order_by("pk")
    ):
        links[link.requisition_line_id].append(link)
    shares: dict[int, list[Share]] = defaultdict(list)
    for order_line_id, requisition_line_id, quantity in sources:
        behind = links[requisition_line_id]
        for link, weight in zip(
            behind, fill_in_order(quantity, [each.quantity for each in behind]), strict=True
        ):
            if weight:
                need = link.request_line
                shares[order_line_id].append(
                    Share(
                        weight=weight,
                        work_order_id=need.parts_request.work_order_id,
                        operation_id=need.operation_id,
                        request_line_id=need.pk,
                    )
                )
    return shares


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
