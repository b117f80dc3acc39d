"""A small worked month, March 2026 (31 days, 744 hours), with its arithmetic beside each figure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms.choices import PmRule
from cmms.models import Asset, DowntimeEvent, FailureCode, StopFeed, WorkOrder
from cmms.selectors.kpis import Figure, Question, course_of, figures_of, rows_of
from cmms.selectors.kpis.course import months_of
from cmms.services.closing import cancel_work_order
from cmms.services.downtime import StopMessage, ingest_stops, start_downtime, void_downtime
from cmms.services.execution import finish_operation, finish_work, hold_work, resume_work, start_work
from cmms.services.failures import record_failure
from cmms.services.labor import log_labor, reverse_labor
from cmms.services.planning import OperationInput, approve_work_order, create_work_order, release_work_order
from cmms.services.scheduling import lock_week
from core.models import User
from tests.builders import asset, boss, site, technician

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
NOW = datetime(2026, 4, 10, tzinfo=UTC)
EXACT = Decimal("0.000001")


def march(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def planned(on: Asset, title: str, hours: str = "", **values: Any) -> WorkOrder:
    """Released work, planned before the month."""
    at = values.pop("at", datetime(2025, 11, 1, tzinfo=UTC))
    steps = [OperationInput(title="All of it", estimated_hours=Decimal(hours))] if hours else []
    order = create_work_order(title=title, asset_id=on.pk, operations=steps, actor=boss(), at=at, **values)
    approve_work_order(work_order_id=order.pk, actor=boss(), at=at)
    return release_work_order(work_order_id=order.pk, actor=boss(), at=at)


def begun(order: WorkOrder, at: datetime) -> WorkOrder:
    return start_work(work_order_id=order.pk, actor=boss(), at=at)


def done(order: WorkOrder, at: datetime) -> None:
    for step in order.operations.all():
        finish_operation(operation_id=step.pk, actor=boss(), at=at)
    finish_work(work_order_id=order.pk, actor=boss(), at=at)


def worked(order: WorkOrder, person: User, since: datetime, until: datetime) -> Any:
    return log_labor(
        work_order_id=order.pk, started_at=since, ended_at=until, person_id=person.pk, actor=boss(), at=NOW
    )


class Month:
    """The line with its pump and its motor, and what happened to them."""

    def __init__(self) -> None:
        self.line = asset("LINE")
        self.pump, self.motor = asset("PUMP", parent=self.line), asset("MOTOR", parent=self.line)
        asset("ELSEWHERE")
        self.ann, self.bob = technician(60), technician(60)
        self.stand_still()
        self.repair()
        self.prevent()
        self.schedule()

    def stop(self, on: Asset, since: datetime, until: datetime, **values: Any) -> DowntimeEvent:
        return start_downtime(
            asset_id=on.pk, started_at=since, ended_at=until, actor=boss(), at=NOW, **values
        )

    def stand_still(self) -> None:
        self.stop(self.pump, march(2, 8), march(2, 12))
        feed = StopFeed.objects.create(code="oee", name="OEE")
        told = StopMessage("1", "PUMP", march(2, 10), NOW, march(2, 13))
        ingest_stops(feed=feed, messages=[told], at=NOW)
        self.stop(self.motor, march(2, 12, 30), march(2, 14, 30))
        self.stop(self.line, march(10, 6), march(10, 10), is_planned=True)
        self.stop(self.pump, datetime(2026, 2, 28, 22, tzinfo=UTC), march(1, 2))
        wrong = self.stop(self.pump, march(20), march(25))
        void_downtime(downtime_id=wrong.pk, reason="Another machine", actor=boss(), at=NOW)

    def repair(self) -> None:
        seal = begun(planned(self.pump, "Seal", priority="EMERGENCY", at=march(2, 8)), march(2, 9))
        worked(seal, self.ann, march(2, 9), march(2, 12))
        worked(seal, self.bob, march(2, 10), march(2, 13))
        hold_work(work_order_id=seal.pk, hold_reason="PARTS", actor=boss(), at=march(2, 11))
        resume_work(work_order_id=seal.pk, actor=boss(), at=march(2, 11, 30))
        done(seal, march(2, 13))
        winding = begun(planned(self.motor, "Winding", "1.5", at=march(2, 12, 40)), march(2, 13))
        worked(winding, self.ann, march(2, 13), march(2, 14, 30))
        wrong = worked(winding, self.bob, march(2, 13), march(2, 20))
        reverse_labor(labor_entry_id=wrong.pk, reason="Not there", actor=boss(), at=march(21))
        done(winding, march(2, 14, 30))
        noise = begun(planned(self.motor, "Noise", at=march(20)), march(20))
        worked(noise, self.bob, march(20), march(20, 0, 30))
        mode = FailureCode.objects.create(kind="MODE", code="NOI", name="Noise")
        record_failure(work_order_id=noise.pk, mode_id=mode.pk, occurred_at=march(20), actor=boss(), at=NOW)

    def prevent(self) -> None:
        weekly = [
            planned(self.pump, "Weekly check", "2", type="PREVENTIVE", due_at=march(day, 16))
            for day in (3, 10, 17, 24)
        ]
        for order, end in zip(weekly, (march(3, 15), march(11, 10), march(19, 16)), strict=False):
            done(begun(order, end - timedelta(hours=2)), end)
        worked(weekly[0], self.ann, march(3, 13), march(3, 15))
        cancel_work_order(work_order_id=weekly[3].pk, reason="Line stood", actor=boss(), at=march(24))
        earlier = datetime(2025, 12, 5, 16, tzinfo=UTC)
        planned(self.motor, "Quarterly", type="PREVENTIVE", due_at=earlier)
        quarterly = planned(self.motor, "Quarterly", type="PREVENTIVE", due_at=march(5, 16))
        done(begun(quarterly, march(20, 9)), march(20, 10))

    def schedule(self) -> None:
        paint = planned(self.line, "Paint", "6", type="IMPROVEMENT", due_at=march(13, 12))
        planned(self.line, "Insulate", "2", type="IMPROVEMENT", due_at=march(14, 12))
        # The lock of week 9 to 15 March was made when the weekly check of the 10th was still open.
        week = WorkOrder.objects.filter(due_at__gte=march(9), due_at__lt=march(16)).exclude(status="RELEASED")
        (check,) = week
        type(check).objects.filter(pk=check.pk).update(status="RELEASED")
        check.operations.update(status="PLANNED")
        lock_week(site_id=site().pk, starts_on=date(2026, 3, 9), actor=boss(), at=march(8))
        type(check).objects.filter(pk=check.pk).update(status="WORK_DONE")
        check.operations.update(status="DONE")
        done(begun(paint, march(13, 6)), march(13, 12))


def ask(**values: Any) -> dict[str, Figure]:
    given = {"since": SINCE, "until": UNTIL, "now": NOW, **values}
    return {figure.key: figure for figure in figures_of(Question(**given))}


def same(figure: Figure, value: Decimal | int) -> bool:
    return figure.value is not None and abs(figure.value - value) < EXACT


@pytest.fixture
def month(db: None) -> Month:
    return Month()


def test_reliability(month: Month) -> None:
    found = ask(asset_id=month.line.pk)
    # The line stood 2 March 08:00 to 14:30 (pump and motor, overlapping): 6.5 h; planned 10 March: 4 h; the end of
    # February's stop: 2 h. 744 - 12.5 = 731.5 h. Failures that began in March: pump, motor, and the recorded noise: 3.
    assert same(found["mtbf"], Decimal("731.5") / 3)
    assert found["mtbf"].arithmetic == "731.5 h of 1 unit / 3 failures"
    assert same(found["availability"], Decimal("731.5") * 100 / 744)
    # Pump 5 h (08:00 to 13:00 by two sources) + 2 h, motor 2 h: 9 h in 3 stops.
    assert same(found["mdt"], 3)
    assert same(found["planned-down"], 4)
    # Seal: 09:00 to 13:00 by two people is 4 h, less half an hour without parts; winding 1.5 h: 5 h in 2 repairs.
    assert same(found["mttr"], Decimal("2.5"))


def test_a_part_of_the_line_and_a_site(month: Month) -> None:
    # The motor alone: 744 - 2 h, one stop and the noise. The line is down on 10 March, the motor's own record is not.
    assert same(ask(asset_id=month.motor.pk)["mtbf"], Decimal(742) / 2)
    # All units: the line and the machine elsewhere, which never stopped: 2 x 744 - 12.5.
    assert same(ask()["mtbf"], (2 * 744 - Decimal("12.5")) / 3)
    assert same(ask(site_id=month.line.site_id)["mtbf"], (2 * 744 - Decimal("12.5")) / 3)
    # By corrective work orders instead: seal, winding, noise.
    assert same(ask(asset_id=month.line.pk, basis="CORRECTIVE")["mtbf"], Decimal("731.5") / 3)


def test_planned_to_reactive(month: Month) -> None:
    found = ask(asset_id=month.line.pk)
    # Reactive: seal, an emergency, 3 + 3 h. Planned: winding 1.5 h, weekly check 2 h. Other: noise 0.5 h. 10 h in all.
    assert same(found["planned"], 35) and same(found["reactive"], 60)
    assert same(found["planned-reactive"], Decimal("3.5") / 6)
    assert found["planned-reactive"].note == "2 : 1 work orders"


@pytest.mark.parametrize(
    ("rule", "percent"),
    # Due: weekly checks of the 3rd (on time), 10th (18 h late), 17th (2 days late) and the quarterly (15 days late).
    # A week's grace of 20 % is 1 day, of 10 % none; 90 days' is 18 and 9 days. The check of the 24th was called off.
    [(PmRule.DUE, 25), (PmRule.PLUS_DAY, 50), (PmRule.FIFTH, 75), (PmRule.TENTH, 25)],
)
def test_preventive_work_on_time(month: Month, rule: str, percent: int) -> None:
    figure = ask(asset_id=month.line.pk, pm_rule=rule)["pm-compliance"]
    assert same(figure, percent)
    assert "1 called off" in figure.note


def test_schedule(month: Month) -> None:
    found = ask(asset_id=month.line.pk)
    # Locked for 9 to 15 March: check 2 h (done the 11th), paint 6 h (done the 13th), insulate 2 h (not done).
    assert same(found["schedule-hours"], 80)
    assert same(found["schedule-orders"], Decimal(200) / 3)
    # Insulate waits released, its 2 h for two people of 40 h a week; so does December's quarterly, without hours.
    assert same(found["backlog"], Decimal(2) / 80)


def test_cost_of_subtrees(month: Month) -> None:
    # 60 an hour. Pump: 6 h + 2 h = 480. Motor: 1.5 h + 0.5 h = 120 (the wrong entry was taken back). Line: 600.
    assert same(ask(asset_id=month.pump.pk)["cost"], 480)
    assert same(ask(asset_id=month.motor.pk)["cost"], 120)
    assert same(ask(asset_id=month.line.pk)["cost"], 600)
    month.line.replacement_value = Decimal(12000)
    month.line.save()
    # 600 of 12 000; the pump and the motor are parts of the line and of its value.
    assert same(ask(asset_id=month.line.pk)["value"], 5)


def test_down_time_with_work_splits_without_remainder(month: Month) -> None:
    order = WorkOrder.objects.get(title="Seal")
    for event in DowntimeEvent.objects.valid().filter(asset=month.pump, started_at__gte=march(2)):
        event.work_order = order
        event.save()
    figure = ask(asset_id=month.pump.pk)["material-wait"]
    # 08:00 to 13:00: half an hour for parts is 10 %; 3.5 h repair; 1 h until somebody came.
    assert same(figure, 10)
    assert figure.note == "parts 0.5 h; vendor 0 h; other waiting 0 h; repair 3.5 h; rest 1 h"


@pytest.mark.django_db
def test_an_empty_plant_has_no_figure() -> None:
    assert {figure.value for figure in ask().values()} == {None}


@pytest.mark.django_db
def test_a_machine_that_never_failed_has_no_mean_time() -> None:
    asset("QUIET")
    assert ask()["mtbf"].value is None and ask()["availability"].value is None


def test_every_figure_opens_rows_that_make_it(month: Month) -> None:
    question = Question(since=SINCE, until=UNTIL, now=NOW, asset_id=month.line.pk)
    for figure in figures_of(question):
        assert figure.kinds
        for kind in figure.kinds:
            list(rows_of(kind, question)[:5])
    assert rows_of("stops", question).count() == 5
    assert sum(entry.hours for entry in rows_of("labor", question)) == 10
    assert sum(entry.amount for entry in rows_of("costs", question)) == 600


def test_the_course_by_month_adds_up_to_the_figures(month: Month) -> None:
    question = Question(since=datetime(2026, 1, 1, tzinfo=UTC), until=UNTIL, now=NOW, asset_id=month.line.pk)
    zone = UTC
    assert len(months_of(question, zone)) == 3  # type: ignore[arg-type]
    courses = {course.key: course for course in course_of(question, zone)}  # type: ignore[arg-type]
    assert courses["down"].series[0][1] == [0, 2, Decimal("8.5")]
    assert courses["down"].series[1][1] == [0, 0, 4]
    assert courses["on-time"].series[0][1] == [None, None, 25]
    assert dict(courses["cost"].series)["Labor"] == [None, None, 600]
    assert [sum(values[2] or 0 for _, values in courses["hours"].series)] == [10]


def test_the_number_of_statements_is_constant(month: Month) -> None:
    def statements() -> int:
        question = Question(since=SINCE, until=UNTIL, now=NOW, site_id=month.line.site_id)
        with CaptureQueriesContext(connection) as ran:
            figures_of(question)
            course_of(question, UTC)  # type: ignore[arg-type]
        return len(ran)

    few = statements()
    for number in range(12):
        each = asset(f"X-{number}", parent=month.line)
        month.stop(each, march(5), march(6))
        worked(begun(planned(each, "More", "1"), march(5)), month.ann, march(5), march(5, 1))
    assert statements() == few <= 30
