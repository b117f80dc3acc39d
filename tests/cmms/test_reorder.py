"""When and how much to buy for a storeroom, with the arithmetic in words."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.reorder import StockFacts, suggest
from cmms.models import StockItem
from cmms.selectors.reorder import suggestion_for, to_reorder, with_position
from cmms.services.stock import TransferInput, ask_to_refill, issue_parts, send_transfer
from core.errors import Conflict, NotAllowed, RuleViolation
from procurement.models import Requisition
from tests.builders import NOW, boss, part, parts_request, person, stock, storeroom, work_order

D = Decimal


class TestArithmetic:
    def test_up_to_the_maximum(self) -> None:
        found = suggest(StockFacts(D(3), reserved=D(1), coming=D(2), reorder_point=D(5), max_level=D(12)))
        assert (found.position, found.point, found.quantity) == (4, 5, 8)
        assert found.steps == [
            "3 on hand - 1 promised + 2 coming = 4", "reorder at 5", "up to 12: 8",
        ]  # fmt: skip

    def test_as_many_usual_orders_as_it_takes(self) -> None:
        assert (
            suggest(StockFacts(D(1), waiting=D(6), reorder_point=D(5), reorder_quantity=D(4))).quantity == 12
        )
        assert suggest(StockFacts(D(5), reorder_point=D(5), reorder_quantity=D(4))).quantity == 4

    def test_from_demand_and_lead_time(self) -> None:
        # 730 a year are 2 a day: 2 x 10 + 5 = 25; one more lead time is 20.
        found = suggest(StockFacts(D(24), lead_time_days=10, safety_stock=D(5), used=D(730)))
        assert (found.point, found.quantity) == (25, 21)
        assert found.steps[1] == "reorder at 2 a day x 10 days + 5 safety = 25"

    def test_above_the_point_or_without_one_nothing_is_bought(self) -> None:
        assert suggest(StockFacts(D(6), reorder_point=D(5))).quantity == 0
        assert suggest(StockFacts(D(0))).quantity == 0

    @given(
        *[st.integers(0, 500).map(D) for _ in range(5)],
        st.one_of(st.none(), st.integers(1, 200).map(D)),
        st.booleans(),
    )
    def test_what_is_suggested_lifts_the_stock_above_its_point(
        self, on_hand: D, waiting: D, coming: D, point: D, used: D, quantity: D | None, by_time: bool
    ) -> None:
        facts = StockFacts(
            on_hand, waiting=waiting, coming=coming, reorder_point=None if by_time else point,
            reorder_quantity=quantity, safety_stock=D(3), lead_time_days=30 if by_time else None, used=used,
        )  # fmt: skip
        found = suggest(facts)
        assert found.point is not None
        if facts.position > found.point:
            assert found.quantity == 0
        else:
            assert found.position + found.quantity > found.point


@pytest.mark.django_db
class TestStores:
    def low(self, quantity: int = 2, **values: object) -> StockItem:
        held = stock(quantity)
        for name, value in {"reorder_point": D(5), "max_level": D(10), **values}.items():
            setattr(held, name, value)
        held.save()
        return held

    def seen(self, held: StockItem) -> StockItem:
        return with_position(StockItem.objects.filter(pk=held.pk), NOW).get()

    def test_what_is_asked_for_counts_as_coming(self) -> None:
        held = self.low()
        assert list(to_reorder(StockItem.objects.all(), NOW)) == [held]
        [number] = ask_to_refill(quantities={held.pk: None}, actor=boss(), at=NOW)
        line = Requisition.objects.get(number=number).lines.get()
        assert (line.quantity, line.destination, line.deliver_to) == (8, "STOCK", "MAIN")
        assert (self.seen(held).coming, self.seen(held).position) == (8, 10)
        assert not to_reorder(StockItem.objects.all(), NOW).exists()
        with pytest.raises(Conflict, match="Enough of"):
            ask_to_refill(quantities={held.pk: None}, actor=boss(), at=NOW)

    def test_what_work_waits_for_counts_against_and_its_purchase_for(self) -> None:
        held = self.low()
        parts_request(work_order(), [part(held.item, 5)])
        row = self.seen(held)
        assert (row.waiting, row.coming, row.position) == (3, 3, 0)
        assert suggestion_for(row).quantity == 10

    def test_what_is_on_its_way_from_another_store_counts(self) -> None:
        held = self.low()
        other = stock(4, of=held.item, room=storeroom("OTHER"))
        send_transfer(
            to_storeroom_id=held.storeroom_id, lines=[TransferInput(other.pk, D(4))], actor=boss(), at=NOW
        )
        assert self.seen(held).coming == 4

    def test_demand_is_what_was_used_in_a_year(self) -> None:
        held = self.low(10, reorder_point=None, max_level=None, lead_time_days=73)
        line = parts_request(work_order(), [part(held.item, 10)]).lines.get()
        issue_parts(request_line_id=line.pk, actor=boss(), at=NOW)
        assert (self.seen(held).used, self.seen(held).point) == (10, 2)
        late = with_position(StockItem.objects.filter(pk=held.pk), NOW + timedelta(days=400)).get()
        assert (late.used, late.point) == (0, 0)

    def test_one_store_at_a_time_and_the_right(self) -> None:
        held, other = self.low(), stock(1, room=storeroom("OTHER"))
        with pytest.raises(RuleViolation, match="one storeroom at a time"):
            ask_to_refill(quantities={held.pk: D(1), other.pk: D(1)}, actor=boss(), at=NOW)
        with pytest.raises(NotAllowed):
            ask_to_refill(quantities={held.pk: D(1)}, actor=person(), at=NOW)
