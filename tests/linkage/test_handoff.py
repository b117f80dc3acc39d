"""What a work order is short of becomes a requisition, at what the store last paid for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from cmms.models import PartsRequest, PartsRequestLine
from cmms.services.parts import RequestLineInput
from cmms.services.stock import issue_request
from linkage.models import SupplyLink
from linkage.services.handoff import raise_requisitions
from procurement.models import RequisitionLine
from procurement.services.order_changes import close_order
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.plant import Plant

SAVEPOINT = 2  # a command inside a test's transaction opens and releases one


def ask(plant: Plant, code: str, quantity: int, **more: Decimal) -> PartsRequest:
    line = RequestLineInput("ITEM", Decimal(quantity), item_id=plant.items[code].pk, **more)  # type: ignore[arg-type]
    return plant.request(plant.work_order(), line)


def test_the_estimate_is_the_average_cost_of_the_storeroom(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=1, cost="12.50")
    ask(plant, "SEAL", 3)
    assert RequisitionLine.objects.get().estimated_unit_price == Decimal("12.50")


def test_the_estimate_of_an_item_that_has_run_out_is_what_its_last_piece_cost(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=1, cost="12.50")
    first = ask(plant, "SEAL", 1)
    issue_request(parts_request_id=first.pk, actor=plant["storekeeper"], at=plant.later())
    ask(plant, "SEAL", 3)
    assert RequisitionLine.objects.get().estimated_unit_price == Decimal("12.50")


def test_an_estimate_that_was_given_stays_and_what_was_never_kept_has_none(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=1, cost="12.50")
    plant.item("BELT", stocked=True)
    ask(plant, "SEAL", 3, estimated_unit_cost=Decimal(9))
    ask(plant, "BELT", 3)
    assert [line.estimated_unit_price for line in RequisitionLine.objects.order_by("pk")] == [9, 0]


def test_asking_again_for_the_same_shortage_changes_nothing(plant: Plant) -> None:
    plant.item("SEAL", stocked=True)
    need = ask(plant, "SEAL", 3).lines.get()
    again = raise_requisitions(request_line_ids=[need.pk], actor=plant["planner"], at=plant.later())
    assert (again, SupplyLink.objects.count()) == ([], 1)
    need.refresh_from_db()
    assert (need.supply_state, need.history.count()) == ("REQUESTED", 2)


class TestStatements:
    """What the verbs of every day take, with permissions known; transaction control is not counted."""

    @pytest.fixture
    def known(self, plant: Plant) -> Plant:
        for person in plant.people.values():
            person.has_perm("core.view_costs")
        return plant

    def test_asking_for_parts(self, known: Plant, django_assert_num_queries: Callable[[int], object]) -> None:
        known.item("SEAL", stocked=True, on_hand=5)
        known.item("BELT", stocked=True)
        orders = [known.work_order() for _ in range(3)]
        lines = [
            RequestLineInput("ITEM", Decimal(2), item_id=known.items["SEAL"].pk),
            RequestLineInput("NON_CATALOGUE", Decimal(2), description="Clamp"),
            RequestLineInput("ITEM", Decimal(2), item_id=known.items["BELT"].pk),
        ]
        for order, line, count in zip(orders, lines, (9, 11, 15), strict=True):
            with django_assert_num_queries(count + SAVEPOINT):  # type: ignore[attr-defined]
                known.request(order, line)

    def test_receiving_into_stock_and_closing(
        self, known: Plant, django_assert_num_queries: Callable[[int], object]
    ) -> None:
        known.item("BELT", stocked=True)
        needs = [ask(known, "BELT", quantity).lines.get() for quantity in (4, 3)]
        order = known.order_needs()
        line = order.lines.get()
        with django_assert_num_queries(21 + SAVEPOINT):  # type: ignore[attr-defined]
            receive_goods(
                order_id=order.pk, lines=[ReceiptLineInput(line.pk, Decimal(5))],
                actor=known["receiver"], at=known.later(),
            )  # fmt: skip
        assert [need.quantity_reserved for need in PartsRequestLine.objects.order_by("pk")] == [4, 1]
        assert PartsRequestLine.objects.get(pk=needs[0].pk).supply_state == "ARRIVED"
        with django_assert_num_queries(10 + SAVEPOINT):  # type: ignore[attr-defined]
            close_order(
                order_id=order.pk, reason="the rest is not made", actor=known["buyer"], at=known.later()
            )

    def test_closing_an_order_that_is_all_here(
        self, known: Plant, django_assert_num_queries: Callable[[int], object]
    ) -> None:
        known.item("BELT", stocked=True)
        ask(known, "BELT", 4)
        order = known.order_needs()
        receive_goods(
            order_id=order.pk, lines=[ReceiptLineInput(order.lines.get().pk, Decimal(4))],
            actor=known["receiver"], at=known.later(),
        )  # fmt: skip
        with django_assert_num_queries(3 + SAVEPOINT):  # type: ignore[attr-defined]
            close_order(order_id=order.pk, reason="done", actor=known["buyer"], at=known.later())
