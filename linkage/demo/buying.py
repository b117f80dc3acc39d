"""The buying side's days: approvals, orders, deliveries, and lives of purchase orders until they are paid for."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from cmms.models import PartsRequest, PartsRequestLine, StockItem
from cmms.services.stock import issue_request
from linkage.demo.billing import bill_life, close_settled
from linkage.demo.clock import Life
from linkage.demo.words_buying import REJECTIONS
from linkage.demo.world import World, working_time
from procurement.choices import Destination, LineKind, OrderStatus
from procurement.models import PurchaseOrder, PurchaseOrderLine, Requisition, RequisitionLine
from procurement.services.agreements import preferred_sources
from procurement.services.approval import approve_order, approve_requisition, reject_requisition
from procurement.services.ordering import issue_order, order_requisition_lines, submit_order
from procurement.services.receiving import (
    ReceiptLineInput,
    accept_service,
    receive_goods,
    return_goods,
)
from procurement.services.requisitions import RequisitionLineInput, create_requisition

APPROVERS_LIMIT = Decimal(10_000)
BUYERS_LIMIT = Decimal(10_000)
MANAGERS_LIMIT = Decimal(25_000)


def approvers_days(world: World) -> Life:
    """Each morning the approver goes through what waits."""
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=8, minute=30))
        for requisition in Requisition.objects.to_approve().order_by("pk"):
            person = world.people["approver" if requisition.total <= APPROVERS_LIMIT else "director"]
            if world.chance(0.015):
                reject_requisition(
                    requisition_id=requisition.pk, reason="Not this quarter; use what is in the store.",
                    actor=person, at=world.now,
                )  # fmt: skip
            else:
                approve_requisition(requisition_id=requisition.pk, actor=person, at=world.now)


def storekeepers_days(world: World) -> Life:
    """Each noon the storekeeper hands out what is promised, and once a month asks for what runs low."""
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=12, minute=0))
        hand_out(world)
        if world.now.weekday() == 0 and world.now.day <= 14 and world.now.day > 7:
            for position in range(len(world.sites)):
                restock(world, position)


def hand_out(world: World) -> None:
    """Issue every promised part, and see which work orders still wait."""
    if not world.hungry:
        return
    requests = PartsRequest.objects.filter(
        lines__in=PartsRequestLine.objects.to_issue(), work_order__in=world.hungry
    )
    for key in requests.order_by("pk").values_list("pk", flat=True).distinct():
        issue_request(parts_request_id=key, actor=world.people["storekeeper"], at=world.now)
    waiting = PartsRequestLine.objects.with_short().filter(parts_request__work_order__in=world.hungry)
    world.hungry = set(waiting.filter(short__gt=0).values_list("parts_request__work_order_id", flat=True))


def restock(world: World, position: int) -> Requisition | None:
    """A requisition for what is at or below its reorder point and not already being bought."""
    store = world.storerooms[position]
    coming = set(
        RequisitionLine.objects.with_open()
        .filter(destination=Destination.STOCK, deliver_to=store.code, open_quantity__gt=0)
        .values_list("item_id", flat=True)
    ) | set(
        PurchaseOrderLine.objects.filter(destination=Destination.STOCK, deliver_to=store.code)
        .exclude(order__status__in=[OrderStatus.RECEIVED, OrderStatus.CLOSED, OrderStatus.CANCELLED])
        .values_list("item_id", flat=True)
    )
    low = StockItem.objects.to_reorder().filter(storeroom=store).exclude(item__in=coming)
    lines = [
        RequisitionLineInput(
            description=row.item.name, quantity=row.reorder_quantity or Decimal(1), unit_id=row.item.unit_id,
            item_id=row.item_id, category_id=row.item.category_id, estimated_unit_price=world.costs[row.item_id],
            destination=Destination.STOCK, deliver_to=store.code,
        )
        for row in low.select_related("item").order_by("pk")[:25]
    ]  # fmt: skip
    if not lines:
        return None
    return create_requisition(
        lines=lines, site_id=world.sites[position].pk, cost_centre_id=world.centres[position][0].pk,
        reason="Below the reorder point", submit=True, actor=world.people["storekeeper"], at=world.now,
    )  # fmt: skip


def buyers_days(world: World) -> Life:
    """Tuesdays the buyer closes what is settled, and makes one order per supplier of lines of any work orders."""
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=10, minute=0))
        if world.now.weekday() != 1:
            continue
        close_settled(world)
        for (_, supplier), lines in sorted(lines_by_supplier(world).items()):
            order = order_requisition_lines(
                requisition_line_ids=lines, supplier_id=supplier, actor=world.people["buyer"], at=world.now
            )
            place_order(world, order)
            world.clock.spawn(order_life(world, order.pk), world.later(24, 20 * 24))


def lines_by_supplier(world: World) -> dict[tuple[int, int], list[int]]:
    """Approved lines by site and supplier: the suggested one, the preferred one, or one who sells the category."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    rows = list(
        RequisitionLine.objects.to_order().select_related("requisition", "item__category").order_by("pk")
    )
    preferred = preferred_sources(item_ids=[row.item_id for row in rows if row.item_id], on=world.now.date())
    for row in rows:
        prices = preferred.get(row.item_id, ()) if row.item_id else ()
        family = row.item.category.code if row.item else "SRV" if row.kind == LineKind.SERVICE else "WLD"
        sellers = world.sellers[family]
        supplier = row.suggested_supplier_id or (
            prices[0].supplier_id if prices else sellers[row.pk % len(sellers)].pk
        )
        found[row.requisition.site_id, supplier].append(row.pk)
    return found


