"""The handoff: what a work order is short of becomes a requisition, for the missing part only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from cmms.choices import Execution, RequestLineKind
from cmms.models import Operation, PartsRequest, PartsRequestLine
from cmms.selectors.stock_costs import average_costs
from cmms.services.parts import RequestLineInput, request_parts
from core.access import require
from core.commands import command
from core.errors import Conflict, RuleViolation
from core.history import bulk_create_with_history, created
from core.models import User
from core.money import ZERO
from linkage.choices import BuyerTaskKind, BuyerTaskStatus
from linkage.models import Allocation, BuyerTask, SupplyLink
from linkage.selectors.bearers import DEAD_REQUISITION
from linkage.services.supply import refresh_supply
from procurement.choices import Destination, LineKind
from procurement.models import Requisition
from procurement.services.requisitions import RequisitionHead, RequisitionLineInput, write_requisition


@command
def raise_requisitions(*, request_line_ids: Collection[int], actor: User, at: datetime) -> list[Requisition]:
    """One requisition per parts request, for what is short and not yet asked for; submitted for approval at once.

    Asking again for the same shortage changes nothing. The requester is who asked for the parts.
    """
    needs = _locked_needs(request_line_ids)
    asked = _asked_for([need.pk for need in needs])
    missing: dict[int, list[tuple[PartsRequestLine, Decimal]]] = defaultdict(list)
    for need in needs:
        waiting = sum((each.open for each in asked[need.pk]), ZERO) - need.quantity_arrived
        quantity = need.quantity_short - max(waiting, ZERO)
        if quantity > 0:
            missing[need.parts_request_id].append((need, quantity))
    costs = _average_costs([need for each in missing.values() for need, _ in each])
    links = [link for each in missing.values() for link in _raise_one(each, costs, actor=actor, at=at)]
    for link in links:
        document = link.requisition_line.requisition.number
        asked[link.request_line_id].append(_Asked(link.quantity, link.quantity, document))
    known = {pk: [(each.quantity, each.document) for each in found] for pk, found in asked.items()}
    refresh_supply(asked=known, needs=needs, beside=created(links), actor=actor, at=at)
    raised = {link.requisition_line.requisition_id: link.requisition_line.requisition for link in links}
    return list(raised.values())


@dataclass(frozen=True)
class _Asked:
    """What a living requisition asks for, and how much of it was not given up."""

    quantity: Decimal
    open: Decimal
    document: str


def _locked_needs(request_line_ids: Collection[int]) -> list[Any]:
    ordered = Allocation.objects.filter(request_line_id=OuterRef("pk"))
    return list(
        PartsRequestLine.objects.select_for_update(of=("self",))
        .filter(pk__in=request_line_ids)
        .select_related("parts_request__work_order", "item", "storeroom")
        .annotate(are_ordered=Exists(ordered))
        .order_by("pk")
    )


def _asked_for(request_line_ids: Collection[int]) -> dict[int, list[_Asked]]:
    """What living requisitions ask for already, per need, oldest first."""
    rows = (
        SupplyLink.objects.filter(request_line_id__in=request_line_ids)
        .exclude(requisition_line__requisition__status__in=DEAD_REQUISITION)
        .order_by("pk")
        .values_list(
            "request_line_id",
            "quantity",
            "requisition_line__quantity_cancelled",
            "requisition_line__requisition__number",
        )
    )
    found: dict[int, list[_Asked]] = defaultdict(list)
    for pk, quantity, dropped, document in rows:
        found[pk].append(_Asked(quantity, quantity - dropped, document))
    return found


def _average_costs(needs: Sequence[PartsRequestLine]) -> dict[tuple[int, int], Decimal]:
    """What a unit of the stocked items costs in their storerooms, asked only for needs without an estimate."""
    places = {
        (need.item_id, need.storeroom_id)
        for need in needs
        if need.estimated_unit_cost is None and need.is_stock_line and need.item_id and need.storeroom_id
    }
    return average_costs(places=places) if places else {}


def _raise_one(
    missing: Sequence[tuple[PartsRequestLine, Decimal]],
    costs: Mapping[tuple[int, int], Decimal],
    *,
    actor: User,
    at: datetime,
) -> list[SupplyLink]:
    """A requisition for what is missing of one parts request; returns its links to the needs, still to be stored."""
    request = missing[0][0].parts_request
    work_order = request.work_order
    _, lines = write_requisition(
        head=RequisitionHead(
            site_id=work_order.site_id,
            cost_centre_id=work_order.cost_centre_id,
            reason=f"Parts and services for {work_order.number}: {work_order.title}"[:300],
            needed_on=request.needed_on,
            origin_key=f"parts-request:{request.pk}",
            origin_label=f"{work_order.number} / {request.number}",
            requester_id=request.requested_by_id,
        ),
        lines=[_line_input(need, quantity, costs) for need, quantity in missing],
        submit=True,
        items={need.item.pk: need.item for need, _ in missing if need.item},
        actor=actor,
        at=at,
    )
    return [
        SupplyLink(request_line=need, requisition_line=line, quantity=quantity)
        for (need, quantity), line in zip(missing, lines, strict=True)
    ]


def _origin_key(need: PartsRequestLine) -> str:
    return f"parts-request-line:{need.pk}"


def _line_input(
    need: PartsRequestLine, quantity: Decimal, costs: Mapping[tuple[int, int], Decimal]
) -> RequisitionLineInput:
    request = need.parts_request
    estimate = need.estimated_unit_cost
    if estimate is None:
        estimate = costs.get((need.item_id or 0, need.storeroom_id or 0), ZERO)
    return RequisitionLineInput(
        description=need.description,
        quantity=quantity,
        unit_id=need.unit_id,
        kind=LineKind.SERVICE if need.kind == RequestLineKind.SERVICE else LineKind.ITEM,
        item_id=need.item_id,
        category_id=need.item.category_id if need.item else None,
        estimated_unit_price=estimate,
        destination=Destination.STOCK if need.is_stock_line else Destination.DIRECT,
        deliver_to=need.storeroom.code if need.is_stock_line and need.storeroom else "",
        needed_on=request.needed_on,
        origin_key=_origin_key(need),
        origin_label=f"{request.work_order.number} / {request.number}",
    )


@command
def request_outside_services(
    *, work_order_ids: Collection[int], actor: User, at: datetime
) -> list[PartsRequest]:
    """Releasing work orders asks for the services of their outside operations, once each.

    One statement where there is none; every work order that has some gets a request of its own.
    """
    asked = PartsRequestLine.objects.filter(operation=OuterRef("pk"))
    outside = Operation.objects.filter(
        ~Exists(asked), work_order_id__in=work_order_ids, execution=Execution.OUTSIDE
    ).in_order()
    wanted: dict[int, list[RequestLineInput]] = defaultdict(list)
    for step in outside:
        line = RequestLineInput(
            kind=RequestLineKind.SERVICE, quantity=Decimal(1), description=step.title, operation_id=step.pk
        )
        wanted[step.work_order_id].append(line)
    return [request_parts(work_order_id=pk, lines=lines, actor=actor, at=at) for pk, lines in wanted.items()]


@command
def return_needs_to_buyer(*, request_line_ids: Collection[int], actor: User, at: datetime) -> list[BuyerTask]:
    """A need that was cancelled or met otherwise comes back as a buyer's to-do, one per purchase behind it."""
    links = list(
        SupplyLink.objects.filter(request_line_id__in=request_line_ids)
        .exclude(requisition_line__requisition__status__in=DEAD_REQUISITION)
        .select_related("requisition_line__requisition", "request_line__parts_request__work_order")
        .order_by("pk")
    )
    told = set(
        BuyerTask.objects.filter(
            status=BuyerTaskStatus.OPEN, requisition_line_id__in=[link.requisition_line_id for link in links]
        ).values_list("requisition_line_id", flat=True)
    )
    orders = _order_lines_for(request_line_ids)
    tasks = [
        _task(link, orders.get(link.request_line_id), at)
        for link in links
        if link.requisition_line_id not in told
    ]
    return bulk_create_with_history([task for task in tasks if task.quantity > 0])


