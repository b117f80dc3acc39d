"""A storeroom with everything in it: bins, lots, serial numbers, a transfer, counts, parts fitted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from cmms.models import (
    Bin,
    Fitting,
    Lot,
    Reservation,
    Serial,
    StockCount,
    StockItem,
    StockMovement,
    Storeroom,
)
from cmms.services.components import fit_component
from cmms.services.counter import issue_over_the_counter
from cmms.services.stock import (
    NamedPieces,
    Pick,
    TransferInput,
    put_away,
    record_count,
    send_transfer,
    set_opening_balance,
    set_tracking,
    start_count,
    submit_count,
)
from core.models import Item
from tests.cmms_doors.plant import Plant


def fill(plant: Plant) -> dict[str, int]:
    """The keys of one of each."""
    keeper, at = plant.people["storekeeper"], plant.at
    call = {"actor": keeper, "at": at}
    other = Storeroom.objects.create(site=plant.site, code="YARD", name="Yard store")
    for code in ("A-9", "B-1"):
        Bin.objects.create(storeroom=plant.storeroom, code=code)
    lot_item = opened(plant, "GRS-1", "Bearing grease, cartridge", 6)
    motor = opened(plant, "MOT-1", "Gear motor 0.75 kW", 4)
    set_tracking(item_id=lot_item.item_id, tracking="LOT", **call)
    set_tracking(item_id=motor.item_id, tracking="SERIAL", **call)
    soon = (at + timedelta(days=40)).date()
    put_away(
        stock_item_id=lot_item.pk,
        pieces=[NamedPieces(Decimal(4), lot_number="L-2231", expires_on=soon)],
        **call,
    )
    numbers = ["GM-10231", "GM-10232", "GM-10240"]
    put_away(stock_item_id=motor.pk, pieces=[NamedPieces(Decimal(3), serial_numbers=numbers)], **call)
    order = plant.order("Change the gear motor")
    first = Serial.objects.get(number="GM-10231")
    out = issue_over_the_counter(
        stock_item_id=motor.pk, work_order_id=order.pk, quantity=Decimal(1),
        picks=[Pick(Decimal(1), serial_ids=[first.pk])], **call,
    )  # fmt: skip
    fit_component(
        work_order_id=order.pk, item_id=motor.item_id, serial_number="GM-10231", position="drive end",
        actor=plant.people["technician"], at=at,
    )  # fmt: skip
    issue_over_the_counter(stock_item_id=lot_item.pk, work_order_id=order.pk, quantity=Decimal(1), **call)
    plant.ask(plant.order("Change the seal"), 2)
    waiting = plant.ask(plant.order("Seal, urgent"), 1, quantity=3)
    transfer = send_transfer(
        to_storeroom_id=other.pk,
        lines=[TransferInput(plant.stock(3).pk, Decimal(1))],
        reason="Line 2 is at the yard",
        **call,
    )
    count = start_count(
        storeroom_id=plant.storeroom.pk, stock_item_ids=[plant.stock(1).pk, lot_item.pk], **call
    )
    judged = to_approve(plant)
    return {
        "plain": plant.stock().pk,
        "lots": lot_item.pk,
        "motor": motor.pk,
        "lot": Lot.objects.get().pk,
        "serial": Serial.objects.get(number="GM-10232").pk,
        "fitting": Fitting.objects.get().pk,
        "order": order.pk,
        "asset": plant.pump.pk,
        "promise": Reservation.objects.filter(quantity__gt=0).earliest("pk").pk,
        "waiting": waiting.lines.get().pk,
        "transfer": transfer.pk,
        "count": count.pk,
        "line": count.lines.earliest("pk").pk,
        "judged": judged.pk,
        "store": plant.storeroom.pk,
        "movement": out.pk,
        "need": Reservation.objects.filter(quantity__gt=0).earliest("pk").request_line_id,
    }


def opened(plant: Plant, code: str, name: str, quantity: int) -> StockItem:
    """A new item with an opening balance."""
    like = plant.items[0]
    item = Item.objects.create(code=code, name=name, category=like.category, unit=like.unit)
    return set_opening_balance(
        item_id=item.pk, storeroom_id=plant.storeroom.pk, quantity=Decimal(quantity), unit_cost=Decimal("48.10"),
        bin_code="A-9", actor=plant.people["storekeeper"], at=plant.at,
    )  # fmt: skip


def to_approve(plant: Plant) -> StockCount:
    """A count that waits for a second person."""
    plant.storeroom.count_approval_above = Decimal(10)
    plant.storeroom.save()
    call = {"actor": plant.people["storekeeper"], "at": plant.at}
    held = opened(plant, "FLT-7", "Oil filter", 5)
    count = start_count(storeroom_id=plant.storeroom.pk, stock_item_ids=[held.pk], **call)
    for _ in range(2):
        record_count(count_line_id=count.lines.get().pk, counted_quantity=Decimal(3), **call)
    return submit_count(count_id=count.pk, reason="Used without paper", **call)


def moves(stock: int) -> list[str]:
    """The kinds of movement of a balance, oldest first."""
    return list(StockMovement.objects.filter(stock_item=stock).order_by("pk").values_list("kind", flat=True))
