"""Many work orders moved in one go: as one by one, in a constant number of statements; what cannot move is told why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms import events
from cmms.models import CostEntry, EstimateLine, Operation, WorkOrder
from cmms.services.closing import (
    close_work_order,
    close_work_orders,
    complete_work_order,
    complete_work_orders,
)
from cmms.services.costing import reconcile_own_costs
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.labor import log_hours
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    WorkOrderInput,
    approve_work_order,
    approve_work_orders,
    create_work_order,
    create_work_orders,
    release_work_order,
    release_work_orders,
)
from cmms.services.work_requests import accept_work_request, report_fault
from core.errors import Conflict, IllegalTransition, NotAllowed, NotFound, RuleViolation
from tests.builders import NOW, asset, boss, part, parts_request, person, stock, technician, work_order
from tests.cmms.test_parts import heard

pytestmark = pytest.mark.django_db
PLAN: dict[str, Any] = {
    "operations": (OperationInput("Look", estimated_hours=Decimal(1)), OperationInput("Grease")),
    "estimate": (EstimateInput("LABOR", "Round", Decimal("1.5"), Decimal("33.333"), 20),),
}


def rounds(count: int) -> list[WorkOrderInput]:
    """So many rounds of one pump."""
    pump = asset()
    return [WorkOrderInput(f"Round {number}", pump.pk, type="PREVENTIVE", **PLAN) for number in range(count)]


def made(count: int) -> list[int]:
    return [row.pk for row in create_work_orders(orders=rounds(count), actor=boss(), at=NOW)]


def one_by_one(verb: Callable[..., WorkOrder], keys: Sequence[int], **values: Any) -> None:
    for key in keys:
        verb(work_order_id=key, actor=boss(), at=NOW, **values)


def done(count: int) -> list[int]:
    """Work that is done and waits for its planner."""
    keys = made(count)
    for verb in (approve_work_order, release_work_order, start_work):
        one_by_one(verb, keys)
    for step in Operation.objects.filter(work_order__in=keys):
        step.status, step.done_at, step.done_by = "DONE", NOW, boss()
        step.save()
    one_by_one(finish_work, keys)
    return keys


def state(keys: Sequence[int]) -> list[Any]:
    """All that a move may change, numbers and keys apart."""
    fields = ("status", "version", "approved_at", "approved_by", "released_at", "completed_at", "closed_at")
    found: list[Any] = list(WorkOrder.objects.filter(pk__in=keys).order_by("pk").values_list(*fields))
    for key in keys:
        rows = WorkOrder.history.filter(id=key).order_by("history_id")
        found.append(list(rows.values_list("status", "version", "history_user", "history_change_reason")))
        ledger = CostEntry.objects.filter(work_order=key).order_by("pk")
        found.append(list(ledger.values_list("stage", "bucket", "amount", "quantity", "asset", "is_late")))
    return found


def statements(run: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        run()
    return len([each for each in captured.captured_queries if "SAVEPOINT" not in each["sql"]])


class TestCreating:
    def test_many_are_made_as_one_is(self) -> None:
        wanted = rounds(3)
        rows = create_work_orders(orders=wanted, actor=boss(), at=NOW)
        single = create_work_order(
            title="Round 0", asset_id=wanted[0].asset_id, type="PREVENTIVE", **PLAN, actor=boss(), at=NOW
        )
        numbers = [int(row.number.removeprefix("WO-")) for row in [*rows, single]]
        assert numbers == list(range(numbers[0], numbers[0] + 4))
        assert [row.title for row in rows] == ["Round 0", "Round 1", "Round 2"]
        for row in [*rows, single]:
            assert list(row.operations.in_order().values_list("sequence", "title")) == [
                (10, "Look"), (20, "Grease"),
            ]  # fmt: skip
            line = EstimateLine.objects.get(work_order=row)
            assert (line.amount, line.operation) == (Decimal("50.00"), row.operations.get(sequence=20))
            assert [each.history_type for each in (row.history.get(), line.history.get())] == ["+", "+"]
            assert row.history.get().history_user == boss()

    def test_a_wrong_one_stops_them_all_and_is_named(self) -> None:
        wanted = [*rounds(2), WorkOrderInput("Nowhere", None)]
        with pytest.raises(RuleViolation, match=r"Work order 3 \(Nowhere\): Choose the asset") as refused:
            create_work_orders(orders=wanted, actor=boss(), at=NOW)
        assert refused.value.field == "orders.2.asset_id"
        assert not WorkOrder.objects.exists()
        with pytest.raises(NotAllowed):
            create_work_orders(orders=wanted, actor=person(), at=NOW)

    def test_none_asked_for_is_none_made(self) -> None:
        assert create_work_orders(orders=[], actor=boss(), at=NOW) == []


class TestMoving:
    @pytest.mark.parametrize(
        ("prepare", "single", "together"),
        [
            ((), approve_work_order, approve_work_orders),
            ((approve_work_order,), release_work_order, release_work_orders),
        ],
    )
    def test_together_is_as_one_by_one(self, prepare: Any, single: Any, together: Any) -> None:
        # One pump for all, so that ledgers compare.
        rows = create_work_orders(orders=rounds(4), actor=boss(), at=NOW)
        keys, others = [row.pk for row in rows[:2]], [row.pk for row in rows[2:]]
        for verb in prepare:
            one_by_one(verb, [*keys, *others])
        one_by_one(single, keys)
        moved = together(work_order_ids=others, actor=boss(), at=NOW)
        assert (moved.done_ids, moved.refused) == (others, [])
        assert state(keys) == state(others)
        assert reconcile_own_costs(at=NOW) == []

    def test_completing_and_closing_together_is_as_one_by_one(self) -> None:
        keys = done(4)
        for single, together in (
            (complete_work_order, complete_work_orders),
            (close_work_order, close_work_orders),
        ):
            one_by_one(single, keys[:2])
            together(work_order_ids=keys[2:], actor=boss(), at=NOW)
            assert state(keys[:2]) == state(keys[2:])

    def test_the_reason_is_kept_with_each(self) -> None:
        keys = made(2)
        approve_work_orders(work_order_ids=keys, actor=boss(), at=NOW, reason="Week 12")
        for key in keys:
            assert WorkOrder.objects.get(pk=key).history.latest().history_change_reason == "Week 12"

    def test_who_cannot_move_is_refused_with_its_reason_and_untouched(self) -> None:
        drafts, released = made(2), work_order()
        before = state([released.pk])
        moved = approve_work_orders(work_order_ids=[*drafts, released.pk, 999_999], actor=boss(), at=NOW)
        assert moved.done_ids == drafts
        reasons = {each.work_order_id: each.error for each in moved.refused}
        assert isinstance(reasons[released.pk], IllegalTransition)
        assert "is released and cannot become approved" in reasons[released.pk].message
        assert isinstance(reasons[999_999], NotFound)
        assert state([released.pk]) == before
        assert [row.pk for row in WorkOrder.objects.filter(status="APPROVED").order_by("pk")] == drafts

    def test_parts_set_aside_stop_only_their_own(self) -> None:
        held, order = stock(1), work_order(started=True)
        parts_request(order, [part(held.item)])
        finish_work(work_order_id=order.pk, actor=boss(), at=NOW)
        free = done(1)
        moved = complete_work_orders(work_order_ids=[order.pk, *free], actor=boss(), at=NOW)
        assert moved.done_ids == free
        assert f"are still set aside for {order}" in moved.refused[0].error.message

    def test_who_hears_of_closing_refuses_one_and_the_others_close(self) -> None:
        keys = done(3)
        complete_work_orders(work_order_ids=keys, actor=boss(), at=NOW)

        def refuse(*, refusals: dict[int, RuleViolation], **_: Any) -> None:
            refusals[keys[1]] = Conflict("An order is still open.")

        events.work_orders_closing.connect(refuse)
        try:
            moved = close_work_orders(work_order_ids=keys, actor=boss(), at=NOW)
        finally:
            events.work_orders_closing.disconnect(refuse)
        assert (moved.done_ids, [each.work_order_id for each in moved.refused]) == (
            [keys[0], keys[2]],
            [keys[1]],
        )
        assert WorkOrder.objects.get(pk=keys[1]).status == "COMPLETED"

    def test_what_moved_is_announced_once(self) -> None:
        keys = made(2)
        approve_work_orders(work_order_ids=keys, actor=boss(), at=NOW)
        with heard(events.work_orders_released) as announced:
            release_work_orders(work_order_ids=[*keys, 999_999], actor=boss(), at=NOW)
            release_work_orders(work_order_ids=keys, actor=boss(), at=NOW)  # nothing to do any more
        assert [each["work_order_ids"] for each in announced] == [keys]

    @pytest.mark.parametrize(
        "verb", [approve_work_orders, release_work_orders, complete_work_orders, close_work_orders]
    )
    def test_it_takes_the_right(self, verb: Any) -> None:
        with pytest.raises(NotAllowed):
            verb(work_order_ids=[], actor=person(), at=NOW)


def test_fifty_take_as_many_statements_as_five() -> None:
    who = boss()
    counts = []
    for count in (5, 50):
        wanted = rounds(count)
        keys: list[int] = []
        steps = [
            statements(
                lambda wanted=wanted, keys=keys: keys.extend(
                    row.pk for row in create_work_orders(orders=wanted, actor=who, at=NOW)
                )
            )
        ]
        for verb in (approve_work_orders, release_work_orders):
            steps.append(
                statements(lambda verb=verb, keys=keys: verb(work_order_ids=keys, actor=who, at=NOW))
            )
        keys = done(count)
        for verb in (complete_work_orders, close_work_orders):
            steps.append(
                statements(lambda verb=verb, keys=keys: verb(work_order_ids=keys, actor=who, at=NOW))
            )
        counts.append(steps)
    assert counts[0] == counts[1] == [5, 5, 4, 7, 4]


def test_the_single_verbs_take_few_statements() -> None:
    who, me = boss(), technician()
    pump = asset()
    named = {"actor": who, "at": NOW}
    request = report_fault(description="Drips", asset_id=pump.pk, location_id=None, **named)
    hours = {"hours": Decimal(1), "worked_on": NOW.date(), "person_id": me.pk, **named}
    counted: dict[str, int] = {}

    def count(name: str, run: Callable[[], Any]) -> Any:
        found: list[Any] = []
        counted[name] = statements(lambda: found.append(run()))
        return found[0]

    accept = count("accept", lambda: accept_work_request(work_request_id=request.pk, **PLAN, **named))
    order = {"work_order_id": accept.pk, **named}
    count("approve", lambda: approve_work_order(**order))
    count("release", lambda: release_work_order(**order))
    count("start", lambda: start_work(**order))
    steps = list(accept.operations.in_order())
    count("log", lambda: log_hours(**{**hours, "work_order_id": accept.pk, "operation_id": steps[0].pk}))
    for step in steps:
        count("tick", lambda step=step: finish_operation(operation_id=step.pk, **named))
    count("finish", lambda: finish_work(**order))
    count("complete", lambda: complete_work_order(**order))
    count("close", lambda: close_work_order(**order))
    assert counted == {
        "accept": 8, "approve": 5, "release": 4, "start": 2, "log": 6, "tick": 5, "finish": 4, "complete": 8,
        "close": 4,
    }  # fmt: skip
