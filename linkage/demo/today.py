"""What is open today, so that every role finds something on its first screen."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cmms.choices import HoldReason, Priority, RequestLineKind, WorkOrderType
from cmms.models import Operation, PartsRequest, StockItem, WorkOrder
from cmms.services.execution import finish_operation, finish_work, hold_work, start_work
from cmms.services.labor import log_hours, start_timer
from cmms.services.parts import RequestLineInput, cancel_request_line, request_parts
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    approve_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.stock import issue_request
from cmms.services.work_requests import accept_work_request, report_fault
from core.errors import Conflict
from core.models import User
from linkage.demo.billing import bill
from linkage.demo.buying import deliver, place_order
from linkage.demo.clock import Life
from linkage.demo.world import Place, World
from procurement.models import PurchaseOrder, Requisition, RequisitionLine
from procurement.services.approval import approve_requisition
from procurement.services.matching import match_invoices
from procurement.services.ordering import (
    order_requisition_lines,
)

HOME = 0  # the site of the user `technician`


def begin_stories(world: World) -> None:
    """Stories of the last days; they end in something that is open today."""
    end = world.clock.end
    for days, life in (
        (9, overdue_life(world)),
        (8, arrived_life(world)),
        (7, dear_bill_life(world)),
        (6, early_bill_life(world)),
        (5, dropped_need_life(world)),
        (2, todays_life(world)),
    ):
        world.clock.spawn(life, end - timedelta(days=days))


def make_work(
    world: World,
    title: str,
    person: User,
    due_at: datetime,
    *,
    place: Place | None = None,
    release: bool = True,
) -> WorkOrder:
    """A corrective work order with one step, approved and released."""
    planner, where = world.people["planner"], place or home_place(world)
    order = create_work_order(
        title=f"{title}: {where.asset.name}", asset_id=where.asset.pk, type=WorkOrderType.CORRECTIVE,
        priority=Priority.HIGH, assignee_id=person.pk, due_at=due_at, actor=planner, at=world.now,
        operations=[
            OperationInput(
                title="Repair and test", sequence=10, craft_id=world.crafts["MEC"].pk, estimated_hours=Decimal(3)
            )
        ],
    )  # fmt: skip
    if release:
        approve_work_order(work_order_id=order.pk, actor=planner, at=world.now)
        release_work_order(work_order_id=order.pk, actor=planner, at=world.now)
    return order


def home_place(world: World) -> Place:
    return world.random.choice([each for each in world.places if each.site_position == HOME and each.parts])


def in_words(world: World, text: str, cost: int, quantity: int = 1) -> RequestLineInput:
    """A part described in words, which must be bought."""
    return RequestLineInput(
        kind=RequestLineKind.NON_CATALOGUE, quantity=Decimal(quantity), description=text,
        unit_id=world.units["PCE"].pk, estimated_unit_cost=Decimal(cost),
    )  # fmt: skip


def bought_for(world: World, request: PartsRequest, family: str = "WLD") -> PurchaseOrder:
    """Approve what a parts request is short of, and order it at once."""
    lines = RequisitionLine.objects.filter(requisition__origin_key=f"parts-request:{request.pk}").order_by(
        "pk"
    )
    keys = list(lines.values_list("pk", flat=True))
    for requisition in Requisition.objects.to_approve().filter(lines__in=keys).distinct():
        approve_requisition(requisition_id=requisition.pk, actor=world.people["approver"], at=world.now)
    order = order_requisition_lines(
        requisition_line_ids=keys,
        supplier_id=world.sellers[family][0].pk,
        actor=world.people["buyer"],
        at=world.now,
    )
    place_order(world, order)
    return order


def overdue_life(world: World) -> Life:
    """Released, due some days ago, never started; and one that is held for a vendor."""
    technician = world.people["technician"]
    make_work(world, "Guard rattles", technician, world.now + timedelta(days=6))
    held = make_work(world, "Oil leak at flange", technician, world.now + timedelta(days=7))
    yield world.later(4, 6)
    start_work(work_order_id=held.pk, actor=technician, at=world.now)
    hold_work(work_order_id=held.pk, hold_reason=HoldReason.PRODUCTION, actor=technician, at=world.now)


def arrived_life(world: World) -> Life:
    """The whole thread: reported, planned, worked on; a part arrived yesterday, a service is still to come."""
    technician = world.people["technician"]
    order = _reported_work(world)
    start_work(work_order_id=order.pk, actor=technician, at=world.now)
    log_hours(
        work_order_id=order.pk, hours=Decimal("2.5"), worked_on=world.now.astimezone(ZoneInfo(world.sites[HOME].timezone)).date(),
        actor=technician, at=world.now,
    )  # fmt: skip
    taken = request_parts(work_order_id=order.pk, lines=[_in_store(world)], actor=technician, at=world.now)
    issue_request(parts_request_id=taken.pk, actor=world.people["storekeeper"], at=world.now)
    service = world.services[3]
    balancing = RequestLineInput(
        kind=RequestLineKind.SERVICE, quantity=Decimal(4), item_id=service.pk, description=service.name,
        estimated_unit_cost=world.costs[service.pk],
    )  # fmt: skip
    bought = []
    for line, family in (
        (in_words(world, "Cover plate, 6 mm, cut to the old one", 130, 2), "WLD"),
        (balancing, "SRV"),
    ):
        request = request_parts(
            work_order_id=order.pk, lines=[line], needed_on=(world.clock.end + timedelta(days=2)).date(),
            actor=technician, at=world.now,
        )  # fmt: skip
        bought.append(bought_for(world, request, family))
    hold_work(work_order_id=order.pk, hold_reason=HoldReason.PARTS, actor=technician, at=world.now)
    yield world.clock.end - timedelta(hours=19)
    deliver(world, bought[0].pk, share=Decimal(1), note=f"DN-{bought[0].pk:05d}-1")


def _reported_work(world: World) -> WorkOrder:
    """A reported fault, accepted with steps and an estimate, released."""
    planner, place = world.people["planner"], home_place(world)
    request = report_fault(
        description=f"Cover plate broken, shaft out of line: {place.asset.name}.", asset_id=place.asset.pk,
        location_id=None, priority=Priority.HIGH, department="Production", requester_name="Line leader",
        actor=world.people["technician"], at=world.now,
    )  # fmt: skip
    order = accept_work_request(
        work_request_id=request.pk, title=f"Cover plate broken: {place.asset.name}", actor=planner, at=world.now,
        assignee_id=world.people["technician"].pk, due_at=world.clock.end + timedelta(days=3),
        operations=[
            OperationInput(
                title=title, sequence=10 * number, craft_id=world.crafts["MEC"].pk, estimated_hours=Decimal(hours)
            )
            for number, (title, hours) in enumerate((("Fit new cover plate", 3), ("Align and test", 2)), start=1)
        ],
        estimate=[
            EstimateInput(bucket="LABOR", description="Two steps", quantity=Decimal(5), unit_cost=Decimal(47)),
            EstimateInput(bucket="MATERIAL", description="Plate, seal", quantity=Decimal(1), unit_cost=Decimal(300)),
            EstimateInput(bucket="SERVICE", description="Alignment", quantity=Decimal(4), unit_cost=Decimal(96)),
        ],
    )  # fmt: skip
    approve_work_order(work_order_id=order.pk, actor=planner, at=world.now)
    release_work_order(work_order_id=order.pk, actor=planner, at=world.now)
    return order


def dear_bill_life(world: World) -> Life:
    """Received, and billed nine percent above the order: a price hold for finance to decide."""
    place = home_place(world)
    order = make_work(
        world, "Drive replaced", world.people["oskar"], world.now + timedelta(days=9), place=place
    )
    lines = [in_words(world, "Spare drive shaft, hardened", 640, 2)]
    request = request_parts(work_order_id=order.pk, lines=lines, actor=world.people["oskar"], at=world.now)
    bought = bought_for(world, request)
    yield world.clock.end - timedelta(hours=40)
    deliver(world, bought.pk, share=Decimal(1), note=f"DN-{bought.pk:05d}-1")
    _bill_and_match(world, bought, dearer=Decimal("1.09"))


def early_bill_life(world: World) -> Life:
    """Billed before anything has come: payment waits for the receipt, and the hold clears itself with it."""
    order = make_work(world, "New dosing nozzle", world.people["oskar"], world.clock.end + timedelta(days=6))
    lines = [in_words(world, "Dosing nozzle, stainless, to drawing 4471", 210, 10)]
    request = request_parts(work_order_id=order.pk, lines=lines, actor=world.people["oskar"], at=world.now)
    bought = bought_for(world, request)
    yield world.clock.end - timedelta(hours=30)
    deliver(world, bought.pk, share=Decimal("0.6"), note=f"DN-{bought.pk:05d}-1")
    _bill_and_match(world, bought)


def dropped_need_life(world: World) -> Life:
    """Ordered, then no longer needed: a to-do for the buyer."""
    order = make_work(world, "Platform railing", world.people["oskar"], world.clock.end + timedelta(days=20))
    lines = [in_words(world, "Railing post, galvanised", 75, 4)]
    request = request_parts(work_order_id=order.pk, lines=lines, actor=world.people["oskar"], at=world.now)
    bought_for(world, request)
    yield world.clock.end - timedelta(hours=26)
    line = request.lines.get()
    cancel_request_line(
        request_line_id=line.pk, reason="Two posts were in the yard", quantity=Decimal(2),
        actor=world.people["planner"], at=world.now,
    )  # fmt: skip


def todays_life(world: World) -> Life:
    """Due today: started, a part promised and waiting at the store, the clock running; another due later."""
    technician = world.people["technician"]
    zone = ZoneInfo(world.sites[HOME].timezone)
    local = world.clock.end.astimezone(zone)
    tonight = local.replace(hour=23, minute=30)
    today = make_work(world, "Seal drips", technician, tonight)
    make_work(world, "Check belt tension", technician, tonight)
    make_work(world, "Replace worn chain", technician, world.clock.end + timedelta(days=5))
    done = make_work(world, "Sensor bracket loose", technician, world.clock.end + timedelta(days=1))
    yield world.clock.end - timedelta(hours=6)
    start_work(work_order_id=done.pk, actor=technician, at=world.now)
    log_hours(
        work_order_id=done.pk, hours=Decimal("1.5"), worked_on=(world.now - timedelta(hours=14)).date(),
        actor=technician, at=world.now,
    )  # fmt: skip
    for step in Operation.objects.filter(work_order=done).in_order():
        finish_operation(operation_id=step.pk, actor=technician, at=world.now)
    finish_work(work_order_id=done.pk, note="Bracket welded on again.", actor=technician, at=world.now)
    yield world.clock.end - timedelta(hours=3)
    start_work(work_order_id=today.pk, actor=technician, at=world.now)
    request_parts(work_order_id=today.pk, lines=[_in_store(world)], actor=technician, at=world.now)
    yield world.clock.end - timedelta(minutes=35)
    start_timer(work_order_id=today.pk, actor=technician, at=world.now)


def _in_store(world: World) -> RequestLineInput:
    """A part that lies in the home store and is promised to nobody."""
    free = StockItem.objects.with_available().filter(storeroom=world.storerooms[HOME], available__gte=2)
    row = free.filter(item__category__code="SEA").order_by("pk").first() or free.order_by("pk").first()
    if row is None:
        raise Conflict("The store of the demo is empty.")
    return RequestLineInput(kind=RequestLineKind.ITEM, quantity=Decimal(1), item_id=row.item_id)


def _bill_and_match(world: World, order: PurchaseOrder, *, dearer: Decimal = Decimal(1)) -> None:
    full = PurchaseOrder.objects.select_related("supplier").get(pk=order.pk)
    billed = [(line, line.quantity_open_order) for line in full.lines.order_by("pk")]
    invoice = bill(world, full, billed, dearer=dearer)
    match_invoices(invoice_ids=[invoice.pk], actor=world.people["finance"], at=world.now)
