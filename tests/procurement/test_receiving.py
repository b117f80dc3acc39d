"""What came, what went back, and where the order stands then."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.errors import Conflict, NotAllowed, RuleViolation
from procurement.choices import OrderStatus, ReceiptKind, ToleranceKind
from procurement.models import GoodsReceipt, PurchaseOrder, ToleranceRule
from procurement.services.order_changes import close_order
from procurement.services.quantities import mismatches
from procurement.services.receiving import (
    ReceiptLineInput,
    accept_service,
    receive_goods,
    return_goods,
    reverse_receipt,
)
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    direct_order,
    issued_order,
    item,
    order_lines,
    received,
)

Announced = list[tuple[str, dict[str, Any]]]


def returned(place: Yard, order: PurchaseOrder, quantity: str) -> GoodsReceipt:
    [line, *_] = order_lines(order)
    return return_goods(
        order_id=order.pk,
        lines=[ReceiptLineInput(line.pk, Decimal(quantity))],
        note="Wrong type",
        actor=place.receiver,
        at=NOW,
    )


def status(order: PurchaseOrder) -> str:
    return PurchaseOrder.objects.get(pk=order.pk).status


def test_two_deliveries_with_one_piece_rejected(place: Yard, announced: Announced) -> None:
    order = issued_order(place)
    received(place, order, "6", rejected="1")
    [line] = order_lines(order)
    assert (line.quantity_received, line.quantity_rejected, line.net_received) == (6, 1, 5)
    assert status(order) == OrderStatus.PARTIALLY_RECEIVED
    second = received(place, order, "5")
    assert status(order) == OrderStatus.RECEIVED
    assert [name for name, _ in announced][-2:] == ["goods_received", "goods_received"]
    assert announced[-1][1]["receipt_id"] == second.pk
    assert announced[-1][1]["order_line_ids"] == (line.pk,)
    assert not mismatches()


def test_no_more_comes_in_than_was_ordered(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "6")
    with pytest.raises(RuleViolation) as refused:
        received(place, order, "4.0001")
    assert "10 are ordered and 6 are here; with this it would be 10.0001, at most 10" in refused.value.message


def test_the_same_line_twice_on_one_receipt_is_added_up(place: Yard) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    twice = [ReceiptLineInput(line.pk, Decimal(6)), ReceiptLineInput(line.pk, Decimal(5))]
    with pytest.raises(RuleViolation, match="at most 10"):
        receive_goods(order_id=order.pk, lines=twice, actor=place.receiver, at=NOW)


def test_the_most_specific_over_delivery_rule_holds_and_the_stricter_limit_wins(place: Yard) -> None:
    rule = ToleranceRule.objects.create(kind=ToleranceKind.RECEIPT_QUANTITY, is_unlimited=True)
    order = issued_order(place, bought(place, item_id=item(place).pk))
    received(place, order, "100")
    ToleranceRule.objects.create(
        kind=ToleranceKind.RECEIPT_QUANTITY,
        supplier=place.supplier,
        percent=Decimal(20),
        amount=Decimal(1),
    )
    ToleranceRule.objects.create(
        kind=ToleranceKind.RECEIPT_QUANTITY, category=place.category, percent=Decimal(50)
    )
    second = issued_order(place, bought(place, item_id=item(place).pk))
    with pytest.raises(RuleViolation, match="at most 11"):
        received(place, second, "12")
    received(place, second, "11")
    assert status(second) == OrderStatus.RECEIVED
    assert rule.pk


def test_a_rejection_needs_its_reason(place: Yard) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    with pytest.raises(RuleViolation, match="why pieces were rejected"):
        receive_goods(
            order_id=order.pk,
            lines=[ReceiptLineInput(line.pk, Decimal(2), Decimal(1))],
            actor=place.receiver,
            at=NOW,
        )


def test_a_delivery_note_is_booked_once(place: Yard) -> None:
    order = issued_order(place)
    first = received(place, order, "1", delivery_note="DN-7")
    with pytest.raises(Conflict, match=f"already, as {first.number}"):
        received(place, order, "1", delivery_note=" DN-7 ")


def test_nothing_comes_in_on_an_order_that_is_not_out(place: Yard) -> None:
    with pytest.raises(Conflict, match="draft"):
        received(place, direct_order(place), "1")


def test_services_are_accepted_and_goods_are_not(place: Yard) -> None:
    order = issued_order(place, bought(place, kind="SERVICE"), bought(place))
    service, goods = order_lines(order)
    done = accept_service(
        order_id=order.pk,
        lines=[ReceiptLineInput(service.pk, Decimal(10))],
        actor=place.receiver,
        at=NOW,
        note="Done well",
    )
    assert done.kind == ReceiptKind.ACCEPTANCE
    with pytest.raises(RuleViolation, match="Only services"):
        accept_service(
            order_id=order.pk, lines=[ReceiptLineInput(goods.pk, Decimal(1))], actor=place.receiver, at=NOW
        )


def test_charges_are_not_received_and_nobody_waits_for_them(place: Yard) -> None:
    order = issued_order(place, bought(place), bought(place, "1", "30", kind="CHARGE"))
    with pytest.raises(RuleViolation, match="A charge is not received"):
        received(place, order, "10", "1")
    received(place, order, "10")
    assert status(order) == OrderStatus.RECEIVED


def test_goods_go_back_also_from_a_closed_order(place: Yard, announced: Announced) -> None:
    order = issued_order(place)
    received(place, order, "10")
    returned(place, order, "4")
    assert status(order) == OrderStatus.PARTIALLY_RECEIVED
    close_order(order_id=order.pk, reason="Enough", actor=place.buyer, at=NOW)
    returned(place, order, "6")
    [line] = order_lines(order)
    assert (line.quantity_received, line.quantity_returned, line.net_received) == (10, 10, 0)
    assert status(order) == OrderStatus.CLOSED
    assert announced[-1][0] == "goods_returned"


def test_no_more_goes_back_than_is_held(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "5", rejected="1")
    with pytest.raises(RuleViolation, match="We hold only 4"):
        returned(place, order, "5")


def test_a_reversed_receipt_is_as_if_it_never_came(place: Yard, announced: Announced) -> None:
    order = issued_order(place)
    first = received(place, order, "10")
    undo = reverse_receipt(receipt_id=first.pk, reason="Other order", actor=place.receiver, at=NOW)
    [line] = order_lines(order)
    assert (line.quantity_received, status(order)) == (0, OrderStatus.ISSUED)
    assert (undo.reverses, undo.kind) == (first, ReceiptKind.REVERSAL)
    assert announced[-1][0] == "goods_returned"
    for again in (first, undo):
        with pytest.raises(Conflict):
            reverse_receipt(receipt_id=again.pk, reason="x", actor=place.receiver, at=NOW)
    assert not mismatches()


def test_a_receipt_whose_goods_went_back_is_not_reversed(place: Yard) -> None:
    order = issued_order(place)
    first = received(place, order, "10")
    back = returned(place, order, "1")
    with pytest.raises(Conflict, match="gone back"):
        reverse_receipt(receipt_id=first.pk, reason="x", actor=place.receiver, at=NOW)
    reverse_receipt(receipt_id=back.pk, reason="Stayed here", actor=place.receiver, at=NOW)
    assert status(order) == OrderStatus.RECEIVED
    reverse_receipt(receipt_id=first.pk, reason="x", actor=place.receiver, at=NOW)


def test_a_return_is_not_reversed_once_its_place_is_taken(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "10")
    back = returned(place, order, "10")
    received(place, order, "10")
    with pytest.raises(RuleViolation, match="at most 10"):
        reverse_receipt(receipt_id=back.pk, reason="x", actor=place.receiver, at=NOW)


def test_a_requester_receives_nothing(place: Yard) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    lines = [ReceiptLineInput(line.pk, Decimal(1))]
    with pytest.raises(NotAllowed):
        receive_goods(order_id=order.pk, lines=lines, actor=place.requester, at=NOW)
    with pytest.raises(NotAllowed):
        return_goods(order_id=order.pk, lines=lines, note="x", actor=place.requester, at=NOW)


def test_the_database_keeps_receipts_and_a_wrong_figure_is_found(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "10")
    [line] = order_lines(order)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE procurement_goodsreceiptline SET quantity = 11")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procurement_purchaseorderline SET quantity_received = 11")
    [wrong] = mismatches()
    assert (wrong.stored.order_line_id, wrong.stored.received, wrong.derived.received) == (line.pk, 11, 10)
