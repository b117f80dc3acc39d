"""The scheduler: which orders it makes, what is in them, and what their end tells the plan."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cmms.models import (
    CyclePackage,
    MaintenancePlan,
    PartsRequestLine,
    PlanCycle,
    SiteCalendar,
    SiteClosure,
    WorkOrder,
)
from cmms.selectors import work_order_costs
from cmms.services.closing import cancel_work_order, complete_work_orders, reopen_work_order
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.planning import release_work_order
from cmms.services.plans.generating import generate_due
from cmms.services.plans.job_plans import PartInput, revise_job_plan
from cmms.services.plans.writing import activate_plan, change_plan, suspend_plan
from core.errors import NotAllowed
from tests.builders import asset, boss, item, person, site, stock, storeroom
from tests.plans.upkeep import START, at, do, every, job_plan, meter, plan, read, run, step

pytestmark = pytest.mark.django_db
FEBRUARY = date(2026, 2, 1)


def orders() -> list[WorkOrder]:
    return list(WorkOrder.objects.order_by("pk"))


def cycles(of: MaintenancePlan) -> list[tuple[int, str, date]]:
    return list(of.cycles.order_by("number").values_list("number", "status", "due_on"))


class TestOrders:
    def test_an_order_is_made_its_lead_time_before_it_is_due(self) -> None:
        made = plan(lead_days=7, early_days=2, late_days=3)
        assert run(date(2026, 1, 24)).orders == []
        assert len(run(date(2026, 1, 25)).orders) == 1
        cycle = made.cycles.get()
        assert (cycle.earliest_start_on, cycle.due_on, cycle.latest_end_on) == (
            date(2026, 1, 30), FEBRUARY, date(2026, 2, 4),
        )  # fmt: skip
        assert cycle.generated_at == at(date(2026, 1, 25))
        order = orders()[0]
        assert (order.status, order.type, order.title, order.asset_id) == (
            "APPROVED", "PREVENTIVE", "Pump care", made.asset_id,
        )  # fmt: skip
        assert order.due_at == at(FEBRUARY, 16) == cycle.due_at
        assert "Lock out first." in order.description

    @pytest.mark.parametrize("times", [1, 2, 50])
    def test_any_number_of_runs_makes_the_same_orders(self, times: int) -> None:
        made = plan(every(1, "WEEK"), pile_up="QUEUE")
        for _ in range(times):
            run(date(2026, 1, 22))
        assert [order.due_at.date() for order in orders() if order.due_at] == [
            date(2026, 1, 8), date(2026, 1, 15), date(2026, 1, 22),
        ]  # fmt: skip
        assert [number for number, _, _ in cycles(made)] == [1, 2, 3]

    def test_the_due_time_is_local_over_a_change_of_daylight_saving(self) -> None:
        pump = asset(at=site("BERLIN", "Europe/Berlin"))
        plan(every(1, "MONTH"), on=pump, start_on=date(2026, 2, 15), pile_up="QUEUE")
        run(date(2026, 4, 16))
        assert [order.due_at for order in orders()] == [at(date(2026, 3, 15), 15), at(date(2026, 4, 15), 14)]

    def test_today_is_the_local_day_of_the_site(self) -> None:
        plan(on=asset(at=site("TOKYO", "Asia/Tokyo")))
        assert run(date(2026, 1, 31), hour=14).orders == []
        assert len(run(date(2026, 1, 31), hour=15).orders) == 1

    def test_steps_hours_and_estimate_come_from_the_approved_revision(self) -> None:
        work = job_plan(steps=[step("Open", "1.5"), step("Close", "0.5"), step("Test", "0", execution="OUTSIDE", outside_cost=Decimal(80))])  # fmt: skip
        plan(every(of=work))
        revise_job_plan(
            job_plan_id=work.pk, change_note="One more", steps=[step("New")], actor=boss(), at=at(START)
        )
        run(FEBRUARY)
        order = orders()[0]
        assert [str(each) for each in order.operations.in_order()] == ["10 Open", "20 Close", "30 Test"]
        assert work_order_costs(order.pk).total.estimate == 200
        assert str(CyclePackage.objects.get().revision) == f"{work.code} rev 1"

    def test_parts_are_asked_for_at_once(self) -> None:
        held, missing = stock(5, 12), item()
        work = job_plan(parts=[PartInput(held.item_id, Decimal(2)), PartInput(missing.pk, Decimal(1))])
        storeroom()
        plan(every(of=work), buffer_days=3)
        run(FEBRUARY)
        lines = PartsRequestLine.objects.order_by("line_number")
        assert [(line.quantity, line.quantity_reserved, line.quantity_short) for line in lines] == [
            (2, 2, 0),
            (1, 0, 1),
        ]
        assert lines[0].parts_request.needed_on == date(2026, 1, 29)
        assert work_order_costs(orders()[0].pk).total.estimate == 60 + 24
        held.refresh_from_db()
        assert held.quantity_reserved == 2

    def test_a_round_does_every_step_at_every_stop(self) -> None:
        first, second = asset("P-1"), asset("P-2")
        plan(stop_ids=[first.pk, second.pk], releases_orders=True)
        run(FEBRUARY)
        order = orders()[0]
        assert order.status == "RELEASED"
        assert [each.title for each in order.operations.in_order()] == [
            "P-1: Grease the bearings", "P-2: Grease the bearings",
        ]  # fmt: skip

    def test_the_higher_package_covers_the_lower_and_holds_its_steps_once(self) -> None:
        small, big = job_plan("Monthly", [step("Look")]), job_plan("Quarterly", [step("Open"), step("Close")])
        made = plan(every(1, of=small, hierarchy=1), every(3, of=big, hierarchy=2), pile_up="QUEUE")
        run(date(2026, 4, 1))
        assert [order.title for order in orders()] == [
            "Pump care: Monthly", "Pump care: Monthly", "Pump care: Quarterly",
        ]  # fmt: skip
        assert [each.title for each in orders()[2].operations.in_order()] == ["Open", "Close", "Look"]
        last = made.cycles.get(number=3)
        assert list(last.packages.order_by("role").values_list("role", "package__job_plan__name")) == [
            ("COVERED", "Monthly"), ("RUNS", "Quarterly"),
        ]  # fmt: skip

    def test_a_holiday_and_the_spread_of_a_site_move_the_day(self) -> None:
        home = site()
        SiteCalendar.objects.create(site=home, stagger_days=0, works_sunday=True, works_saturday=True)
        SiteClosure.objects.create(site=home, from_on=FEBRUARY, to_on=FEBRUARY, name="Feast")
        made = plan(day_rule="NEXT", offset_days=1)
        assert made.clock.next_due_on == date(2026, 2, 2)
        change_plan(plan_id=made.pk, offset_days=0, actor=boss(), at=at(START))
        made.clock.refresh_from_db()
        assert made.clock.next_due_on == date(2026, 2, 2)


class TestPileUp:
    @pytest.mark.parametrize(("policy", "status"), [("MERGE", "MERGED"), ("SKIP", "SKIPPED")])
    def test_what_comes_due_while_work_is_open_is_recorded(self, policy: str, status: str) -> None:
        made = plan(pile_up=policy)
        run(FEBRUARY)
        report = run(date(2026, 4, 2))
        assert cycles(made) == [
            (1, "OPEN", FEBRUARY),
            (2, status, date(2026, 3, 1)),
            (3, status, date(2026, 4, 1)),
        ]
        assert (report.merged, report.skipped) == ((2, 0) if policy == "MERGE" else (0, 2))
        assert len(orders()) == 1
        second = made.cycles.get(number=2)
        assert orders()[0].number in second.reason
        assert (second.order == orders()[0]) == (policy == "MERGE")

    def test_a_late_run_gives_what_daily_runs_give(self) -> None:
        daily, late = plan(), plan()
        for number in range(100):
            generate_due(at=at(START + timedelta(days=number)), plan_ids=[daily.pk])
        generate_due(at=at(START + timedelta(days=99)), plan_ids=[late.pk])
        assert cycles(daily) == cycles(late)
        assert len(cycles(daily)) == 3


class TestEnd:
    def test_late_work_moves_the_next_date_by_the_shift_factor(self) -> None:
        made = plan(
            every(3),
            start_on=date(2026, 3, 1),
            shift_late_percent=50,
            shift_early_percent=50,
            tolerance_percent=10,
        )
        run(date(2026, 6, 1))
        made.clock.refresh_from_db()
        assert made.clock.next_due_on is None
        do(orders()[0], date(2026, 6, 15))
        made.clock.refresh_from_db()
        assert made.clock.next_due_on == date(2026, 9, 8)
        assert cycles(made) == [(1, "DONE", date(2026, 6, 1))]
        assert run(date(2026, 9, 7)).orders == []
        assert len(run(date(2026, 9, 8)).orders) == 1

    def test_early_work_moves_a_floating_plan_forward(self) -> None:
        made = plan(shift_late_percent=100, shift_early_percent=100, lead_days=14)
        run(date(2026, 1, 20))
        do(orders()[0], date(2026, 1, 25))
        made.clock.refresh_from_db()
        assert made.clock.next_due_on == date(2026, 2, 25)

    def test_reopened_work_takes_the_move_back(self) -> None:
        made = plan(
            every(1),
            every(3, of=job_plan("Big"), hierarchy=2),
            shift_late_percent=100,
            shift_early_percent=100,
        )
        run(FEBRUARY)
        before = list(made.packages.order_by("pk").values_list("clock__anchor_on", "clock__number"))
        order = do(orders()[0], date(2026, 2, 11))
        reopen_work_order(work_order_id=order.pk, reason="leaks", actor=boss(), at=at(date(2026, 2, 12)))
        assert list(made.packages.order_by("pk").values_list("clock__anchor_on", "clock__number")) == before
        assert cycles(made) == [(1, "OPEN", FEBRUARY)]
        do(order, date(2026, 2, 20))
        made.clock.refresh_from_db()
        assert made.clock.next_due_on == date(2026, 3, 20)

    def test_a_cancelled_order_is_a_skipped_cycle_with_its_reason(self) -> None:
        made = plan(shift_late_percent=100)
        run(FEBRUARY)
        cancel_work_order(work_order_id=orders()[0].pk, reason="plant stands", actor=boss(), at=at(FEBRUARY))
        cycle = made.cycles.get()
        assert (cycle.status, cycle.reason) == (
            "SKIPPED",
            f"{orders()[0].number} was cancelled: plant stands",
        )
        made.clock.refresh_from_db()
        assert made.clock.next_due_on == date(2026, 3, 1)
        assert run(FEBRUARY).orders == []

    def test_other_orders_ask_no_plan(self) -> None:
        plan()
        run(FEBRUARY)
        other = WorkOrder.objects.get()
        do(other, FEBRUARY)
        assert PlanCycle.objects.get().completed_on == FEBRUARY


class TestMeters:
    def test_work_is_due_by_reading_and_once_per_cycle(self) -> None:
        pump = asset()
        hours = meter(pump)
        made = plan(
            every(None, of=job_plan(), meter_every=Decimal(500)), on=pump, trigger="METER", meter_id=hours.pk
        )  # type: ignore[arg-type]
        for number, value in enumerate([0, 200, 499]):
            read(hours, value, START + timedelta(days=number * 20))
            run(START + timedelta(days=number * 20))
        assert orders() == []
        for number, value in enumerate([505, 520, 560]):
            read(hours, value, START + timedelta(days=60 + number))
            run(START + timedelta(days=60 + number))
        assert len(orders()) == 1
        assert made.cycles.get().due_reading == 500
        do(orders()[0], START + timedelta(days=62))
        cycle = made.cycles.get()
        assert (cycle.done_reading, made.packages.get().clock.base_reading) == (560, 560)
        read(hours, 1059, START + timedelta(days=200))
        run(START + timedelta(days=200))
        assert len(orders()) == 1
        read(hours, 1060, START + timedelta(days=201))
        run(START + timedelta(days=201))
        assert len(orders()) == 2

    def test_the_estimated_day_makes_the_order_in_good_time(self) -> None:
        pump = asset()
        hours = meter(pump)
        read(hours, 0, START)
        read(hours, 100, START + timedelta(days=10))
        made = plan(
            every(None, of=job_plan(), meter_every=Decimal(500)), on=pump, trigger="METER", meter_id=hours.pk, lead_days=5,  # type: ignore[arg-type]
            at=at(START + timedelta(days=11)),
        )  # fmt: skip
        assert made.clock.next_due_on == START + timedelta(days=50)
        assert run(START + timedelta(days=44)).orders == []
        assert len(run(START + timedelta(days=45)).orders) == 1

    def test_a_replaced_meter_counts_on(self) -> None:
        pump = asset()
        hours = meter(pump)
        read(hours, 0, START)
        plan(
            every(None, of=job_plan(), meter_every=Decimal(500)), on=pump, trigger="METER", meter_id=hours.pk
        )  # type: ignore[arg-type]
        read(hours, 300, START + timedelta(days=300))
        read(
            hours,
            0,
            START + timedelta(days=301),
            kind="REPLACED",
            old_value=Decimal(310),
            reason="Display broken",
        )
        read(hours, 189, START + timedelta(days=500))
        run(START + timedelta(days=500))
        assert orders() == []
        read(hours, 190, START + timedelta(days=501))
        run(START + timedelta(days=501))
        assert len(orders()) == 1


class TestGuards:
    def test_a_plan_without_a_valid_planner_says_so_and_the_others_run(self) -> None:
        leaver = person("cmms.plan_work_order", "cmms.approve_work_order", "cmms.request_parts")
        lame = plan(planner_id=leaver.pk)
        plan()
        leaver.is_active = False
        leaver.save()
        report = run(FEBRUARY)
        assert len(report.orders) == 1
        assert "Name another planner" in report.problems[lame.number]
        lame.clock.refresh_from_db()
        assert "Name another planner" in lame.clock.problem
        change_plan(plan_id=lame.pk, planner_id=boss().pk, actor=boss(), at=at(FEBRUARY))
        assert len(run(FEBRUARY).orders) == 1

    def test_a_suspended_plan_makes_nothing_and_makes_up_for_nothing(self) -> None:
        made = plan()
        suspend_plan(plan_id=made.pk, reason="Line mothballed", actor=boss(), at=at(START))
        assert run(date(2026, 4, 5)).orders == []
        activate_plan(plan_id=made.pk, actor=boss(), at=at(date(2026, 4, 5)))
        assert run(date(2026, 4, 30)).orders == []
        assert len(run(date(2026, 5, 1)).orders) == 1

    def test_running_it_by_hand_takes_the_right(self) -> None:
        with pytest.raises(NotAllowed):
            generate_due(at=at(START), actor=person())

    def test_no_cycle_number_exists_twice(self) -> None:
        plan()
        run(FEBRUARY)
        cycle = PlanCycle.objects.get()
        cycle.pk, cycle.work_order, cycle.status, cycle.reason = None, None, "SKIPPED", "again"
        cycle._state.adding = True
        with pytest.raises(IntegrityError, match="plancycle_unique_number"), transaction.atomic():
            cycle.save()

    def test_what_a_cycle_was_made_from_cannot_be_changed(self) -> None:
        plan()
        run(FEBRUARY)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            CyclePackage.objects.update(number=9)

    def test_looking_at_more_plans_takes_no_more_statements(self) -> None:
        def looked_at() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert run(date(2026, 1, 5)).orders == []
            return len(asked)

        plan()
        few = looked_at()
        for _ in range(10):
            plan()
        assert looked_at() == few

    def test_making_more_orders_takes_no_more_statements(self) -> None:
        held = stock(100, 12)
        works = [
            job_plan("Small", [step("Look")], [PartInput(held.item_id, Decimal(1))]),
            job_plan("Big", [step("Open"), step("Close")], [PartInput(held.item_id, Decimal(2))]),
        ]

        def made(count: int) -> tuple[int, int]:
            plans = [
                plan(every(1, of=works[0]), every(1, of=works[1], hierarchy=1 + number % 2), pile_up="MERGE")
                for number in range(count)
            ]
            keys = [each.pk for each in plans]
            with CaptureQueriesContext(connection) as asked:
                found = generate_due(at=at(date(2026, 3, 2)), plan_ids=keys)
            assert (len(found.orders), found.merged) == (count, count)
            return len(asked), PlanCycle.objects.filter(plan__in=keys, packages__role="COVERED").count()

        few, _ = made(2)
        many, covered = made(12)
        assert many == few
        assert few <= 50
        assert covered == 12

    def test_completing_more_orders_of_plans_takes_no_more_statements(self) -> None:
        def done(count: int) -> int:
            keys = [plan(shift_late_percent=100).pk for _ in range(count)]
            run(FEBRUARY)
            rows = list(WorkOrder.objects.filter(plan_cycle__plan__in=keys).order_by("pk"))
            for order in rows:
                release_work_order(work_order_id=order.pk, actor=boss(), at=at(FEBRUARY))
                start_work(work_order_id=order.pk, actor=boss(), at=at(FEBRUARY))
                finish_operation(operation_id=order.operations.get().pk, actor=boss(), at=at(FEBRUARY))
                finish_work(work_order_id=order.pk, actor=boss(), at=at(FEBRUARY))
            with CaptureQueriesContext(connection) as asked:
                complete_work_orders(work_order_ids=[row.pk for row in rows], actor=boss(), at=at(FEBRUARY))
            assert PlanCycle.objects.filter(plan__in=keys, status="DONE").count() == count
            return len(asked)

        assert done(2) == done(7)
