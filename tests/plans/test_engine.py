"""The engine of plans, without a database: worked examples of the reference and properties."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.meter_use import MeterState
from cmms.decisions.plan_calendar import Closure, Season, WorkCalendar, stagger_days
from cmms.decisions.plan_forecast import Content, PartNeed, buy_by, forecast, upcoming
from cmms.decisions.plan_grid import Every, ShiftRule, grid_date, local_day, moment, moved_to
from cmms.decisions.plan_pileup import due_calls
from cmms.decisions.plan_schedule import Call, Package, Schedule, called, completed, next_call, started

MONTHLY, QUARTERLY, YEARLY = Every(1, "MONTH"), Every(3, "MONTH"), Every(1, "YEAR")
FIXED, FLOATING = ShiftRule(), ShiftRule(late=100, early=100)
NEW_YEAR = date(2026, 1, 1)

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))
every = st.builds(Every, st.integers(1, 13), st.sampled_from(["DAY", "WEEK", "MONTH", "YEAR"]))
policies = st.sampled_from(["MERGE", "SKIP", "QUEUE"])


def plan(*packages: Package, **values: object) -> Schedule:
    return Schedule(packages, **values)  # type: ignore[arg-type]


def monthly(key: int = 1, anchor: date = NEW_YEAR, **values: object) -> Package:
    return Package(**{"key": key, "every": MONTHLY, "anchor_on": anchor, **values})  # type: ignore[arg-type]


def run(schedule: Schedule, until: date) -> list[Call]:
    return list(upcoming(schedule, until, None, NEW_YEAR))


def must(schedule: Schedule) -> Call:
    call = next_call(schedule)
    assert call is not None
    return call


class TestWorkedExamples:
    def test_the_checked_example_of_the_shift_factor(self) -> None:
        """3 months, due 1 June, done 15 June, tolerance 10 % (9 days), factor 50 % of 14 days: 8 September."""
        quarterly = Package(1, every=QUARTERLY, anchor_on=date(2026, 3, 1))
        schedule = plan(quarterly, shift=ShiftRule(late=50, early=50, tolerance=10))
        call = must(schedule)
        assert call.due_on == date(2026, 6, 1)
        after = completed(called(schedule, call), call, date(2026, 6, 15))
        assert must(after).due_on == date(2026, 9, 8)
        within = completed(called(schedule, call), call, date(2026, 6, 10))
        assert must(within).due_on == date(2026, 9, 1)
        beyond = completed(called(schedule, call), call, date(2026, 6, 11))
        assert must(beyond).due_on == date(2026, 9, 6)

    @pytest.mark.parametrize(("quarterly_rank", "monthly_runs"), [(2, 8), (1, 12)])
    def test_the_example_of_record_of_hierarchy(self, quarterly_rank: int, monthly_runs: int) -> None:
        """1 month and 3 months over a year: the monthly runs 8 times under a higher quarterly, 12 beside an equal."""
        schedule = plan(
            monthly(1, hierarchy=1),
            Package(2, hierarchy=quarterly_rank, every=QUARTERLY, anchor_on=NEW_YEAR),
        )
        calls = run(schedule, date(2027, 1, 1))
        assert len(calls) == 12
        running = [each.package.key for call in calls for each in call.running]
        assert (running.count(1), running.count(2)) == (monthly_runs, 4)
        assert sum(len(call.covered) for call in calls) == 12 - monthly_runs

    def test_a_month_end_is_clamped_from_the_original_day(self) -> None:
        due = [call.due_on for call in run(plan(monthly(anchor=date(2027, 12, 31))), date(2028, 5, 31))]
        assert due == [
            date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31),
        ]  # fmt: skip

    def test_a_leap_day_comes_back_every_fourth_year(self) -> None:
        leap = Package(1, every=YEARLY, anchor_on=date(2024, 2, 29))
        due = [call.due_on for call in run(plan(leap), date(2028, 12, 31))]
        assert due == [date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29)]

    def test_the_annual_within_the_window_takes_the_quarterly_with_it(self) -> None:
        annual = Package(2, hierarchy=2, every=YEARLY, anchor_on=date(2025, 1, 8))
        quarterly = Package(1, hierarchy=1, every=QUARTERLY, anchor_on=date(2025, 10, 3))
        far, near = (must(plan(quarterly, annual, merge_days=window)) for window in (4, 5))
        assert (far.due_on, [each.package.key for each in far.occurrences]) == (date(2026, 1, 3), [1])
        assert (near.due_on, [each.package.key for each in near.running]) == (date(2026, 1, 8), [2])
        assert [each.package.key for each in near.covered] == [1]

    def test_packages_stay_together_when_late_work_moves_them(self) -> None:
        schedule = plan(
            monthly(1, hierarchy=1),
            Package(2, hierarchy=2, every=QUARTERLY, anchor_on=NEW_YEAR),
            shift=FLOATING,
        )
        for late in (3, 5):
            call = must(schedule)
            schedule = completed(called(schedule, call), call, call.due_on + timedelta(days=late))
        call = must(schedule)
        assert (call.due_on, len(call.occurrences), call.hierarchy) == (date(2026, 4, 9), 2, 2)


class TestDays:
    def test_a_holiday_sends_work_to_the_working_day_before_or_after(self) -> None:
        calendar = WorkCalendar(closures=(Closure(date(2026, 5, 1), date(2026, 5, 1)),))
        found = {
            rule: must(plan(monthly(anchor=date(2026, 4, 1)), calendar=calendar, day_rule=rule)).due_on
            for rule in ("AS_IS", "PREVIOUS", "NEXT")
        }
        assert found == {"AS_IS": date(2026, 5, 1), "PREVIOUS": date(2026, 4, 30), "NEXT": date(2026, 5, 4)}

    def test_a_blackout_is_kept_clear_under_every_rule(self) -> None:
        calendar = WorkCalendar(closures=(Closure(date(2026, 5, 1), date(2026, 5, 10), is_blackout=True),))
        assert calendar.placed(date(2026, 5, 2), "AS_IS") == date(2026, 5, 11)
        assert calendar.placed(date(2026, 5, 2), "PREVIOUS") == date(2026, 4, 30)

    def test_a_calendar_without_a_working_day_moves_nothing(self) -> None:
        assert WorkCalendar(weekdays=frozenset()).placed(NEW_YEAR, "NEXT") == NEW_YEAR

    def test_out_of_season_is_not_due_or_due_when_the_season_starts(self) -> None:
        skips, waits = (Season((4, 1), (10, 31), outside) for outside in ("SKIP", "WAIT"))
        anchor = date(2025, 12, 15)
        skipped = [c.due_on for c in run(plan(monthly(anchor=anchor), season=skips), date(2026, 5, 31))]
        waited = [c.due_on for c in run(plan(monthly(anchor=anchor), season=waits), date(2026, 5, 31))]
        assert skipped == [date(2026, 4, 15), date(2026, 5, 15)]
        assert waited == [date(2026, 4, 1), date(2026, 4, 15), date(2026, 5, 15)]

    def test_a_season_may_run_over_new_year(self) -> None:
        winter = Season((11, 1), (3, 31))
        assert winter.holds(date(2026, 1, 5)) and winter.holds(date(2026, 11, 1))
        assert not winter.holds(date(2026, 7, 1))
        assert winter.next_start(date(2026, 7, 1)) == date(2026, 11, 1)

    def test_never_in_season_is_never_due(self) -> None:
        summer = Season((6, 1), (6, 30))
        assert next_call(plan(Package(1, every=YEARLY, anchor_on=NEW_YEAR), season=summer)) is None

    def test_staggering_spreads_plans_over_the_days_of_a_site(self) -> None:
        assert [stagger_days(None, 3, position) for position in range(5)] == [0, 1, 2, 3, 0]
        assert stagger_days(0, 3, 2) == 0
        assert stagger_days(None, 0, 7) == 0
        assert must(plan(monthly(), offset_days=2)).due_on == date(2026, 2, 3)

    def test_nothing_is_due_after_the_end(self) -> None:
        assert len(run(plan(monthly(), ends_on=date(2026, 3, 31)), date(2027, 1, 1))) == 2

    @given(days, st.sampled_from(["AS_IS", "PREVIOUS", "NEXT"]))
    def test_work_is_never_placed_on_a_closed_day(self, day: date, rule: str) -> None:
        calendar = WorkCalendar(closures=(Closure(day, day + timedelta(days=9), is_blackout=True),))
        placed = calendar.placed(day, rule)
        assert not calendar.is_blackout(placed)
        if rule != "AS_IS":
            assert calendar.is_working(placed)


class TestDaylightSaving:
    ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo")

    def test_a_time_that_does_not_exist_comes_an_hour_later(self) -> None:
        assert moment(date(2026, 3, 29), time(2, 30), "Europe/Berlin") == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )

    def test_a_time_that_comes_twice_is_the_first(self) -> None:
        assert moment(date(2026, 10, 25), time(2, 30), "Europe/Berlin") == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )

    @given(days, st.sampled_from(ZONES), st.times(timezones=st.none()))
    def test_the_local_day_is_kept(self, day: date, zone: str, clock: time) -> None:
        clock = clock.replace(fold=0)
        found = moment(day, clock, zone)
        local = found.astimezone(ZoneInfo(zone))
        assert local_day(found, zone) == day
        # The same time of day all year round, but for the hour that a change leaves out.
        assert (
            timedelta(0)
            <= datetime.combine(day, local.time()) - datetime.combine(day, clock)
            <= timedelta(hours=1)
        )


class TestProperties:
    @given(days, every, st.integers(0, 40))
    def test_the_grid_only_goes_forward_and_keeps_the_original_day(
        self, day: date, each: Every, n: int
    ) -> None:
        found = grid_date(day, each, n)
        assert grid_date(day, each, n + 1) > found
        if each.unit in ("MONTH", "YEAR"):
            assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)

    @given(days, every, st.integers(-200, 200))
    def test_factor_0_is_fixed_and_100_floats(self, day: date, each: Every, late: int) -> None:
        package = Package(1, every=each, anchor_on=day)
        for rule in (FIXED, FLOATING):
            schedule = plan(package, shift=rule)
            call = must(schedule)
            done = call.due_on + timedelta(days=late)
            after = completed(called(schedule, call), call, done)
            fixed, floating = grid_date(day, each, 2), grid_date(done, each, 1)
            assert must(after).due_on == (fixed if rule is FIXED else floating)

    @given(st.integers(-300, 300), st.integers(0, 100), st.integers(0, 100), st.integers(0, 50))
    def test_a_shift_lies_between_fixed_and_floating(
        self, late: int, share: int, early: int, tolerance: int
    ) -> None:
        due = date(2026, 6, 1)
        done = due + timedelta(days=late)
        moved = moved_to(due, done, ShiftRule(share, early, tolerance), 92) or due
        assert min(due, done) <= moved <= max(due, done)

    @given(policies, st.integers(0, 40), st.integers(1, 200), st.data())
    def test_once_late_gives_the_same_as_every_day(
        self, policy: str, lead: int, length: int, data: st.DataObject
    ) -> None:
        schedule = plan(
            Package(1, 1, Every(data.draw(st.integers(5, 30)), "DAY"), anchor_on=NEW_YEAR),
            Package(2, 2, MONTHLY, anchor_on=NEW_YEAR),
            lead_days=lead, merge_days=data.draw(st.integers(0, 4)),
        )  # fmt: skip
        last = NEW_YEAR + timedelta(days=length)
        once, after_once = due_calls(schedule, policy, [], last)
        daily, still_open, state = [], [], schedule
        for day in range(length + 1):
            for _ in range(data.draw(st.integers(0, 1)) + 1):
                found, state = due_calls(state, policy, still_open, NEW_YEAR + timedelta(days=day))
                daily += found
                still_open += [each.call.hierarchy for each in found if each.verdict == "QUEUE"]
        assert [(each.call.due_on, each.verdict) for each in daily] == [
            (each.call.due_on, each.verdict) for each in once
        ]
        assert state == after_once

    @given(st.lists(st.integers(-10, 40), min_size=1, max_size=12), st.integers(0, 100), st.integers(0, 20))
    def test_each_occurrence_is_called_once_whatever_the_completions(
        self, lateness: list[int], share: int, tolerance: int
    ) -> None:
        schedule = plan(
            monthly(1, hierarchy=1), Package(2, 2, QUARTERLY, anchor_on=NEW_YEAR),
            shift=ShiftRule(share, share, tolerance), merge_days=5,
        )  # fmt: skip
        seen: list[date] = []
        for late in lateness:
            call = must(schedule)
            assert not seen or call.due_on > seen[-1]
            assert len({each.package.key for each in call.occurrences}) == len(call.occurrences)
            seen.append(call.due_on)
            schedule = completed(called(schedule, call), call, call.due_on + timedelta(days=late))

    @given(days, every, days)
    def test_switching_on_makes_up_for_nothing(self, anchor: date, each: Every, on: date) -> None:
        if each.unit == "DAY":
            each = replace(each, count=each.count * 30)
        call = must(plan(started(Package(1, every=each, anchor_on=anchor), on)))
        assert call.due_on >= on
        assert call.due_on > anchor


class TestPileUp:
    def test_open_work_takes_in_what_comes_due(self) -> None:
        weekly = plan(Package(1, every=Every(1, "WEEK"), anchor_on=NEW_YEAR))
        for policy in ("MERGE", "SKIP"):
            taken, _ = due_calls(weekly, policy, [], date(2026, 1, 29))
            assert [each.verdict for each in taken] == ["QUEUE", policy, policy, policy]
        taken, _ = due_calls(weekly, "QUEUE", [], date(2026, 1, 29))
        assert [each.verdict for each in taken] == ["QUEUE"] * 4

    def test_a_cycle_is_given_up_on_its_due_day_only(self) -> None:
        weekly = plan(Package(1, every=Every(1, "WEEK"), anchor_on=NEW_YEAR), lead_days=7)
        assert [t.verdict for t in due_calls(weekly, "SKIP", [], date(2026, 1, 14))[0]] == ["QUEUE"]
        assert [t.verdict for t in due_calls(weekly, "SKIP", [], date(2026, 1, 15))[0]] == ["QUEUE", "SKIP"]

    def test_the_annual_is_not_lost_in_an_open_quarterly(self) -> None:
        both = plan(
            Package(1, 1, QUARTERLY, anchor_on=date(2025, 10, 1), number=0),
            Package(2, 2, YEARLY, anchor_on=date(2025, 4, 1)),
        )
        taken, _ = due_calls(both, "MERGE", [], date(2026, 4, 2))
        assert [(t.call.hierarchy, t.verdict) for t in taken] == [(1, "QUEUE"), (2, "QUEUE")]

    def test_floating_work_waits_for_the_open_order(self) -> None:
        floating = plan(monthly(), shift=FLOATING)
        assert due_calls(floating, "QUEUE", [0], date(2026, 9, 1))[0] == []
        assert len(due_calls(floating, "QUEUE", [], date(2026, 9, 1))[0]) == 1


class TestMeters:
    METER = MeterState(Decimal(900), date(2026, 3, 1), Decimal(20))

    def test_the_estimated_date_is_what_is_left_over_the_use_per_day(self) -> None:
        schedule = plan(Package(1, meter_every=Decimal(1000)), meter=self.METER)
        assert must(schedule).due_on == date(2026, 3, 6)
        assert next_call(replace(schedule, meter=replace(self.METER, use=None))) is None
        due = replace(self.METER, total=Decimal(1003), use=None)
        assert must(replace(schedule, meter=due)).due_on == date(2026, 3, 1)

    @given(st.integers(-400, 400))
    def test_the_next_counts_from_the_reading_at_completion(self, over: int) -> None:
        schedule = plan(Package(1, meter_every=Decimal(1000)), meter=self.METER)
        call = must(schedule)
        after = completed(called(schedule, call), call, call.due_on, Decimal(1000 + over))
        assert after.packages[0].base == 1000 + over

    def test_a_fixed_meter_grid_stays(self) -> None:
        schedule = plan(Package(1, meter_every=Decimal(1000)), meter=self.METER, meter_shift=0)
        assert not schedule.waits_for_completion
        call = must(schedule)
        assert completed(called(schedule, call), call, call.due_on, Decimal(1200)).packages[0].base == 1000

    @pytest.mark.parametrize(
        ("both", "number", "anchor"), [(True, 0, date(2026, 3, 4)), (False, 0, NEW_YEAR)]
    )
    def test_the_first_of_both_resets_by_policy(self, both: bool, number: int, anchor: date) -> None:
        package = Package(1, every=QUARTERLY, meter_every=Decimal(1000), anchor_on=NEW_YEAR)
        schedule = plan(package, meter=self.METER, resets_both=both)
        call = must(schedule)
        assert call.trigger == "METER"
        after = completed(called(schedule, call), call, date(2026, 3, 4), Decimal(1010)).packages[0]
        assert (after.number, after.anchor_on, after.base) == (number, anchor, 1010)

    @pytest.mark.parametrize(("both", "base"), [(True, 950), (False, 0)])
    def test_work_due_by_calendar_resets_the_meter_by_policy(self, both: bool, base: int) -> None:
        slow = replace(self.METER, use=Decimal(1))
        package = Package(1, every=QUARTERLY, meter_every=Decimal(1000), anchor_on=NEW_YEAR)
        schedule = plan(package, meter=slow, resets_both=both)
        call = must(schedule)
        assert call.trigger == "CALENDAR"
        after = completed(called(schedule, call), call, call.due_on, Decimal(950)).packages[0]
        assert (after.base, after.number) == (base, 1)

    def test_the_big_service_swallows_the_small_one_by_hours(self) -> None:
        packages = (Package(1, 1, meter_every=Decimal(250)), Package(2, 2, meter_every=Decimal(500)))
        meter = MeterState(Decimal(0), NEW_YEAR, Decimal(10))
        calls = run(plan(*packages, meter=meter), NEW_YEAR + timedelta(days=100))
        assert [(c.hierarchy, len(c.occurrences)) for c in calls] == [(1, 1), (2, 2), (1, 1), (2, 2)]


class TestForecast:
    def test_hours_and_parts_are_counted_once_per_job_plan(self) -> None:
        schedule = plan(monthly(1, hierarchy=1), Package(2, 2, QUARTERLY, anchor_on=NEW_YEAR))
        seal = PartNeed(7, Decimal(2), Decimal(10), lead_days=20)
        contents = {
            1: Content(11, {1: Decimal(1)}, (seal,)),
            2: Content(
                12, {1: Decimal(3), None: Decimal(1)}, (replace(seal, quantity=Decimal(1), lead_days=30),)
            ),
        }
        rates = {1: Decimal(60), None: Decimal(50)}
        rows = forecast(
            5, schedule, contents, rates=rates, until=date(2026, 4, 1), today=NEW_YEAR, buffer_days=5
        )
        assert [row.hours for row in rows] == [{1: 1}, {1: 1}, {1: 4, None: 1}]
        assert [row.cost for row in rows] == [80, 80, 320]
        assert rows[2].parts == (replace(seal, quantity=Decimal(3), lead_days=30),)
        assert rows[2].buy_by == date(2026, 2, 25)
        plain = forecast(
            5, schedule, contents, rates=rates, until=date(2026, 4, 1), today=NEW_YEAR, adds_covered=False
        )
        assert plain[2].hours == {1: 3, None: 1}

    def test_an_unknown_price_is_no_data(self) -> None:
        contents = {1: Content(11, {}, (PartNeed(7, Decimal(1)),))}
        [row] = forecast(5, plan(monthly()), contents, rates={}, until=date(2026, 2, 1), today=NEW_YEAR)
        assert row.cost is None
        no_rate = {1: Content(11, {3: Decimal(1)})}
        [row] = forecast(5, plan(monthly()), no_rate, rates={}, until=date(2026, 2, 1), today=NEW_YEAR)
        assert row.cost is None

    def test_the_buying_date_is_due_less_the_longest_lead_time_less_the_buffer(self) -> None:
        parts = [PartNeed(1, Decimal(1), lead_days=10), PartNeed(2, Decimal(1), lead_days=None)]
        assert buy_by(date(2026, 6, 30), parts, 4) == date(2026, 6, 16)
        assert buy_by(date(2026, 6, 30), [], 4) is None