def place_order(world: World, order: PurchaseOrder) -> None:
    """Submit, approve by whoever may, and issue."""
    buyer = world.people["buyer"]
    submit_order(order_id=order.pk, actor=buyer, at=world.now)
    total = order.net_total * order.exchange_rate
    name = "approver" if total <= MANAGERS_LIMIT else "director"
    approve_order(order_id=order.pk, actor=world.people[name], at=world.now)
    issue_order(order_id=order.pk, actor=buyer, at=world.now)


def order_life(world: World, order_id: int) -> Life:
    """Deliveries in one or two parts, some pieces rejected; the invoice before, with or after them."""
    early = world.chance(0.06)
    bill = bill_life(world, order_id)
    world.bills_due.add(order_id)
    if early:
        world.clock.spawn(bill, world.now)
        yield world.later(24, 240)
    parts = 2 if world.chance(0.22) else 1
    for number in range(1, parts + 1):
        deliver(world, order_id, share=Decimal(number) / parts, note=f"DN-{order_id:05d}-{number}")
        if number < parts:
            yield world.later(48, 200)
    if not early:
        world.clock.spawn(bill, world.later(20, 500))
    if world.chance(0.02):
        yield world.later(24, 200)
        send_back(world, order_id)


def deliver(world: World, order_id: int, *, share: Decimal, note: str) -> None:
    """Receive goods and accept services up to a share of what is ordered; now and then some pieces are bad."""
    lines = list(PurchaseOrderLine.objects.filter(order_id=order_id).order_by("line_number"))
    goods: list[ReceiptLineInput] = []
    services: list[ReceiptLineInput] = []
    for line in lines:
        wanted = line.quantity_open_order
        until = wanted if share == 1 else (wanted * share).to_integral_value()
        quantity = until - line.quantity_received
        if quantity <= 0:
            continue
        if line.kind == LineKind.SERVICE:
            services.append(ReceiptLineInput(order_line_id=line.pk, quantity=quantity))
            continue
        bad = Decimal(1) if quantity > 2 and world.chance(0.02) else Decimal(0)
        goods.append(
            ReceiptLineInput(
                order_line_id=line.pk, quantity=quantity, quantity_rejected=bad,
                rejection_reason=world.random.choice(REJECTIONS) if bad else "",
            )
        )  # fmt: skip
    receiver = world.people["receiver"]
    if goods:
        receive_goods(order_id=order_id, lines=goods, delivery_note=note, actor=receiver, at=world.now)
    if services:
        accept_service(order_id=order_id, lines=services, note="Done as agreed", actor=receiver, at=world.now)


def send_back(world: World, order_id: int) -> None:
    """A piece that turned out bad goes back to the supplier, where it was charged directly."""
    line = (
        PurchaseOrderLine.objects.with_net()
        .filter(order_id=order_id, received_net__gte=1, kind=LineKind.ITEM, destination=Destination.DIRECT)
        .order_by("pk")
        .first()
    )
    if line is not None:
        return_goods(
            order_id=order_id, lines=[ReceiptLineInput(order_line_id=line.pk, quantity=Decimal(1))],
            note="Does not fit", actor=world.people["receiver"], at=world.now,
        )  # fmt: skip
