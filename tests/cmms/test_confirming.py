"""Collective time confirmation: the week's hours in one go."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cmms.models import CostEntry, LaborEntry, LaborTimer, Operation, WorkOrder
from cmms.services.confirming import ConfirmationLine, LinesRefused, confirm_work
from cmms.services.costing import reconcile_own_costs
from cmms.services.execution import finish_operation, finish_work, hold_work, start_work
from cmms.services.labor import log_hours, start_timer
from cmms.services.planning import OperationInput
from core.errors import NotAllowed, RuleViolation
from tests.builders import NOW, boss, person, technician, work_order
from tests.cmms.test_work_orders_together import statements

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
TWO = (OperationInput("Look"), OperationInput("Grease"))


def line(order: WorkOrder, who: Any, step: Operation | None = None, **values: Any) -> ConfirmationLine:
    given = {"hours": Decimal("1.5"), "worked_on": MONDAY, **values}
    return ConfirmationLine(
        work_order_id=order.pk, person_id=who.pk, operation_id=step.pk if step else None, **given
    )


def confirm(*lines: ConfirmationLine, actor: Any = None) -> Any:
    return confirm_work(lines=lines, actor=actor or boss(), at=NOW)


def seen(order: WorkOrder) -> list[Any]:
    """What confirmation may change on a work order."""
    order.refresh_from_db()
    own = [order.status, order.version, order.started_at, order.work_done_at, order.assignee_id]
    history = list(order.history.order_by("history_id").values_list("status", "history_user"))
    steps = list(order.operations.in_order().values_list("status", "done_at", "done_by"))
    logged = list(
        LaborEntry.objects.filter(work_order=order)
        .order_by("pk")
        .values_list(
            "person", "hours", "hourly_rate", "amount", "started_at", "ended_at", "kind", "entered_by"
        )
    )
    ledger = list(
        CostEntry.objects.filter(work_order=order).order_by("pk").values_list("stage", "bucket", "amount")
    )
    ticked = list(
        Operation.history.filter(work_order=order)
        .order_by("history_id")
        .values_list("status", "history_user")
    )
    return [own, history, steps, logged, ledger, ticked]


def test_it_is_as_the_single_verbs_one_by_one() -> None:
    me = technician("33.33")
    by_hand, together = (work_order(operations=TWO, assignee_id=me.pk) for _ in range(2))
    start_work(work_order_id=by_hand.pk, actor=boss(), at=NOW)
    for step in by_hand.operations.in_order():
        given = {"hours": Decimal("1.5"), "worked_on": MONDAY, "person_id": me.pk, "operation_id": step.pk}
        log_hours(work_order_id=by_hand.pk, **given, actor=boss(), at=NOW)
        finish_operation(operation_id=step.pk, actor=boss(), at=NOW)
    finish_work(work_order_id=by_hand.pk, actor=boss(), at=NOW)
    lines = [line(together, me, step, is_final=True) for step in together.operations.in_order()]
    done = confirm(*lines)
    assert (done.started, done.finished, len(done.entries)) == ([together], [together], 2)
    assert seen(by_hand) == seen(together)
    assert reconcile_own_costs(at=NOW) == []


def test_hours_alone_start_the_work_and_end_nothing() -> None:
    me, order = technician(60), work_order(operations=TWO)
    confirm(line(order, me, order.operations.in_order()[0]))
    order.refresh_from_db()
    assert (order.status, order.assignee) == ("IN_PROGRESS", me)
    assert not order.operations.exclude(status="PLANNED").exists()
    confirm(line(order, me, order.operations.in_order()[0], is_final=True))
    order.refresh_from_db()
    assert order.status == "IN_PROGRESS"


def test_a_final_line_without_a_step_ends_work_that_has_no_step_left() -> None:
    me, plain, stepped = technician(), work_order(), work_order(operations=TWO)
    confirm(line(plain, me, is_final=True))
    assert WorkOrder.objects.get(pk=plain.pk).status == "WORK_DONE"
    with pytest.raises(LinesRefused, match=r"Line 1 \(WO-\d+\): Not every step is done: 10 Look, 20 Grease"):
        confirm(line(stepped, me, is_final=True))
    both = [line(stepped, me, step, is_final=True) for step in stepped.operations.all()]
    confirm(line(stepped, me, is_final=True), *both)
    assert WorkOrder.objects.get(pk=stepped.pk).status == "WORK_DONE"


def test_two_people_may_end_one_step_together() -> None:
    one, two, order = technician(), technician(), work_order(operations=TWO[:1])
    step = order.operations.get()
    confirm(line(order, one, step, is_final=True), line(order, two, step, is_final=True))
    assert WorkOrder.objects.get(pk=order.pk).status == "WORK_DONE"
    assert LaborEntry.objects.filter(work_order=order).count() == 2


def test_every_line_that_is_wrong_is_told_and_none_is_booked() -> None:
    me, good, draft = technician(), work_order(operations=TWO), work_order(approved=False, released=False)
    held = work_order(started=True)
    hold_work(work_order_id=held.pk, hold_reason="PARTS", actor=boss(), at=NOW)
    lines = [
        line(good, me),
        line(draft, me),
        line(good, boss()),
        line(good, me, hours=Decimal(25)),
        line(good, me, worked_on=MONDAY + timedelta(days=1)),
        line(held, me, is_final=True),
        ConfirmationLine(999_999, me.pk, Decimal(1), MONDAY),
        line(held, me, good.operations.in_order()[0]),
    ]
    with pytest.raises(LinesRefused) as refused:
        confirm(*lines)
    told = {position: error.message for position, error in refused.value.lines.items()}
    assert sorted(told) == [1, 2, 3, 4, 5, 6, 7]
    for position, words in {
        1: "is draft", 2: "no craft", 3: "at most 24", 4: "in the future", 5: "is on hold",
        6: "does not exist", 7: "belongs to another work order",
    }.items():  # fmt: skip
        assert words in told[position]
    assert refused.value.field == "lines.1.status"
    good.refresh_from_db()
    assert (good.status, LaborEntry.objects.count()) == ("RELEASED", 0)
    with pytest.raises(RuleViolation, match="at least one line"):
        confirm()


def test_it_takes_the_rights_of_the_single_verbs() -> None:
    me, other = technician(), technician()
    order = work_order(assignee_id=me.pk)
    with pytest.raises(NotAllowed, match="log labor for others"):
        confirm(line(order, other), actor=me)
    mute = person("cmms.log_labor")
    with pytest.raises(NotAllowed, match="execute work order"):
        confirm(line(order, mute), actor=mute)
    confirm(line(order, me), actor=me)
    with pytest.raises(NotAllowed, match="execute work order"):
        confirm(line(order, mute, is_final=True), actor=mute)


def test_the_day_is_the_day_of_the_site() -> None:
    me, order = technician(), work_order()
    where = order.site
    where.timezone = "Pacific/Auckland"
    where.save()
    confirm(line(order, me, worked_on=MONDAY))  # 22:00 there
    entry = LaborEntry.objects.get()
    assert entry.started_at.isoformat() == "2026-03-01T11:00:00+00:00"


def test_clocks_that_run_on_finished_work_are_logged() -> None:
    me, order = technician(60), work_order()
    start_timer(work_order_id=order.pk, actor=me, at=NOW - timedelta(hours=1))
    confirm(line(order, me, is_final=True))
    assert not LaborTimer.objects.exists()
    assert sorted(LaborEntry.objects.values_list("hours", flat=True)) == [1, Decimal("1.5")]
    assert reconcile_own_costs(at=NOW) == []


def test_fifty_lines_take_as_many_statements_as_five() -> None:
    who, counts = boss(), []
    for count in (5, 50):
        lines = []
        for _ in range(count):
            order = work_order(operations=TWO[:1])
            lines.append(line(order, technician(), order.operations.get(), is_final=True))
        counts.append(statements(lambda lines=lines: confirm_work(lines=lines, actor=who, at=NOW)))
    print(counts)
    assert counts[0] == counts[1] <= 12
