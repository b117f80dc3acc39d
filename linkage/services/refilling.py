"""A storeroom wants to be refilled, or gave a promised part to other work: purchasing follows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from cmms.models import PartsRequestLine, Storeroom
from cmms.services.stock.refilling import Refill
from core.commands import command
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User
from core.money import ZERO
from linkage.choices import AllocationTarget
from linkage.models import Allocation, SupplyLink
from linkage.services.handoff import raise_requisitions
from linkage.services.posting import settle_order_lines
from procurement.choices import Destination, RequisitionStatus
from procurement.services.requisitions import RequisitionLineInput, create_requisition

WEIGHT_PLACES = Decimal("0.000001")
DEAD = (RequisitionStatus.REJECTED, RequisitionStatus.CANCELLED)


@command
def request_refill(*, storeroom: Storeroom, lines: Sequence[Refill], actor: User, at: datetime) -> str:
    """A requisition into stock, sent to approval at once; returns its number."""
    requisition = create_requisition(
        lines=[
            RequisitionLineInput(
                description=each.stock_item.item.name,
                quantity=each.quantity,
                unit_id=each.stock_item.item.unit_id,
                item_id=each.stock_item.item_id,
                category_id=each.stock_item.item.category_id,
                estimated_unit_price=each.unit_cost,
                destination=Destination.STOCK,
                deliver_to=storeroom.code,
            )
            for each in lines
        ],
        site_id=storeroom.site_id,
        cost_centre_id=storeroom.cost_centre_id,
        reason=f"Refill of {storeroom.code}: at or below the reorder point",
        origin_label=f"Storeroom {storeroom.code}",
        submit=True,
        system=True,
        actor=actor,
        at=at,
    )
    return requisition.number


@command
def exchange_supply(
    *, from_line_id: int, to_line_id: int, quantity: Decimal, actor: User, at: datetime
) -> None:
    """Parts promised to one need went to another: the first takes over what was being bought into stock for it.

    What nobody buys yet is asked for. A constant number of statements for each purchase behind the need.
    """
    links = list(
        SupplyLink.objects.filter(
            request_line=to_line_id, requisition_line__destination=Destination.STOCK
        ).exclude(requisition_line__requisition__status__in=DEAD).order_by("-pk")
    )  # fmt: skip
    asked = sum((link.quantity for link in links), ZERO)
    if asked:
        _move_links(links, from_line_id, quantity)
        _move_shares(from_line_id, to_line_id, min(quantity / asked, Decimal(1)), actor, at)
    raise_requisitions(request_line_ids=[from_line_id, to_line_id], actor=actor, at=at)


def _move_links(links: Sequence[SupplyLink], to: int, quantity: Decimal) -> None:
    held = {
        link.requisition_line_id: link
        for link in SupplyLink.objects.filter(
            request_line=to, requisition_line__in=[link.requisition_line_id for link in links]
        )
    }
    for link in links:
        part = min(link.quantity, quantity)
        if part <= 0:
            break
        quantity -= part
        mine = held.get(link.requisition_line_id)
        if mine is None:
            bulk_create_with_history(
                [SupplyLink(request_line_id=to, requisition_line=link.requisition_line, quantity=part)]
            )
        else:
            mine.quantity += part
            bulk_update_with_history([mine], ["quantity"])
        link.quantity -= part
        if link.quantity:
            bulk_update_with_history([link], ["quantity"])
        else:
            link.delete()


def _move_shares(to: int, of: int, share: Decimal, actor: User, at: datetime) -> None:
    """The same share of each order line into stock goes over."""
    need = PartsRequestLine.objects.select_related("parts_request").get(pk=to)
    rows = Allocation.objects.filter(
        request_line__in=[of, to],
        order_line__destination=Destination.STOCK,
        target=AllocationTarget.WORK_ORDER,
    )
    mine = {row.order_line_id: row for row in rows if row.request_line_id == to}
    given = [row for row in rows if row.request_line_id == of]
    new: list[Allocation] = []
    for row in given:
        weight = (row.weight * share).quantize(WEIGHT_PLACES)
        row.weight -= weight
        own = mine.get(row.order_line_id)
        if own is not None:
            own.weight += weight
        elif weight:
            new.append(
                Allocation(
                    order_line_id=row.order_line_id, target=row.target, request_line=need,
                    work_order_id=need.parts_request.work_order_id, operation_id=need.operation_id, weight=weight,
                )
            )  # fmt: skip
    bulk_update_with_history([*given, *mine.values()], ["weight"])
    bulk_create_with_history(new)
    lines = sorted({row.order_line_id for row in given})
    if lines:
        settle_order_lines(order_line_ids=lines, actor=actor, at=at)
