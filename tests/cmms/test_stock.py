"""Stock: every movement at moving average, and what a work order pays is what leaves the shelf."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.moving_average import Balance, value_of_part, value_of_return, value_sent_back
from cmms.models import StockItem, StockMovement
from cmms.selectors import work_order_costs
from cmms.services.costing import reconcile_own_costs
from cmms.services.stock import (
    StockReceiptInput,
    adjust_stock,
    issue_parts,
    issue_request,
    receive_stock,
    return_parts,
    return_stock,
    set_opening_balance,
    transfer_stock,
)
from core.errors import Conflict, IllegalTransition, NotAllowed, RuleViolation
from tests.builders import (
    NOW,
    boss,
    item,
    part,
    parts_request,
    person,
    stock,
    storeroom,
    work_order,
)
from tests.cmms.test_parts import statements


def receive(held: StockItem, quantity: Any, value: Any, key: str = "r:1") -> list[StockMovement]:
    line = StockReceiptInput(held.item_id, held.storeroom_id, Decimal(quantity), Decimal(value), key, "GR-1")
    return receive_stock(lines=[line], actor=None, at=NOW)


def send_back(held: StockItem, quantity: Any, value: Any, key: str = "back:1") -> list[StockMovement]:
    line = StockReceiptInput(held.item_id, held.storeroom_id, -Decimal(quantity), -Decimal(value), key)
    return return_stock(lines=[line], actor=None, at=NOW)


@pytest.mark.django_db
class TestIssuing:
    def test_a_part_costs_the_work_order_the_moving_average(self) -> None:
        held = stock(10, "10")
        receive(held, 10, 200)
        order = work_order()
        request = parts_request(order, [part(held.item, 4)])
        movement = issue_parts(request_line_id=request.lines.get().pk, actor=boss(), at=NOW)
        held.refresh_from_db()
        assert (movement.value, movement.unit_cost) == (-60, 15)
        assert (held.quantity_on_hand, held.quantity_reserved, held.value) == (16, 0, 240)
        assert work_order_costs(order.pk).total.actual == 60
        assert reconcile_own_costs(at=NOW) == []

    def test_issuing_in_pieces_leaves_no_cent_behind(self) -> None:
        held = stock(3, "3.333333")
        order = work_order()
        line = parts_request(order, [part(held.item, 3)]).lines.get()
        for _ in range(3):
            issue_parts(request_line_id=line.pk, quantity=Decimal(1), actor=boss(), at=NOW)
        held.refresh_from_db()
        assert (held.quantity_on_hand, held.value) == (0, 0)
        assert work_order_costs(order.pk).total.actual == 10

    def test_more_than_is_promised_is_refused(self) -> None:
        held = stock(5)
        line = parts_request(work_order(), [part(held.item, 2)]).lines.get()
        with pytest.raises(RuleViolation, match="2 of .* are promised"):
            issue_parts(request_line_id=line.pk, quantity=Decimal(3), actor=boss(), at=NOW)

    def test_a_whole_request_is_issued_in_as_many_statements_as_one_line(self) -> None:
        small, large = [
            parts_request(work_order(), [part(stock(2).item, 1) for _ in range(count)]) for count in (1, 20)
        ]
        actor = boss()
        few = statements(lambda: issue_request(parts_request_id=small.pk, actor=actor, at=NOW))
        assert statements(lambda: issue_request(parts_request_id=large.pk, actor=actor, at=NOW)) == few
        with pytest.raises(RuleViolation, match="Nothing is waiting"):
            issue_request(parts_request_id=large.pk, actor=actor, at=NOW)

    def test_it_takes_the_right_and_open_work(self) -> None:
        held = stock(5)
        order = work_order(released=False)
        line = parts_request(order, [part(held.item, 1)]).lines.get()
        with pytest.raises(NotAllowed):
            issue_parts(request_line_id=line.pk, actor=person(), at=NOW)
        with pytest.raises(IllegalTransition):
            issue_parts(request_line_id=line.pk, actor=boss(), at=NOW)

    def test_what_comes_back_comes_at_the_cost_it_was_issued_at(self) -> None:
        held = stock(3, "3.333333")
        order = work_order()
        line = parts_request(order, [part(held.item, 3)]).lines.get()
        issue = issue_parts(request_line_id=line.pk, actor=boss(), at=NOW)
        receive(held, 1, 100)
        for _ in range(2):
            return_parts(movement_id=issue.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)
        line.refresh_from_db(), held.refresh_from_db()
        assert (line.quantity_issued, line.quantity_cancelled, line.quantity_short) == (1, 2, 0)
        assert (held.quantity_on_hand, held.value) == (3, Decimal("106.67"))
        assert work_order_costs(order.pk).total.actual == Decimal("3.33")
        assert reconcile_own_costs(at=NOW) == []
        return_parts(movement_id=issue.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)
        assert work_order_costs(order.pk).total.actual == 0
        with pytest.raises(RuleViolation, match="At most 0"):
            return_parts(movement_id=issue.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)


@pytest.mark.django_db
class TestReceiving:
    def test_a_receipt_is_booked_once(self) -> None:
        held = stock(0)
        assert len(receive(held, 2, 20)) == 1
        assert receive(held, 2, 20) == []
        held.refresh_from_db()
        assert (held.quantity_on_hand, held.value) == (2, 20)

    def test_an_item_new_to_the_storeroom_gets_a_balance(self) -> None:
        line = StockReceiptInput(item().pk, storeroom().pk, Decimal(2), Decimal(20), "r:1")
        receive_stock(lines=[line, line], actor=None, at=NOW)
        assert StockItem.objects.get().quantity_on_hand == 2

    @pytest.mark.parametrize("count", [1, 50])
    def test_any_number_of_lines_takes_four_statements(self, count: int) -> None:
        held = [stock(1) for _ in range(3)]
        lines = [
            StockReceiptInput(held[n % 3].item_id, held[n % 3].storeroom_id, Decimal(1), Decimal(5), f"r:{n}")
            for n in range(count)
        ]
        assert statements(lambda: receive_stock(lines=lines, actor=None, at=NOW)) == 4

    def test_goods_go_back_at_their_own_value_as_far_as_the_balance_holds_it(self) -> None:
        held = stock(2, 1)
        receive(held, 2, 40)
        [movement] = send_back(held, 2, 40)
        held.refresh_from_db()
        assert (movement.quantity, movement.value, held.value) == (-2, -40, 2)
        assert send_back(held, 2, 40) == []

    def test_goods_that_are_promised_or_gone_cannot_go_back(self) -> None:
        held = stock(3)
        parts_request(work_order(), [part(held.item, 2)])
        with pytest.raises(RuleViolation, match="Only 1 of"):
            send_back(held, 2, 20)


@pytest.mark.django_db
class TestCounting:
    def test_a_count_moves_the_balance_at_its_average(self) -> None:
        held = stock(4, 5)
        count = {"stock_item_id": held.pk, "reason": "year end", "actor": boss(), "at": NOW}
        assert adjust_stock(counted_quantity=Decimal(3), **count).value == -5
        assert adjust_stock(counted_quantity=Decimal(0), **count).value == -15
        assert adjust_stock(counted_quantity=Decimal(2), **count).value == 10
        with pytest.raises(RuleViolation, match="The count agrees"):
            adjust_stock(counted_quantity=Decimal(2), **count)

    def test_a_count_below_what_is_promised_is_refused(self) -> None:
        held = stock(4)
        parts_request(work_order(), [part(held.item, 3)])
        with pytest.raises(RuleViolation, match="3 are promised"):
            adjust_stock(
                stock_item_id=held.pk, counted_quantity=Decimal(2), reason="count", actor=boss(), at=NOW
            )

    def test_an_opening_balance_is_set_once(self) -> None:
        held = stock(4)
        with pytest.raises(Conflict, match="already has movements"):
            set_opening_balance(
                item_id=held.item_id, storeroom_id=held.storeroom_id, quantity=Decimal(1),
                unit_cost=Decimal(1), actor=boss(), at=NOW,
            )  # fmt: skip

    def test_a_transfer_moves_quantity_and_value(self) -> None:
        held = stock(4, 5)
        other = storeroom("OTHER")
        transfer_stock(
            stock_item_id=held.pk,
            to_storeroom_id=other.pk,
            quantity=Decimal(3),
            reason="",
            actor=boss(),
            at=NOW,
        )
        values = StockItem.objects.order_by("pk").values_list("quantity_on_hand", "value")
        assert list(values) == [(1, 5), (3, 15)]


money = st.decimals(min_value=0, max_value=10000, places=2)
count = st.integers(min_value=1, max_value=50)


@given(money, count, st.data())
def test_parts_of_a_balance_add_up_to_it(value: Decimal, quantity: int, data: st.DataObject) -> None:
    balance, taken = Balance(Decimal(quantity), value), Decimal(0)
    while balance.quantity:
        piece = Decimal(data.draw(st.integers(min_value=1, max_value=int(balance.quantity))))
        out = value_of_part(balance, piece, "EUR")
        assert 0 <= out <= balance.value
        balance, taken = balance.moved(-piece, -out), taken + out
    assert (taken, balance.value) == (value, 0)


@given(money, count, st.data())
def test_returns_in_pieces_give_back_exactly_what_was_issued(
    value: Decimal, issued: int, data: st.DataObject
) -> None:
    back, before = Decimal(0), Decimal(0)
    while before < issued:
        piece = Decimal(data.draw(st.integers(min_value=1, max_value=int(issued - before))))
        back += value_of_return(value, Decimal(issued), before, piece, "EUR")
        before += piece
    assert back == value


def test_what_goes_back_never_takes_more_than_there_is() -> None:
    assert value_sent_back(Balance(Decimal(3), Decimal(10)), Decimal(2), Decimal(40)) == 10
    assert value_sent_back(Balance(Decimal(3), Decimal(10)), Decimal(3), Decimal(4)) == 10
