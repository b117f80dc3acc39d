"""Transfers: sent, on the way and still ours, received; undone by movements of their own."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cmms.choices import SerialStatus, Tracking
from cmms.models import Serial, StockItem, StockMovement, StockTransfer
from cmms.selectors.stock_replay import replay_differences
from cmms.selectors.stock_reports import stock_value
from cmms.services.stock import (
    Pick,
    TransferInput,
    adjust_stock,
    receive_transfer,
    send_transfer,
    transfer_stock,
    undo_transfer,
)
from core.errors import Conflict, IllegalTransition, NotAllowed, RuleViolation
from tests.builders import NOW, boss, part, parts_request, person, stock, storeroom, work_order
from tests.cmms.test_parts import statements
from tests.cmms.test_stock_places import keys, levels, lots, serials, tracked

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def send(held: StockItem, quantity: int, *picks: Pick, to: str = "OTHER") -> StockTransfer:
    line = TransferInput(held.pk, Decimal(quantity), picks)
    return send_transfer(to_storeroom_id=storeroom(to).pk, lines=[line], actor=boss(), at=NOW, reason="swap")


def receive(transfer: StockTransfer, quantity: int | None = None) -> StockTransfer:
    line = transfer.lines.get()
    wanted = None if quantity is None else {line.pk: Decimal(quantity)}
    return receive_transfer(transfer_id=transfer.pk, quantities=wanted, actor=boss(), at=NOW)


def there(held: StockItem) -> StockItem:
    return StockItem.objects.get(item=held.item, storeroom__code="OTHER")


def figures(held: StockItem) -> tuple[Decimal, Decimal]:
    held.refresh_from_db()
    return held.quantity_on_hand, held.value


def test_what_is_on_the_way_is_still_ours() -> None:
    held = stock(3, "3.333333")
    transfer = send(held, 2)
    value = stock_value(until=LATER)
    assert (value.in_store, value.in_transit, value.total) == (Decimal("3.33"), Decimal("6.67"), 10)
    receive(transfer, 1)
    assert stock_value(until=LATER).in_transit == Decimal("3.33")
    receive(transfer)
    transfer.refresh_from_db()
    assert (transfer.status, figures(there(held))) == ("RECEIVED", (2, Decimal("6.67")))
    assert stock_value(until=LATER).total == 10
    with pytest.raises(IllegalTransition):
        receive(transfer)
    assert replay_differences() == []


def test_more_than_is_free_or_on_the_way_is_refused() -> None:
    held = stock(3)
    parts_request(work_order(), [part(held.item, 2)])
    with pytest.raises(RuleViolation, match="1 of .* can be moved"):
        send(held, 2)
    with pytest.raises(RuleViolation, match="Choose another storeroom"):
        send(held, 1, to="MAIN")
    with pytest.raises(RuleViolation, match="1 of .* are on the way"):
        receive(send(held, 1), 2)


def test_undone_on_the_way_it_comes_back_as_it_went() -> None:
    held = stock(3, "3.333333")
    transfer = send(held, 2)
    undo_transfer(transfer_id=transfer.pk, reason="wrong part", actor=boss(), at=NOW)
    assert figures(held) == (3, 10)
    out, back = StockMovement.objects.filter(transfer_line__transfer=transfer).order_by("pk")
    assert (back.reverses, back.value) == (out, -out.value)
    with pytest.raises(Conflict, match="undone already"):
        undo_transfer(transfer_id=transfer.pk, reason="again", actor=boss(), at=NOW)
    assert replay_differences() == []


def test_undone_after_it_arrived_it_leaves_what_is_there_untouched() -> None:
    held = stock(3, 10)
    stock(1, 1, of=held.item, room=storeroom("OTHER"))
    transfer = send(held, 3)
    receive(transfer, 2)
    undo_transfer(transfer_id=transfer.pk, reason="wrong part", actor=boss(), at=NOW)
    assert (figures(held), figures(there(held))) == ((3, 30), (1, 1))
    assert stock_value(until=LATER).in_transit == 0
    assert replay_differences() == []


def test_what_was_used_where_it_arrived_cannot_be_undone() -> None:
    held = stock(3, 10)
    transfer = receive(send(held, 3))
    adjust_stock(stock_item_id=there(held).pk, counted_quantity=Decimal(1), reason="x", actor=boss(), at=NOW)
    with pytest.raises(RuleViolation, match="only 1 are still there and free"):
        undo_transfer(transfer_id=transfer.pk, reason="wrong part", actor=boss(), at=NOW)


def test_lots_go_along_and_come_back() -> None:
    held = lots(tracked(Tracking.LOT, 5), a=(2, date(2026, 4, 1)), b=(3, None))
    transfer = send(held, 4)
    receive(transfer, 3)
    assert levels(there(held)) == {("", "a"): 2, ("", "b"): 1}
    assert there(held).tracking == Tracking.LOT
    undo_transfer(transfer_id=transfer.pk, reason="wrong part", actor=boss(), at=NOW)
    assert (levels(held), levels(there(held))) == ({("", "a"): 2, ("", "b"): 3}, {})
    assert replay_differences() == []


def test_serial_numbers_are_on_the_way_too() -> None:
    held = serials(tracked(Tracking.SERIAL, 3), "s1", "s2", "s3")
    transfer = send(held, 2, Pick(Decimal(2), serial_ids=keys("s1", "s2")))
    assert Serial.objects.get(number="s1").status == SerialStatus.IN_TRANSIT
    with pytest.raises(RuleViolation, match="arrive together"):
        receive(transfer, 1)
    receive(transfer)
    assert set(there(held).serials.values_list("number", flat=True)) == {"s1", "s2"}
    assert replay_differences() == []
    undo_transfer(transfer_id=transfer.pk, reason="wrong part", actor=boss(), at=NOW)
    assert held.serials.count() == 3
    assert replay_differences() == []


def test_carried_over_it_is_sent_and_received_at_once() -> None:
    held = stock(4, 5)
    movement = transfer_stock(
        stock_item_id=held.pk,
        to_storeroom_id=storeroom("OTHER").pk,
        quantity=Decimal(3),
        reason="",
        actor=boss(),
        at=NOW,
    )
    assert (movement.quantity, movement.transfer_line.transfer.status) == (-3, "RECEIVED")  # type: ignore[union-attr]
    assert (figures(held), figures(there(held))) == ((1, 5), (3, 15))


def test_any_number_of_lines_takes_the_same_statements() -> None:
    actor, to = boss(), storeroom("OTHER").pk
    one, many = [stock(2)], [stock(2) for _ in range(15)]
    counts = []
    for held in (one, many):
        lines = [TransferInput(each.pk, Decimal(1)) for each in held]
        sent = statements(lambda: send_transfer(to_storeroom_id=to, lines=lines, actor=actor, at=NOW))  # noqa: B023
        transfer = StockTransfer.objects.latest("pk")
        received = statements(lambda: receive_transfer(transfer_id=transfer.pk, actor=actor, at=NOW))  # noqa: B023
        undone = statements(lambda: undo_transfer(transfer_id=transfer.pk, reason="x", actor=actor, at=NOW))  # noqa: B023
        counts.append((sent, received, undone))
    assert counts[0] == counts[1]


def test_it_takes_the_rights() -> None:
    held = stock(2)
    line = TransferInput(held.pk, Decimal(1))
    with pytest.raises(NotAllowed):
        send_transfer(to_storeroom_id=storeroom("OTHER").pk, lines=[line], actor=person(), at=NOW)
    transfer = send(held, 1)
    with pytest.raises(NotAllowed):
        receive_transfer(transfer_id=transfer.pk, actor=person("cmms.issue_stock"), at=NOW)
