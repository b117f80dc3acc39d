"""Work orders closed together: those with open purchases stay open, told why; the statements do not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms.models import Operation, WorkOrder
from cmms.services.closing import close_work_order, close_work_orders, complete_work_orders
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.parts import RequestLineInput
from core.errors import Conflict
from core.money import ZERO
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db


def bought(plant: Plant, order: WorkOrder) -> str:
    """An issued purchase order for something the work order needs; its number."""
    plant.request(
        order,
        RequestLineInput(
            kind="NON_CATALOGUE", quantity=ZERO + 2, description="Bracket", unit_id=plant.unit.pk,
            estimated_unit_cost=ZERO + 10,
        ),
    )  # fmt: skip
    return plant.order_needs("10", order).number


def completed(plant: Plant, orders: list[WorkOrder]) -> list[int]:
    """Done, and agreed to by the planner."""
    planner, keys = plant["planner"], [order.pk for order in orders]
    for key in keys:
        start_work(work_order_id=key, actor=planner, at=plant.later())
        for step in Operation.objects.filter(work_order=key):
            finish_operation(operation_id=step.pk, actor=planner, at=plant.later())
        finish_work(work_order_id=key, actor=planner, at=plant.later())
    assert complete_work_orders(work_order_ids=keys, actor=planner, at=plant.later()).done_ids == keys
    return keys


def test_only_those_with_open_purchases_stay_open() -> None:
    plant = build_plant()
    orders = [plant.work_order() for _ in range(3)]
    number = bought(plant, orders[1])
    keys = completed(plant, orders)
    moved = close_work_orders(work_order_ids=keys, actor=plant["planner"], at=plant.later())
    assert moved.done_ids == [keys[0], keys[2]]
    assert [(each.work_order_id, each.error.code) for each in moved.refused] == [(keys[1], "open_purchases")]
    assert number in moved.refused[0].error.message
    with pytest.raises(Conflict, match=f"Purchases are still open: {number}"):
        close_work_order(work_order_id=keys[1], actor=plant["planner"], at=plant.later())


def test_statements_do_not_grow_with_the_work_orders() -> None:
    plant, counted = build_plant(), []
    for count in (2, 8):
        orders = [plant.work_order() for _ in range(count)]
        for order in orders[: count // 2]:
            bought(plant, order)
        keys = completed(plant, orders)
        with CaptureQueriesContext(connection) as statements:
            moved = close_work_orders(work_order_ids=keys, actor=plant["admin"], at=plant.later())
        assert len(moved.done) == len(moved.refused) == count // 2
        counted.append(len(statements))
    assert counted[0] == counted[1]
