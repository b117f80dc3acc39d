"""Stops: recorded, corrected, turned into work by rules; machines may tell of them in any order."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.stops import Stop, Terms, hand_over, length, union
from cmms.models import DowntimeEvent, DowntimeRule, StopFeed, WorkOrder, WorkRequest
from cmms.services.closing import cancel_work_order
from cmms.services.downtime import (
    StopMessage,
    attach_downtime,
    check_open_stops,
    correct_downtime,
    end_downtime,
    ingest_stops,
    start_downtime,
    void_downtime,
)
from cmms.services.work_requests import accept_work_request
from core.errors import Conflict, NotAllowed, RuleViolation
from tests.builders import NOW, asset, boss, person, work_order

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def rule(**values: Any) -> DowntimeRule:
    return DowntimeRule.objects.create(**{"name": "Long stop", "longer_than_minutes": 15, **values})


def down(on: Any, since: datetime = NOW, **values: Any) -> DowntimeEvent:
    return start_downtime(
        **{"asset_id": on.pk, "actor": boss(), "at": max(since, NOW), "started_at": since, **values}
    )


def message(
    name: str, start: float, end: float | None = None, said: float | None = None, **values: Any
) -> StopMessage:
    """A stop from minute to minute after NOW, said at a minute."""
    return StopMessage(
        **{
            "external_id": name,
            "asset_code": "M-1",
            "started_at": NOW + start * MINUTE,
            "ended_at": None if end is None else NOW + end * MINUTE,
            "said_at": NOW + (said if said is not None else end if end is not None else start) * MINUTE,
            **values,
        }
    )


@pytest.mark.django_db
class TestByHand:
    def test_down_and_up_again(self) -> None:
        machine = asset()
        event = down(machine, reason="Jammed")
        assert event.is_open and event.reported_by == boss()
        with pytest.raises(Conflict, match="already recorded as down"):
            down(machine)
        ended = end_downtime(downtime_id=event.pk, actor=boss(), at=NOW + HOUR)
        assert ended.ended_at == NOW + HOUR
        with pytest.raises(Conflict, match="already ended"):
            end_downtime(downtime_id=event.pk, actor=boss(), at=NOW + HOUR)

    def test_the_database_keeps_one_open_stop_per_source(self) -> None:
        machine = asset()
        down(machine)
        with pytest.raises(IntegrityError), transaction.atomic():
            DowntimeEvent.objects.create(asset=machine, started_at=NOW, reported_at=NOW)
        feed = StopFeed.objects.create(code="oee", name="OEE")
        DowntimeEvent.objects.create(
            asset=machine, started_at=NOW, reported_at=NOW, source="FEED", feed=feed, external_id="1"
        )

    def test_times_make_sense(self) -> None:
        machine = asset()
        for wrong in ({"started_at": NOW + HOUR, "at": NOW}, {"ended_at": NOW - HOUR}):
            with pytest.raises(RuleViolation):
                down(machine, **wrong)
        with pytest.raises(NotAllowed):
            down(machine, actor=person())

    def test_a_correction_keeps_what_was_said_before_and_why(self) -> None:
        event = down(asset())
        correct_downtime(
            downtime_id=event.pk, started_at=NOW - HOUR, ended_at=NOW, is_planned=False, reason="Seen on camera",
            actor=boss(), at=NOW + HOUR,
        )  # fmt: skip
        newest, oldest = event.history.order_by("-history_id")
        assert (oldest.started_at, newest.started_at) == (NOW, NOW - HOUR)
        assert newest.history_change_reason == "Seen on camera"
        void_downtime(downtime_id=event.pk, reason="Wrong machine", actor=boss(), at=NOW + HOUR)
        assert not DowntimeEvent.objects.valid().exists() and DowntimeEvent.objects.exists()

    def test_it_is_attached_to_the_work(self) -> None:
        order = work_order()
        event = down(order.asset, work_order_id=order.pk)
        assert list(order.downtime_events.all()) == [event]
        attach_downtime(downtime_id=event.pk, work_order_id=None, actor=boss(), at=NOW)
        assert not order.downtime_events.exists()


@pytest.mark.django_db
class TestRules:
    def test_a_stop_beyond_the_rule_opens_a_work_order_and_exactly_as_long_does_not(self) -> None:
        rule()
        machine = asset()
        short = down(machine, NOW, ended_at=NOW + 15 * MINUTE, at=NOW + HOUR)
        assert short.work_order is None
        long = down(
            machine, NOW + 20 * HOUR, ended_at=NOW + 21 * HOUR, at=NOW + 22 * HOUR, reason="Belt torn"
        )
        order = long.work_order
        assert order is not None
        assert (order.title, order.priority, order.status) == ("Stop: Belt torn", "HIGH", "DRAFT")
        assert order.reported_at == long.started_at

    def test_a_stop_that_nobody_ends_is_found_by_the_clock_once(self) -> None:
        rule()
        event = down(asset())
        assert check_open_stops(at=NOW + 15 * MINUTE) == 0
        assert [check_open_stops(at=NOW + 16 * MINUTE) for _ in range(3)] == [1, 0, 0]
        event.refresh_from_db()
        assert event.work_order is not None
        assert WorkOrder.objects.count() == 1

    def test_planned_stops_open_nothing(self) -> None:
        rule()
        assert down(asset(), NOW - 5 * HOUR, ended_at=NOW, is_planned=True).work_order is None

    def test_a_repeat_hangs_on_the_open_order_and_after_its_end_names_it(self) -> None:
        rule(link_within_hours=8)
        machine = asset()
        first = down(machine, NOW, ended_at=NOW + HOUR, at=NOW + HOUR)
        second = down(machine, NOW + 3 * HOUR, ended_at=NOW + 3 * HOUR + MINUTE, at=NOW + 4 * HOUR)
        assert second.work_order == first.work_order and second.repeat_of == first
        assert first.work_order is not None
        cancel_work_order(work_order_id=first.work_order.pk, reason="Done", actor=boss(), at=NOW + 4 * HOUR)
        third = down(machine, NOW + 5 * HOUR, ended_at=NOW + 6 * HOUR, at=NOW + 6 * HOUR)
        assert third.work_order not in {None, first.work_order} and third.repeat_of == second
        assert third.work_order is not None
        assert f"repeats the stop that {first.work_order} dealt with" in third.work_order.description

    def test_stops_that_repeat_within_the_hours_share_one_request(self) -> None:
        rule(longer_than_minutes=None, repeats=3, within_hours=2, opens="REQUEST")
        machine = asset()
        made = [
            down(machine, NOW + n * 30 * MINUTE, ended_at=NOW + (n * 30 + 1) * MINUTE, at=NOW + 5 * HOUR)
            for n in (2, 0, 1)
        ]
        request = WorkRequest.objects.get()
        assert {DowntimeEvent.objects.get(pk=each.pk).work_request for each in made} == {request}
        order = accept_work_request(work_request_id=request.pk, actor=boss(), at=NOW + 5 * HOUR)
        assert order.downtime_events.count() == 3

    def test_the_most_exact_rule_holds(self) -> None:
        line = asset("LINE")
        pump = asset("PUMP", parent=line)
        rule()
        rule(asset=line, longer_than_minutes=120)
        event = down(pump, NOW - HOUR, ended_at=NOW)
        assert event.work_order is None
        rule(asset=pump, longer_than_minutes=5)
        assert down(pump, NOW - HOUR, ended_at=NOW).work_order is not None

    def test_rules_say_when(self) -> None:
        for wrong in ({"longer_than_minutes": None}, {"repeats": 3}, {"repeats": 1, "within_hours": 2}):
            with pytest.raises(IntegrityError), transaction.atomic():
                rule(**wrong)


def state() -> list[tuple[Any, ...]]:
    rows = DowntimeEvent.objects.order_by("external_id").select_related("work_order")
    return [
        (
            row.external_id,
            row.started_at,
            row.ended_at,
            row.ended_by_next,
            row.reason,
            row.work_order is not None,
        )
        for row in rows
    ]


@pytest.mark.django_db
class TestFromMachines:
    def feed(self) -> StopFeed:
        asset("M-1")
        return StopFeed.objects.create(code="oee", name="OEE platform")

    def test_any_order_and_any_number_of_deliveries_give_the_same_state(self) -> None:
        feed = self.feed()
        rule(link_within_hours=1)
        told = [
            message("a", 0),
            message("a", 0, 20, reason="Jam"),
            message("b", 60),  # no end is ever reported; the next stop implies it
            message("c", 70, 71),
            message("c", 70, 72, said=75),
        ]
        states = []
        for order in itertools.permutations(told):
            with transaction.atomic():
                for each in (*order, order[0]):
                    ingest_stops(feed=feed, messages=[each], at=NOW + 90 * MINUTE)
                states.append((state(), WorkOrder.objects.count()))
                transaction.set_rollback(True)
        assert all(each == states[0] for each in states)
        rows, orders = states[0]
        assert orders == 1
        assert [(row[0], row[3], row[5]) for row in rows] == [
            ("a", False, True),
            ("b", True, True),
            ("c", False, True),
        ]
        assert rows[2][2] == NOW + 72 * MINUTE

    def test_a_batch_is_stored_whole_or_not_at_all(self) -> None:
        feed = self.feed()
        with pytest.raises(RuleViolation, match="no asset with the code M-2") as refused:
            ingest_stops(
                feed=feed, messages=[message("a", 0), message("b", 1, asset_code="M-2")], at=NOW + HOUR
            )
        assert (refused.value.field, refused.value.code) == ("events.1.asset", "unknown_asset")
        assert not DowntimeEvent.objects.exists()

    def test_what_people_corrected_stands_but_an_open_stop_may_still_end(self) -> None:
        feed = self.feed()
        (event,) = ingest_stops(feed=feed, messages=[message("a", 0)], at=NOW + HOUR)
        correct_downtime(
            downtime_id=event.pk, started_at=NOW - HOUR, ended_at=None, is_planned=False, reason="Earlier",
            actor=boss(), at=NOW + HOUR,
        )  # fmt: skip
        (event,) = ingest_stops(feed=feed, messages=[message("a", 0, 30)], at=NOW + HOUR)
        assert (event.started_at, event.ended_at) == (NOW - HOUR, NOW + 30 * MINUTE)
        (event,) = ingest_stops(feed=feed, messages=[message("a", 0, 40)], at=NOW + HOUR)
        assert event.ended_at == NOW + 30 * MINUTE

    def test_statements_do_not_grow_with_the_stops_of_other_days(
        self, django_assert_max_num_queries: Any
    ) -> None:
        feed = self.feed()
        rule()
        for day in range(1, 15):
            ingest_stops(
                feed=feed, messages=[message(f"d{day}", -day * 1440, -day * 1440 + 5)], at=NOW + HOUR
            )
        with django_assert_max_num_queries(25):
            ingest_stops(feed=feed, messages=[message("now", 0, 20)], at=NOW + HOUR)


spans = st.tuples(st.integers(0, 50), st.integers(0, 20)).map(
    lambda pair: (NOW + pair[0] * HOUR, NOW + (pair[0] + pair[1]) * HOUR)
)


@given(st.lists(spans))
def test_a_union_counts_every_hour_once(stretches: list[tuple[datetime, datetime]]) -> None:
    hours = {start + n * HOUR for start, end in stretches for n in range(int((end - start) / HOUR))}
    assert length(stretches) == len(hours) * HOUR
    whole = union(stretches)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(whole))


@given(st.permutations(range(6)))
def test_the_hand_over_does_not_depend_on_the_order_of_knowing(order: list[int]) -> None:
    terms = Terms(15 * MINUTE, 3, 2 * HOUR, HOUR)
    starts, lengths = (0, 10, 90, 100, 600, 605), (1, 30, 1, 2, 1, 20)
    stops = [Stop(n, NOW + starts[n] * MINUTE, NOW + (starts[n] + lengths[n]) * MINUTE) for n in order]
    assert [each.key for each in hand_over(stops, terms, NOW)] == [0, 1, 2, 3, 5]
