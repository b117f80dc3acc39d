"""From a reported fault to closed work, and everything that is refused on the way."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cmms import events
from cmms.choices import CostBucket, WorkOrderStatus
from cmms.models import CraftRate, LaborEntry, LaborTimer, WorkOrder
from cmms.selectors import asset_costs, my_work, work_order_costs, work_order_flags
from cmms.services.closing import (
    cancel_work_order,
    close_work_order,
    complete_work_order,
    reopen_work_order,
)
from cmms.services.costing import reconcile_own_costs
from cmms.services.execution import finish_operation, finish_work, hold_work, resume_work, start_work
from cmms.services.labor import log_hours, log_labor, reverse_labor, start_timer, stop_timer
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    add_operation,
    approve_work_order,
    assign_work_order,
    create_work_order,
    release_work_order,
    set_estimate,
    update_work_order,
)
from cmms.services.work_requests import (
    accept_work_request,
    join_work_request,
    reject_work_request,
    report_fault,
)
from core.errors import Conflict, IllegalTransition, NotAllowed, NotFound, RuleViolation
from tests.builders import (
    NOW,
    asset,
    boss,
    item,
    part,
    parts_request,
    person,
    site,
    stock,
    technician,
    work_order,
)
from tests.cmms.test_parts import heard

TWO_HOURS = EstimateInput(CostBucket.LABOR, "Two hours", Decimal(2), Decimal("50.005"))
BEARING = EstimateInput(CostBucket.MATERIAL, "Bearing", Decimal(1), Decimal(80))


def by_boss(**values: Any) -> Any:
    return {"actor": boss(), "at": NOW, **values}


@pytest.mark.django_db
class TestRequests:
    def report(self, **values: Any) -> Any:
        given = {"description": "Drips oil\nsince Monday", "asset_id": asset().pk, "location_id": None}
        return report_fault(**{**given, "actor": boss(), "at": NOW, **values})

    def test_a_fault_becomes_a_draft_with_steps_and_estimate(self) -> None:
        request = self.report(priority="HIGH", department="Press shop", actor=person("cmms.report_fault"))
        later = NOW + timedelta(hours=2)
        order = accept_work_request(
            work_request_id=request.pk,
            operations=[OperationInput("Open"), OperationInput("Close")],
            estimate=[TWO_HOURS],
            actor=boss(),
            at=later,
        )
        request.refresh_from_db()
        assert (order.title, order.priority, order.status) == ("Drips oil", "HIGH", "DRAFT")
        assert (order.requester, order.department, order.reported_at) == (
            request.requester,
            "Press shop",
            NOW,
        )
        assert list(order.operations.values_list("sequence", flat=True)) == [10, 20]
        assert order.estimate_lines.get().amount == Decimal("100.01")
        assert (request.status, request.work_order, request.decided_at) == ("ACCEPTED", order, later)
        with pytest.raises(IllegalTransition):
            accept_work_request(work_request_id=request.pk, **by_boss())

    def test_a_fault_may_join_open_work_or_be_refused_with_a_reason(self) -> None:
        order = work_order()
        joined = join_work_request(work_request_id=self.report().pk, work_order_id=order.pk, **by_boss())
        assert (joined.status, joined.work_order) == ("JOINED", order)
        with pytest.raises(RuleViolation, match="Say why"):
            reject_work_request(work_request_id=self.report().pk, reason=" ", **by_boss())
        rejected = reject_work_request(work_request_id=self.report().pk, reason="Known noise", **by_boss())
        assert rejected.history.latest().history_change_reason == "Known noise"
        cancel_work_order(work_order_id=order.pk, reason="no", **by_boss())
        with pytest.raises(Conflict, match="is finished"):
            join_work_request(work_request_id=self.report().pk, work_order_id=order.pk, **by_boss())

    def test_it_needs_words_a_place_and_the_right(self) -> None:
        with pytest.raises(RuleViolation, match="what is wrong"):
            self.report(description=" ")
        with pytest.raises(RuleViolation, match="asset or the location"):
            self.report(asset_id=None)
        with pytest.raises(NotFound):
            self.report(asset_id=999)
        with pytest.raises(NotAllowed):
            self.report(actor=person())


@pytest.mark.django_db
class TestPlanning:
    def test_approval_posts_the_estimate_and_names_the_approver(self) -> None:
        order = work_order(approved=False, released=False, estimate=[TWO_HOURS, BEARING])
        assert work_order_costs(order.pk).total.entries == 0
        approve_work_order(work_order_id=order.pk, **by_boss())
        costs = work_order_costs(order.pk)
        assert [(row.bucket, row.estimate) for row in costs.rows] == [
            ("LABOR", Decimal("100.01")), ("MATERIAL", 80),
        ]  # fmt: skip
        assert WorkOrder.objects.get(pk=order.pk).approved_by == boss()

    def test_a_new_estimate_settles_the_ledger(self) -> None:
        order = work_order(released=False, estimate=[TWO_HOURS, BEARING])
        set_estimate(work_order_id=order.pk, estimate=[BEARING], **by_boss())
        assert work_order_costs(order.pk).total.estimate == 80
        assert order.estimate_lines.count() == 1
        assert reconcile_own_costs(at=NOW) == []
        planner = person("cmms.plan_work_order")
        with pytest.raises(NotAllowed, match="approve work order"):
            set_estimate(work_order_id=order.pk, estimate=[], actor=planner, at=NOW)

    def test_what_is_planned_can_be_changed_until_it_is_released(self) -> None:
        order = work_order(approved=False, released=False)
        other = asset(at=site("SOUTH"))
        changed = update_work_order(work_order_id=order.pk, title="New", asset_id=other.pk, **by_boss())
        assert (changed.title, changed.asset, changed.site.code) == ("New", other, "SOUTH")
        with pytest.raises(RuleViolation, match="status cannot be changed"):
            update_work_order(work_order_id=order.pk, status="CLOSED", **by_boss())
        with pytest.raises(IllegalTransition):
            update_work_order(work_order_id=work_order().pk, title="x", **by_boss())

    def test_the_asset_stays_once_costs_are_posted(self) -> None:
        order = work_order(released=False, estimate=[BEARING])
        with pytest.raises(Conflict, match="already carries costs"):
            update_work_order(work_order_id=order.pk, asset_id=asset().pk, **by_boss())

    def test_steps_are_added_while_work_is_open(self) -> None:
        order = work_order(operations=[OperationInput("One")])
        assert (
            add_operation(work_order_id=order.pk, operation=OperationInput("Two"), **by_boss()).sequence == 20
        )
        with pytest.raises(RuleViolation, match="already is a step 10"):
            add_operation(work_order_id=order.pk, operation=OperationInput("x", sequence=10), **by_boss())

    def test_release_is_announced_and_needs_approval_first(self) -> None:
        draft = work_order(approved=False, released=False)
        with pytest.raises(IllegalTransition, match="is draft and cannot become released"):
            release_work_order(work_order_id=draft.pk, **by_boss())
        with heard(events.work_orders_released) as announced:
            order = work_order()
        assert [each["work_order_ids"] for each in announced] == [[order.pk]]

    def test_it_needs_a_title_a_place_and_the_right(self) -> None:
        with pytest.raises(RuleViolation, match="needs a title"):
            create_work_order(title="", asset_id=asset().pk, **by_boss())
        with pytest.raises(RuleViolation, match="asset or the location"):
            create_work_order(title="x", asset_id=None, **by_boss())
        with pytest.raises(NotAllowed):
            create_work_order(title="x", asset_id=asset().pk, actor=person(), at=NOW)
        with pytest.raises(NotFound):
            assign_work_order(work_order_id=work_order().pk, assignee_id=999, **by_boss())


@pytest.mark.django_db
class TestDoing:
    def test_work_is_started_held_resumed_and_finished(self) -> None:
        order = work_order(operations=[OperationInput("Open"), OperationInput("Close")])
        me = technician()
        started = start_work(work_order_id=order.pk, actor=me, at=NOW)
        assert (started.assignee, started.started_at) == (me, NOW)
        hold_work(work_order_id=order.pk, hold_reason="PARTS", actor=me, at=NOW + timedelta(hours=1))
        resume_work(work_order_id=order.pk, actor=me, at=NOW + timedelta(hours=3))
        waited = order.hold_intervals.get()
        assert (waited.reason, waited.ended_at - waited.started_at) == ("PARTS", timedelta(hours=2))
        with pytest.raises(Conflict, match="Not every step is done: 10 Open, 20 Close"):
            finish_work(work_order_id=order.pk, actor=me, at=NOW)
        for step in order.operations.all():
            finish_operation(operation_id=step.pk, actor=me, at=NOW)
        assert work_order_flags([order.pk])[order.pk].open_operations == 0
        done = finish_work(work_order_id=order.pk, note="New seal", actor=me, at=NOW)
        assert (done.status, done.completion_note) == ("WORK_DONE", "New seal")

    def test_a_hold_needs_a_reason_and_work_in_progress(self) -> None:
        order = work_order()
        with pytest.raises(RuleViolation, match="what the work waits for"):
            hold_work(work_order_id=order.pk, hold_reason="", **by_boss())
        with pytest.raises(IllegalTransition):
            hold_work(work_order_id=order.pk, hold_reason="PARTS", **by_boss())
        with pytest.raises(NotAllowed):
            start_work(work_order_id=order.pk, actor=person(), at=NOW)

    def test_promised_parts_stop_completion_and_a_listener_may_stop_closing(self) -> None:
        order, held = work_order(started=True), stock(1)
        parts_request(order, [part(held.item)])
        finish_work(work_order_id=order.pk, **by_boss())
        with pytest.raises(Conflict, match="still set aside"):
            complete_work_order(work_order_id=order.pk, **by_boss())
        again = reopen_work_order(work_order_id=order.pk, reason="Still leaks", **by_boss())
        assert (again.status, again.work_done_at) == ("IN_PROGRESS", None)

    def test_closing_can_be_refused_by_who_hears_of_it(self) -> None:
        order = work_order(started=True)
        finish_work(work_order_id=order.pk, **by_boss())
        complete_work_order(work_order_id=order.pk, **by_boss())

        def refuse(**_: Any) -> None:
            raise Conflict("An order is still open.")

        events.work_orders_closing.connect(refuse)
        try:
            with pytest.raises(Conflict, match="still open"):
                close_work_order(work_order_id=order.pk, **by_boss())
        finally:
            events.work_orders_closing.disconnect(refuse)
        assert WorkOrder.objects.get(pk=order.pk).status == "COMPLETED"
        assert close_work_order(work_order_id=order.pk, **by_boss()).status == WorkOrderStatus.CLOSED

    def test_cancelling_frees_parts_drops_needs_and_the_estimate(self) -> None:
        held, missing = stock(1), item()
        order = work_order(started=True, estimate=[BEARING])
        hold_work(work_order_id=order.pk, hold_reason="PARTS", **by_boss())
        request = parts_request(order, [part(held.item), part(missing)])
        short = request.lines.get(item=missing)
        with heard(events.parts_need_cancelled) as needs, heard(events.work_order_cancelled) as cancelled:
            order = cancel_work_order(work_order_id=order.pk, reason="Scrapped", **by_boss())
        held.refresh_from_db()
        assert (order.status, order.hold_reason, held.quantity_reserved) == ("CANCELLED", "", 0)
        assert [each["request_line_ids"] for each in needs] == [[short.pk]]
        assert [each["work_order_id"] for each in cancelled] == [order.pk]
        assert work_order_costs(order.pk).total.estimate == 0
        assert reconcile_own_costs(at=NOW) == []


@pytest.mark.django_db
class TestLabor:
    def test_hours_cost_the_rate_of_the_day_rounded_once(self) -> None:
        me, order = technician("33.33"), work_order()
        CraftRate.objects.create(
            craft=me.technician.craft, valid_from=date(2026, 3, 2), hourly_rate=Decimal(60)
        )
        old = log_hours(
            work_order_id=order.pk, hours=Decimal("1.5"), worked_on=date(2026, 3, 1), actor=me, at=NOW
        )
        new = log_labor(
            work_order_id=order.pk, started_at=NOW - timedelta(minutes=50), ended_at=NOW, actor=me, at=NOW
        )
        assert (old.amount, old.hours) == (Decimal("50.00"), Decimal("1.5"))
        assert (new.hours, new.amount) == (Decimal("0.8333"), Decimal("50.00"))
        assert work_order_costs(order.pk).total.actual == 100
        assert reconcile_own_costs(at=NOW) == []

    def test_an_entry_is_taken_back_once_by_its_mirror(self) -> None:
        me, order = technician(), work_order()
        entry = log_hours(
            work_order_id=order.pk, hours=Decimal(2), worked_on=date(2026, 3, 1), actor=me, at=NOW
        )
        mirror = reverse_labor(labor_entry_id=entry.pk, reason="Wrong order", actor=me, at=NOW)
        assert (mirror.hours, mirror.reverses) == (-2, entry)
        assert work_order_costs(order.pk).total.actual == 0
        assert reconcile_own_costs(at=NOW) == []
        for pk in (entry.pk, mirror.pk):
            with pytest.raises(Conflict, match="already been taken back"):
                reverse_labor(labor_entry_id=pk, reason="again", actor=me, at=NOW)

    def test_a_clock_runs_on_one_thing_at_a_time_and_logs_when_stopped(self) -> None:
        me, first, second = technician(60), work_order(), work_order(started=True)
        assert stop_timer(actor=me, at=NOW) is None
        start_timer(work_order_id=first.pk, actor=me, at=NOW)
        start_timer(work_order_id=second.pk, actor=me, at=NOW + timedelta(minutes=30))
        assert my_work(me, NOW).timer == LaborTimer.objects.get()
        assert work_order_costs(first.pk).total.actual == 30
        finish_work(work_order_id=second.pk, actor=boss(), at=NOW + timedelta(minutes=90))
        assert [entry.hours for entry in LaborEntry.objects.order_by("pk")] == [Decimal("0.5"), 1]
        assert not LaborTimer.objects.exists()

    def test_hours_of_others_take_their_own_right(self) -> None:
        me, other, order = technician(), technician(), work_order()
        given = {"work_order_id": order.pk, "hours": Decimal(1), "worked_on": date(2026, 3, 1), "at": NOW}
        with pytest.raises(NotAllowed, match="log labor for others"):
            log_hours(person_id=other.pk, actor=me, **given)
        assert log_hours(person_id=other.pk, actor=boss(), **given).person == other

    def test_hours_without_a_rate_or_in_the_future_are_refused(self) -> None:
        me, order = technician(), work_order()
        given = {"work_order_id": order.pk, "hours": Decimal(1), "at": NOW}
        with pytest.raises(RuleViolation, match="no craft"):
            log_hours(worked_on=date(2026, 3, 1), actor=boss(), **given)
        with pytest.raises(RuleViolation, match="no hourly rate on 01 Jan 2019"):
            log_hours(worked_on=date(2019, 1, 1), actor=me, **given)
        with pytest.raises(RuleViolation, match="in the future"):
            log_hours(worked_on=date(2026, 3, 3), actor=me, **given)
        with pytest.raises(IllegalTransition):
            log_hours(
                **{**given, "work_order_id": work_order(released=False).pk},
                worked_on=date(2026, 3, 1),
                actor=me,
            )
        start = datetime(2026, 3, 1, tzinfo=UTC)
        for end, words in ((start, "after it starts"), (start + timedelta(hours=25), "at most 24 hours")):
            with pytest.raises(RuleViolation, match=words):
                log_labor(work_order_id=order.pk, started_at=start, ended_at=end, actor=me, at=NOW)


@pytest.mark.django_db
def test_costs_roll_up_the_asset_tree_each_once(django_assert_num_queries: Any) -> None:
    line = asset("LINE")
    pump = asset("PUMP", parent=line)
    motor = asset("MOTOR", parent=pump)
    me = technician(10)
    for on, hours in ((line, 1), (pump, 2), (motor, 4)):
        order = work_order(on=on)
        log_hours(work_order_id=order.pk, hours=Decimal(hours), worked_on=date(2026, 3, 1), actor=me, at=NOW)
    with django_assert_num_queries(1):
        found = asset_costs([line.pk, pump.pk, motor.pk])
    assert [found[each.pk].actual for each in (line, pump, motor)] == [70, 60, 40]
    lonely = asset()
    assert asset_costs(root=lonely.pk)[lonely.pk].entries == 0


@pytest.mark.django_db
@pytest.mark.parametrize("count", [2, 12])
def test_my_work_takes_two_statements_for_any_number_of_orders(
    count: int, django_assert_num_queries: Any
) -> None:
    me = technician()
    for _ in range(count):
        order = work_order(assignee_id=me.pk, due_at=NOW + timedelta(days=3))
    start_work(work_order_id=order.pk, actor=me, at=NOW)
    with django_assert_num_queries(2):
        work = my_work(me, NOW)
        for each in [*work.today, *work.later]:
            assert str(each.asset)
    assert (len(work.today), len(work.later)) == (1, count - 1)
    with django_assert_num_queries(1):
        work_order_flags([each.pk for each in work.later], NOW)
