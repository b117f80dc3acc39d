"""What came in during the last minutes of the demo: reports, requests to buy, orders to approve, invoices to match."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from cmms.choices import Priority
from cmms.services.parts import request_parts
from cmms.services.work_requests import report_fault
from linkage.demo.billing import bill
from linkage.demo.today import HOME, home_place, in_words, make_work
from linkage.demo.world import World
from procurement.models import Invoice, PurchaseOrder, Requisition
from procurement.services.approval import approve_requisition
from procurement.services.ordering import OrderLineInput, create_order, submit_order
from procurement.services.requisitions import RequisitionLineInput, create_requisition


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
        place = home_place(world)
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
    for title, text, cost, approve in (
        ("Hinge torn off", "Hinge, stainless, welded to sample", 58, False),
        ("Chute worn through", "Wear plate, 10 mm, cut to size", 140, True),
        ("Handrail bent", "Handrail piece, bent to sample", 95, True),
    ):
        order = make_work(world, title, technician, world.clock.end + timedelta(days=8))
        request_parts(
            work_order_id=order.pk, lines=[in_words(world, text, cost, 2)], actor=technician, at=world.now,
            needed_on=(world.now + timedelta(days=7)).date(),
        )  # fmt: skip
        if approve:
            _approve_latest(world)
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


def _approve_latest(world: World) -> None:
    requisition = Requisition.objects.to_approve().order_by("-pk")[0]
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
