"""A promise given to other work takes along what is being bought; receipts of tracked parts wait to be named."""

from decimal import Decimal

import pytest

from cmms.models import PartsRequestLine, Reservation, StockItem
from cmms.services.parts import RequestLineInput
from cmms.services.promises import move_promise
from cmms.services.stock import NamedPieces, put_away, set_tracking
from linkage.models import SupplyLink
from linkage.services.proof import prove_ledgers
from procurement.models import Requisition
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> Plant:
    return build_plant()


def need(plant: Plant, code: str, quantity: int) -> PartsRequestLine:
    item = plant.items[code]
    line = RequestLineInput(kind="ITEM", quantity=Decimal(quantity), item_id=item.pk)
    return plant.request(plant.work_order(), line).lines.get()


def receive(plant: Plant, order: object, quantity: int) -> None:
    line = order.lines.get()  # type: ignore[attr-defined]
    receive_goods(
        order_id=order.pk, lines=[ReceiptLineInput(line.pk, Decimal(quantity))],  # type: ignore[attr-defined]
        actor=plant["receiver"], at=plant.later(),
    )  # fmt: skip


def test_who_gives_a_promise_up_gets_what_is_bought_for_the_other(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=2)
    giver, taker = need(plant, "SEAL", 2), need(plant, "SEAL", 3)
    order = plant.order_needs()
    move_promise(
        reservation_id=Reservation.objects.get(request_line=giver).pk, to_line_id=taker.pk, reason="line 2 stands",
        actor=plant["storekeeper"], at=plant.later(),
    )  # fmt: skip
    giver.refresh_from_db(), taker.refresh_from_db()
    assert (giver.quantity_reserved, taker.quantity_reserved) == (0, 2)
    assert dict(SupplyLink.objects.values_list("request_line", "quantity")) == {giver.pk: 2, taker.pk: 1}
    assert Requisition.objects.count() == 1
    assert (giver.supply_state, giver.supply_document) == ("ORDERED", order.number)
    receive(plant, order, 3)
    giver.refresh_from_db(), taker.refresh_from_db()
    assert (giver.quantity_reserved, taker.quantity_reserved) == (2, 3)
    assert prove_ledgers(actor=None, at=plant.later()).is_clean


def test_what_nobody_buys_yet_is_asked_for(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=2)
    giver = need(plant, "SEAL", 2)
    taker = need(plant, "SEAL", 1)
    SupplyLink.objects.all().delete()
    move_promise(
        reservation_id=Reservation.objects.get(request_line=giver).pk, to_line_id=taker.pk, reason="line 2 stands",
        actor=plant["storekeeper"], at=plant.later(),
    )  # fmt: skip
    assert SupplyLink.objects.get().request_line_id == giver.pk


def test_tracked_parts_come_unnamed_are_promised_and_wait_for_their_lot(plant: Plant) -> None:
    plant.item("GREASE", stocked=True, on_hand=1)
    set_tracking(
        item_id=plant.items["GREASE"].pk, tracking="LOT", actor=plant["storekeeper"], at=plant.later()
    )
    line = need(plant, "GREASE", 3)
    receive(plant, plant.order_needs("20"), 2)
    line.refresh_from_db()
    held = StockItem.objects.get()
    assert (line.quantity_reserved, held.levels.get().quantity) == (3, 3)
    put_away(
        stock_item_id=held.pk,
        pieces=[NamedPieces(Decimal(3), lot_number="L-1")],
        actor=plant["storekeeper"],
        at=plant.later(),
    )
    assert prove_ledgers(actor=None, at=plant.later()).is_clean
