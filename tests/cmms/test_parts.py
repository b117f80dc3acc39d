"""Parts: promised once, told short by so many, bought, cancelled."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from cmms import events
from cmms.choices import RequestLineKind, SupplyState
from cmms.models import PartsRequestLine, Reservation, StockItem, StockMovement
from cmms.selectors import my_work, spare_choices, work_order_flags
from cmms.services.parts import (
    RequestLineInput,
    SupplyUpdate,
    cancel_request_line,
    record_supply,
    request_parts,
    reserve_from_stock,
)
from cmms.services.planning import assign_work_order
from cmms.services.stock import StockReceiptInput, issue_parts, receive_stock
from core.errors import IllegalTransition, NotAllowed, RuleViolation
from core.models import User
from tests.builders import (
    NOW,
    boss,
    item,
    part,
    parts_request,
    person,
    site,
    stock,
    storeroom,
    unit,
    work_order,
)

R = TypeVar("R")


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """What was announced meanwhile."""
    seen: list[dict[str, Any]] = []

    def listen(**named: Any) -> None:
        seen.append(named)

    signal.connect(listen)
    try:
        yield seen
    finally:
        signal.disconnect(listen)


def at_once(*verbs: Callable[[], R]) -> list[R | Exception]:
    """Run these at the same moment, each on its own connection; results or refusals in their order."""
    gate = Barrier(len(verbs))

    def run(verb: Callable[[], R]) -> R | Exception:
        try:
            gate.wait(10)
            return verb()
        except Exception as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def statements(run: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        run()
    return len([each for each in seen if "SAVEPOINT" not in each["sql"]])


@pytest.mark.django_db
class TestAsking:
    def test_what_is_there_is_promised_and_the_rest_is_short(self) -> None:
        held = stock(3)
        with heard(events.parts_short) as announced:
            line = parts_request(work_order(), [part(held.item, 5)]).lines.get()
        held.refresh_from_db()
        assert (line.quantity_reserved, line.quantity_short, line.short_at_request) == (3, 2, 2)
        assert (held.quantity_reserved, line.storeroom_id) == (3, held.storeroom_id)
        assert line.estimated_unit_cost == 10
        assert [each["request_line_ids"] for each in announced] == [[line.pk]]

    def test_nothing_is_announced_where_nothing_is_short(self) -> None:
        held = stock(3)
        with heard(events.parts_short) as announced:
            parts_request(work_order(), [part(held.item, 3)])
        assert announced == []

    def test_two_lines_share_one_balance(self) -> None:
        held = stock(5)
        request = parts_request(work_order(), [part(held.item, 4), part(held.item, 4)])
        assert [line.quantity_reserved for line in request.lines.order_by("pk")] == [4, 1]

    def test_words_and_services_are_short_in_full_and_announced_with_the_rest(self) -> None:
        unit("PCE"), unit("HUR")
        lines = [
            RequestLineInput(RequestLineKind.NON_CATALOGUE, Decimal(2), description="Odd gasket"),
            RequestLineInput(RequestLineKind.SERVICE, Decimal(8), description="Crane with driver"),
        ]
        with heard(events.parts_short) as announced:
            words, service = parts_request(work_order(), lines).lines.order_by("pk")
        assert (words.unit.code, service.unit.code) == ("PCE", "HUR")
        assert (words.quantity_short, words.short_at_request) == (2, 0)
        assert announced[0]["request_line_ids"] == [words.pk, service.pk]

    def test_the_storeroom_with_most_of_it_serves(self) -> None:
        bearing = item()
        stock(1, of=bearing, room=storeroom("S1"))
        most = stock(4, of=bearing, room=storeroom("S2"))
        stock(9, of=bearing, room=storeroom("FAR", at=site("SOUTH")))
        line = parts_request(work_order(), [part(bearing, 5)]).lines.get()
        assert (line.storeroom_id, line.quantity_short) == (most.storeroom_id, 1)

    def test_a_part_that_no_storeroom_has_goes_to_the_first_of_the_site(self) -> None:
        storeroom("S2"), storeroom("S1")
        line = parts_request(work_order(), [part(item(), 2)]).lines.get()
        assert (line.storeroom and line.storeroom.code, line.quantity_short) == ("S1", 2)

    @pytest.mark.parametrize(
        ("line", "field"),
        [
            (RequestLineInput(RequestLineKind.ITEM, Decimal(1)), "item_id"),
            (RequestLineInput(RequestLineKind.SERVICE, Decimal(1)), "description"),
            (RequestLineInput(RequestLineKind.SERVICE, Decimal(0), description="x"), "quantity"),
            (
                RequestLineInput(RequestLineKind.SERVICE, Decimal(1), description="x", operation_id=9),
                "operation_id",
            ),
        ],
    )
    def test_a_line_that_says_too_little_is_refused_by_its_field(
        self, line: RequestLineInput, field: str
    ) -> None:
        unit()
        with pytest.raises(RuleViolation) as refused:
            parts_request(work_order(), [line])
        assert refused.value.field == field

    def test_it_takes_the_right_and_work_that_is_approved(self) -> None:
        with pytest.raises(NotAllowed):
            parts_request(work_order(), [part(item())], actor=person())
        with pytest.raises(IllegalTransition):
            parts_request(work_order(approved=False, released=False), [part(item())])

    def test_the_statements_do_not_grow_with_the_lines(self) -> None:
        held = [stock(1) for _ in range(30)]
        actor, first, second = boss(), work_order(), work_order()

        def ask(order: Any, count: int, quantity: int) -> Callable[[], Any]:
            lines = [part(each.item, quantity) for each in held[:count]]
            return lambda: request_parts(work_order_id=order.pk, lines=lines, actor=actor, at=NOW)

        few = statements(ask(first, 2, 2))
        for row in StockItem.objects.all():
            receive_stock(
                lines=[StockReceiptInput(row.item_id, row.storeroom_id, Decimal(2), Decimal(1), f"x:{row.pk}")],
                actor=None, at=NOW,
            )  # fmt: skip
        assert statements(ask(second, 30, 4)) == few, "each line partly promised, partly short"


@pytest.mark.django_db
class TestAfterwards:
    def test_cancelling_takes_what_is_short_first_and_tells_whoever_buys(self) -> None:
        held = stock(3)
        line = parts_request(work_order(), [part(held.item, 5)]).lines.get()
        with heard(events.parts_need_cancelled) as announced:
            line = cancel_request_line(
                request_line_id=line.pk, quantity=Decimal(3), reason="fewer", actor=boss(), at=NOW
            )
        held.refresh_from_db()
        assert (line.quantity_short, line.quantity_reserved, line.quantity_cancelled) == (0, 2, 3)
        assert held.quantity_reserved == Reservation.objects.get().quantity == 2
        assert [each["request_line_ids"] for each in announced] == [[line.pk]]
        with heard(events.parts_need_cancelled) as announced:
            cancel_request_line(request_line_id=line.pk, reason="none", actor=boss(), at=NOW)
        assert announced == []
        with pytest.raises(RuleViolation, match="0 of this are open"):
            cancel_request_line(request_line_id=line.pk, reason="again", actor=boss(), at=NOW)

    def test_new_stock_is_promised_to_the_soonest_need_first(self) -> None:
        held = stock(0)
        late = parts_request(work_order(), [part(held.item, 2)], needed_on=date(2026, 5, 1)).lines.get()
        soon = parts_request(work_order(), [part(held.item, 2)], needed_on=date(2026, 4, 1)).lines.get()
        inputs = [StockReceiptInput(held.item_id, held.storeroom_id, Decimal(3), Decimal(30), "r:1")]
        receive_stock(lines=inputs, actor=None, at=NOW)
        reserve_from_stock(request_line_ids=[late.pk, soon.pk], actor=None, at=NOW)
        late.refresh_from_db(), soon.refresh_from_db()
        assert (soon.quantity_reserved, late.quantity_reserved) == (2, 1)
        assert reserve_from_stock(request_line_ids=[late.pk, soon.pk], actor=None, at=NOW) == []

    def test_what_purchasing_tells_is_noted_once(self) -> None:
        line = parts_request(work_order(), [part(item(), 5)]).lines.get()
        update = SupplyUpdate(
            line.pk, SupplyState.PARTLY_ARRIVED, "PO-1", date(2026, 4, 1), arrived=Decimal(9)
        )
        [told] = record_supply(updates=[update], actor=None, at=NOW)
        assert (told.quantity_arrived, told.arrived_at, told.supply_document) == (5, NOW, "PO-1")
        changes = told.history.count()
        assert record_supply(updates=[update], actor=None, at=NOW) == []
        assert told.history.count() == changes
        back = SupplyUpdate(line.pk, SupplyState.ORDERED, "PO-1", arrived=Decimal(0))
        [told] = record_supply(updates=[back], actor=None, at=NOW)
        assert (told.quantity_short, told.arrived_at) == (5, None)

    def test_telling_of_many_needs_takes_two_statements(self) -> None:
        request = parts_request(work_order(), [part(item(), 1) for _ in range(20)])
        updates = [SupplyUpdate(pk, SupplyState.ORDERED) for pk in request.lines.values_list("pk", flat=True)]
        assert statements(lambda: record_supply(updates=updates, actor=None, at=NOW)) == 2

    def test_flags_say_what_matters_most_about_the_parts(self) -> None:
        held, missing, order = stock(1), item(), work_order(due_at=NOW)
        later = NOW.replace(day=20)
        assert work_order_flags([order.pk])[order.pk].parts == "none"
        line = parts_request(order, [part(held.item, 1)]).lines.get()
        assert work_order_flags([order.pk], later)[order.pk].parts == "reserved"
        other = parts_request(order, [part(missing, 1)]).lines.get()
        assert work_order_flags([order.pk], later)[order.pk].parts == "on_order", "asked for at once"
        record_supply(updates=[SupplyUpdate(other.pk, SupplyState.NONE)], actor=None, at=NOW)
        assert work_order_flags([order.pk], later)[order.pk].parts == "short"
        told = SupplyUpdate(other.pk, SupplyState.ORDERED, expected_on=date(2026, 3, 10))
        record_supply(updates=[told], actor=None, at=NOW)
        flags = work_order_flags([order.pk], later)[order.pk]
        assert (flags.parts, flags.is_part_late, flags.overdue) == ("on_order", True, True)
        told = SupplyUpdate(other.pk, SupplyState.ARRIVED, arrived=Decimal(1))
        record_supply(updates=[told], actor=None, at=NOW)
        assert work_order_flags([order.pk])[order.pk].parts == "arrived"
        issue_parts(request_line_id=line.pk, actor=boss(), at=NOW)
        me = person()
        assign_work_order(work_order_id=order.pk, assignee_id=me.pk, actor=boss(), at=NOW)
        assert [each.pk for each in my_work(me, NOW.replace(hour=8)).today] == [order.pk]
        assert [each.pk for each in my_work(me, later).overdue] == [order.pk]

    def test_spare_parts_of_an_asset_come_with_what_its_site_has(self) -> None:
        held = stock(4)
        order = work_order()
        order.asset.spare_parts.create(item=held.item, quantity_fitted=2)
        parts_request(order, [part(held.item, 1)])
        [choice] = spare_choices(order.asset_id)
        assert (choice.item, choice.quantity_fitted, choice.available) == (held.item, 2, 3)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_requests_for_the_last_part_promise_it_to_one_and_tell_the_other_it_is_short(self) -> None:
        held, who = stock(1), boss()
        orders = [work_order(), work_order()]
        with heard(events.parts_short) as announced:
            made = at_once(*(_ask(order.pk, held.item_id, who) for order in orders))
        assert not [each for each in made if isinstance(each, Exception)]
        held.refresh_from_db()
        assert held.quantity_reserved == 1
        lines = PartsRequestLine.objects.order_by("quantity_reserved")
        assert [(line.quantity_reserved, line.quantity_short) for line in lines] == [(0, 1), (1, 0)]
        assert [each["request_line_ids"] for each in announced] == [[lines[0].pk]]

    def test_many_requests_never_promise_more_than_there_is(self) -> None:
        held, who = stock(5), boss()
        orders = [work_order() for _ in range(8)]
        made = at_once(*(_ask(order.pk, held.item_id, who) for order in orders))
        assert not [each for each in made if isinstance(each, Exception)]
        held.refresh_from_db()
        assert held.quantity_reserved == 5
        assert (
            sorted(PartsRequestLine.objects.values_list("quantity_reserved", flat=True)) == [0] * 3 + [1] * 5
        )

    def test_two_issues_of_one_promise_hand_it_over_once(self) -> None:
        held, who = stock(3, 10), boss()
        line = parts_request(work_order(), [part(held.item, 2)]).lines.get()
        verb = lambda: issue_parts(request_line_id=line.pk, actor=who, at=NOW)  # noqa: E731
        results = at_once(verb, verb)
        assert sorted(type(each).__name__ for each in results) == ["RuleViolation", "StockMovement"]
        held.refresh_from_db()
        assert (held.quantity_on_hand, held.quantity_reserved, held.value) == (1, 0, 10)
        assert StockMovement.objects.filter(kind="ISSUE").count() == 1

    def test_two_deliveries_of_one_receipt_are_booked_once(self) -> None:
        bearing, room = item(), storeroom()
        inputs = [StockReceiptInput(bearing.pk, room.pk, Decimal(3), Decimal(30), "r:1")]
        results = at_once(*[lambda: receive_stock(lines=inputs, actor=None, at=NOW)] * 4)
        assert sorted(len(each) for each in results if isinstance(each, list)) == [0, 0, 0, 1]
        assert StockItem.objects.get().quantity_on_hand == 3


def _ask(order_id: int, item_id: int, who: User) -> Callable[[], Any]:
    line = RequestLineInput(RequestLineKind.ITEM, Decimal(1), item_id=item_id)
    return lambda: request_parts(work_order_id=order_id, lines=[line], actor=who, at=NOW)