def _order_lines_for(request_line_ids: Collection[int]) -> dict[int, Allocation]:
    rows = Allocation.objects.filter(request_line_id__in=request_line_ids).select_related("order_line__order")
    return {row.request_line_id or 0: row for row in rows.order_by("pk")}


def _task(link: SupplyLink, allocation: Allocation | None, at: datetime) -> BuyerTask:
    need = link.request_line
    quantity = min(link.quantity, need.quantity_cancelled)
    where = (
        f"order {allocation.order_line.order.number}"
        if allocation
        else link.requisition_line.requisition.number
    )
    return BuyerTask(
        kind=BuyerTaskKind.NEED_CANCELLED,
        request_line=need,
        requisition_line=link.requisition_line,
        order_line=allocation.order_line if allocation else None,
        quantity=quantity,
        text=(
            f"{need.parts_request.work_order.number} no longer needs {quantity.normalize():f} of "
            f"{need.description}, bought with {where}."
        )[:300],
        created_at=at,
    )


@command
def finish_buyer_task(*, buyer_task_id: int, resolution: str, actor: User, at: datetime) -> BuyerTask:
    """Tick off a to-do with what was done about it."""
    require(actor, "linkage.change_buyertask")
    task = BuyerTask.objects.select_for_update().get(pk=buyer_task_id)
    if task.status == BuyerTaskStatus.DONE:
        raise Conflict("This to-do is already done.")
    if not resolution.strip():
        raise RuleViolation("Say what was done.", field="resolution", remedy="For example: kept for stock.")
    task.status, task.done_at, task.done_by, task.resolution = (
        BuyerTaskStatus.DONE,
        at,
        actor,
        resolution.strip(),
    )
    task.save()
    return task
