"""What is open today, so that every role finds something on its first screen."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cmms.choices import HoldReason, Priority, RequestLineKind, WorkOrderType
from cmms.models import Operation, PartsRequest, WorkOrder
from cmms.services.execution import finish_operation, finish_work, hold_work, start_work
from cmms.services.labor import log_hours, start_timer
from cmms.services.parts import RequestLineInput, cancel_request_line, request_parts
from cmms.services.planning import OperationInput, approve_work_order, create_work_order, release_work_order
from cmms.services.work_requests import report_fault
from core.models import User
from linkage.demo.billing import bill
from linkage.demo.buying import deliver, place_order
from linkage.demo.clock import Life
from linkage.demo.work import needs_of
from linkage.demo.world import Place, World
from procurement.models import Invoice, PurchaseOrder, Requisition, RequisitionLine
from procurement.services.approval import approve_requisition
from procurement.services.matching import match_invoices
from procurement.services.ordering import (
    OrderLineInput,
    create_order,
    order_requisition_lines,
    submit_order,
)
from procurement.services.requisitions import RequisitionLineInput, create_requisition

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
    planner, where = world.people["planner"], place or _place(world)
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


def _place(world: World) -> Place:
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
    """A part in words and a service were bought; the part arrived yesterday, the service has not come."""
    technician = world.people["technician"]
    order = make_work(world, "Cover plate broken", technician, world.clock.end + timedelta(days=3))
    start_work(work_order_id=order.pk, actor=technician, at=world.now)
    service = world.services[3]
    lines = [
        in_words(world, "Cover plate, 6 mm, cut to the old one", 130, 2),
        RequestLineInput(
            kind=RequestLineKind.SERVICE, quantity=Decimal(4), item_id=service.pk, description=service.name,
            estimated_unit_cost=world.costs[service.pk],
        ),
    ]  # fmt: skip
    request = request_parts(work_order_id=order.pk, lines=lines[:1], actor=technician, at=world.now)
    bought = bought_for(world, request)
    request = request_parts(work_order_id=order.pk, lines=lines[1:], actor=technician, at=world.now)
    bought_for(world, request, "SRV")
    hold_work(work_order_id=order.pk, hold_reason=HoldReason.PARTS, actor=technician, at=world.now)
    yield world.clock.end - timedelta(hours=19)
    deliver(world, bought.pk, share=Decimal(1), note=f"DN-{bought.pk:05d}-1")


def dear_bill_life(world: World) -> Life:
    """Received, and billed nine percent above the order: a price hold for finance to decide."""
    place = _place(world)
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
    place = _place(world)
    today = make_work(world, "Seal drips", technician, tonight, place=place)
    make_work(world, "Check belt tension", technician, tonight, place=_place(world))
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
    stocked = needs_of(world, place, stock=True, purchase=False)
    request_parts(work_order_id=today.pk, lines=stocked, actor=technician, at=world.now)
    yield world.clock.end - timedelta(minutes=35)
    start_timer(work_order_id=today.pk, actor=technician, at=world.now)


def _bill_and_match(world: World, order: PurchaseOrder, *, dearer: Decimal = Decimal(1)) -> None:
    full = PurchaseOrder.objects.select_related("supplier").get(pk=order.pk)
    billed = [(line, line.quantity_open_order) for line in full.lines.order_by("pk")]
    invoice = bill(world, full, billed, dearer=dearer)
    match_invoices(invoice_ids=[invoice.pk], actor=world.people["finance"], at=world.now)


def open_today(world: World) -> None:
    """What came in during the last minutes: reports, requests to buy, orders to approve, invoices to match."""
    report_today(world)
    request_today(world)
    order_today(world)
    bill_today(world)


def report_today(world: World) -> None:
    """Faults that the planner has not seen yet, and a draft."""
    for words, down in (
        ("Smells burnt and is louder than yesterday", True),
        ("Water under the frame again", False),
        ("Emergency stop is stiff", False),
    ):
        place = _place(world)
        report_fault(
            description=f"{words}: {place.asset.name}.", asset_id=place.asset.pk, location_id=None,
            priority=Priority.HIGH if down else Priority.NORMAL, is_asset_down=down, department="Production",
            requester_name="Shift B", actor=world.people["dana"], at=world.now,
        )  # fmt: skip
    draft = world.clock.end + timedelta(days=12)
    make_work(world, "Overhaul at the next stop", world.people["dana"], draft, release=False)


def request_today(world: World) -> None:
    """Requisitions for the approver: within the limit, above it; and approved lines for the buyer to order."""
    technician = world.people["technician"]
    order = make_work(world, "Hinge torn off", technician, world.clock.end + timedelta(days=8))
    lines = [in_words(world, "Hinge, stainless, welded to sample", 58, 4)]
    request_parts(work_order_id=order.pk, lines=lines, actor=technician, at=world.now)
    for text, price, approve in (
        ("Spare roll set with bearings", 14_500, False),
        ("Hand pallet truck, 2 t", 420, False),
        ("Trolley for gas cylinders", 180, True),
        ("Workbench with vice", 640, True),
    ):
        row = RequisitionLineInput(
            description=text,
            quantity=Decimal(1),
            unit_id=world.units["PCE"].pk,
            estimated_unit_price=Decimal(price),
        )
        requisition = create_requisition(
            lines=[row], site_id=world.sites[HOME].pk, cost_centre_id=world.centres[HOME][1].pk,
            reason="Asked for at the shift meeting", submit=True, actor=world.people["planner"], at=world.now,
        )  # fmt: skip
        if approve:
            approve_requisition(requisition_id=requisition.pk, actor=world.people["approver"], at=world.now)


def order_today(world: World) -> None:
    """An order that waits for the approver, one that is too large for him, and a draft."""
    for text, price, submit in (
        ("Gear motor, 15 kW, with brake", 3_900, True),
        ("Hydraulic power unit, 75 kW", 31_000, True),
        ("Set of lifting slings", 260, False),
    ):
        row = OrderLineInput(
            description=text, quantity=Decimal(1), unit_id=world.units["PCE"].pk, unit_price=Decimal(price),
            tax_percent=Decimal(20), needed_on=(world.now + timedelta(days=21)).date(),
        )  # fmt: skip
        order = create_order(
            supplier_id=world.sellers["GBX"][0].pk, site_id=world.sites[HOME].pk, lines=[row],
            cost_centre_id=world.centres[HOME][2].pk, actor=world.people["buyer"], at=world.now,
        )  # fmt: skip
        if submit:
            submit_order(order_id=order.pk, actor=world.people["buyer"], at=world.now)


def bill_today(world: World) -> None:
    """Invoices that nobody has matched yet."""
    known = Invoice.objects.exclude(order_reference="").values("order_reference")
    unbilled = PurchaseOrder.objects.to_receive().exclude(number__in=known).order_by("-pk")
    for order in unbilled.select_related("supplier")[:4]:
        billed = [(line, line.quantity_open_order) for line in order.lines.order_by("pk")]
        bill(world, order, billed)
