"""The handoff: what a work order is short of becomes a requisition, for the missing part only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Sum

from cmms.choices import Execution, RequestLineKind
from cmms.models import Operation, PartsRequest, PartsRequestLine
from cmms.services.parts import RequestLineInput, request_parts
from core.access import require
from core.commands import command
from core.errors import Conflict, RuleViolation
from core.history import bulk_create_with_history
from core.models import User
from core.money import ZERO
from linkage.choices import BuyerTaskKind, BuyerTaskStatus
from linkage.models import Allocation, BuyerTask, SupplyLink
from linkage.services.supply import refresh_supply
from procurement.choices import Destination, LineKind, RequisitionStatus
from procurement.models import Requisition
from procurement.services.requisitions import RequisitionLineInput, create_requisition


@command
def raise_requisitions(*, request_line_ids: Collection[int], actor: User, at: datetime) -> list[Requisition]:
    """One requisition per parts request, for what is short and not yet asked for; submitted for approval at once.

    Asking again for the same shortage changes nothing. The requester is who asked for the parts.
    """
    needs = list(
        PartsRequestLine.objects.select_for_update(of=("self",))
        .filter(pk__in=request_line_ids)
        .select_related("parts_request__work_order", "parts_request__requested_by", "item", "storeroom")
        .order_by("pk")
    )
    asked = _already_asked([need.pk for need in needs])
    missing: dict[int, list[tuple[PartsRequestLine, Decimal]]] = defaultdict(list)
    for need in needs:
        quantity = need.quantity_short - asked.get(need.pk, ZERO)
        if quantity > 0:
            missing[need.parts_request_id].append((need, quantity))
    raised = [_raise_one(each, actor=actor, at=at) for each in missing.values()]
    refresh_supply(request_line_ids=[need.pk for need in needs], actor=actor, at=at)
    return raised


def _already_asked(request_line_ids: Collection[int]) -> dict[int, Decimal]:
    """What living requisitions already ask for and has not arrived, per need."""
    rows = (
        SupplyLink.objects.filter(request_line_id__in=request_line_ids)
        .exclude(
            requisition_line__requisition__status__in=[
                RequisitionStatus.CANCELLED,
                RequisitionStatus.REJECTED,
            ]
        )
        .values_list("request_line_id", "request_line__quantity_arrived")
        .annotate(asked=Sum("quantity"), dropped=Sum("requisition_line__quantity_cancelled"))
        .order_by()
    )
    return {pk: max(asked - dropped - arrived, ZERO) for pk, arrived, asked, dropped in rows}


def _raise_one(missing: list[tuple[PartsRequestLine, Decimal]], *, actor: User, at: datetime) -> Requisition:
    request = missing[0][0].parts_request
    work_order = request.work_order
    requisition = create_requisition(
        lines=[_line_input(need, quantity) for need, quantity in missing],
        site_id=work_order.site_id,
        cost_centre_id=work_order.cost_centre_id,
        reason=f"Parts and services for {work_order.number}: {work_order.title}"[:300],
        needed_on=request.needed_on,
        origin_key=f"parts-request:{request.pk}",
        origin_label=f"{work_order.number} / {request.number}",
        requester_id=request.requested_by_id,
        submit=True,
        system=True,
        actor=actor,
        at=at,
    )
    lines = {line.origin_key: line for line in requisition.lines.all()}
    bulk_create_with_history(
        [
            SupplyLink(request_line=need, requisition_line=lines[_origin_key(need)], quantity=quantity)
            for need, quantity in missing
        ]
    )
    return requisition


def _origin_key(need: PartsRequestLine) -> str:
    return f"parts-request-line:{need.pk}"


def _line_input(need: PartsRequestLine, quantity: Decimal) -> RequisitionLineInput:
    request = need.parts_request
    return RequisitionLineInput(
        description=need.description,
        quantity=quantity,
        unit_id=need.unit_id,
        kind=LineKind.SERVICE if need.kind == RequestLineKind.SERVICE else LineKind.ITEM,
        item_id=need.item_id,
        category_id=need.item.category_id if need.item else None,
        estimated_unit_price=need.estimated_unit_cost or ZERO,
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
        .exclude(
            requisition_line__requisition__status__in=[
                RequisitionStatus.CANCELLED,
                RequisitionStatus.REJECTED,
            ]
        )
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
