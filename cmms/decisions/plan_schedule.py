"""The engine of maintenance plans: what is due next, and what calling or completing it changes. No clock, no database.

A plan has packages (a monthly, a quarterly, an annual). Each counts by calendar, by meter or by both. Packages that
fall together within the merge window make one call: those of the highest hierarchy run, equal ones together, lower
ones are covered and count as done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from cmms.choices import OutOfSeason, PlanTrigger
from cmms.decisions.meter_use import MeterState
from cmms.decisions.plan_calendar import Season, WorkCalendar
from cmms.decisions.plan_grid import PERCENT, Every, ShiftRule, cycle_days, grid_date, moved_to

READING_STEP = Decimal("0.0001")
LONGEST_OUT_OF_SEASON = 400  # occurrences looked at before a package counts as never due


@dataclass(frozen=True)
class Package:
    """One interval of a plan and how far it has been called.

    `number`: occurrences since `anchor_on` that were called. `base`: the meter total that the next one counts from.
    """

    key: int
    hierarchy: int = 0
    every: Every | None = None
    meter_every: Decimal | None = None
    anchor_on: date = date.min
    number: int = 0
    base: Decimal = Decimal(0)


@dataclass(frozen=True)
class Occurrence:
    """One package within a call, with the counters it had before."""

    package: Package
    due_on: date
    trigger: str
    number: int = 0
    due_reading: Decimal | None = None
    runs: bool = True


@dataclass(frozen=True)
class Call:
    """Packages that are done together. `due_on`: the day of the package that runs."""

    due_on: date
    occurrences: tuple[Occurrence, ...]
    lead_days: int = 0
    early_days: int = 0
    late_days: int = 0

    @property
    def running(self) -> tuple[Occurrence, ...]:
        """What is ordered."""
        return tuple(each for each in self.occurrences if each.runs)

    @property
    def covered(self) -> tuple[Occurrence, ...]:
        """What is done with it."""
        return tuple(each for each in self.occurrences if not each.runs)

    @property
    def hierarchy(self) -> int:
        """The rank of what runs."""
        return self.running[0].package.hierarchy

    @property
    def trigger(self) -> str:
        """What made it due."""
        return self.running[0].trigger

    @property
    def generate_on(self) -> date:
        """From which day on its work order may be made."""
        return self.due_on - timedelta(days=self.lead_days)

    @property
    def earliest_start(self) -> date:
        """From which day on the work may be done."""
        return self.due_on - timedelta(days=self.early_days)

    @property
    def latest_end(self) -> date:
        """By which day the work must be done."""
        return self.due_on + timedelta(days=self.late_days)


@dataclass(frozen=True)
class Schedule:
    """A plan as the engine sees it. `offset_days` staggers it behind its grid; `ends_on`: nothing is due later."""

    packages: tuple[Package, ...]
    shift: ShiftRule = ShiftRule()
    meter_shift: int = PERCENT
    resets_both: bool = True
    merge_days: int = 0
    lead_days: int = 0
    early_days: int = 0
    late_days: int = 0
    offset_days: int = 0
    day_rule: str = "AS_IS"
    season: Season | None = None
    calendar: WorkCalendar = WorkCalendar()
    meter: MeterState | None = None
    ends_on: date | None = None

    @property
    def waits_for_completion(self) -> bool:
        """Whether the next date depends on when the open work is completed, so that it cannot be called before."""
        if self.shift.moves:
            return True
        return any(
            each.meter_every is not None and (self.meter_shift or each.every is not None)
            for each in self.packages
        )


def next_call(schedule: Schedule) -> Call | None:
    """What is due next, or None where nothing is (ended, out of season for good, or no data of the meter)."""
    found = [each for package in schedule.packages if (each := _next(schedule, package)) is not None]
    if not found:
        return None
    last_day = min(each.due_on for each in found) + timedelta(days=schedule.merge_days)
    near = [each for each in found if each.due_on <= last_day]
    top = max(each.package.hierarchy for each in near)
    due_on = min(each.due_on for each in near if each.package.hierarchy == top)
    if schedule.ends_on is not None and due_on > schedule.ends_on:
        return None
    together = tuple(replace(each, runs=each.package.hierarchy == top) for each in near)
    return Call(due_on, together, schedule.lead_days, schedule.early_days, schedule.late_days)


def _next(schedule: Schedule, package: Package) -> Occurrence | None:
    ways = [_by_calendar(schedule, package), _by_meter(schedule, package)]
    return min((each for each in ways if each is not None), key=lambda each: each.due_on, default=None)


def _by_calendar(schedule: Schedule, package: Package) -> Occurrence | None:
    if package.every is None:
        return None
    season = schedule.season
    for number in range(package.number + 1, package.number + LONGEST_OUT_OF_SEASON):
        day = grid_date(package.anchor_on, package.every, number)
        if season is not None and not season.holds(day):
            if season.outside == OutOfSeason.SKIP:
                continue
            day = season.next_start(day)
            # Of several that wait for the same start only the last is due.
            if grid_date(package.anchor_on, package.every, number + 1) <= day:
                continue
        day = schedule.calendar.placed(day + timedelta(days=schedule.offset_days), schedule.day_rule)
        return Occurrence(package, day, PlanTrigger.CALENDAR, number=number)
    return None


def _by_meter(schedule: Schedule, package: Package) -> Occurrence | None:
    if package.meter_every is None or schedule.meter is None:
        return None
    reading = package.base + package.meter_every
    day = schedule.meter.reaches(reading)
    if day is None:
        return None
    day = schedule.calendar.placed(day, schedule.day_rule)
    return Occurrence(package, day, PlanTrigger.METER, due_reading=reading)


def called(schedule: Schedule, call: Call) -> Schedule:
    """The schedule once a call is taken (ordered, merged or skipped): its packages count on."""
    taken = {each.package.key: each for each in call.occurrences}
    packages = tuple(
        _counted_on(package, taken[package.key]) if package.key in taken else package
        for package in schedule.packages
    )
    return replace(schedule, packages=packages)


def _counted_on(package: Package, taken: Occurrence) -> Package:
    if taken.trigger == PlanTrigger.CALENDAR:
        return replace(package, number=taken.number)
    return replace(package, base=taken.due_reading or package.base)


def completed(schedule: Schedule, call: Call, completed_on: date, reading: Decimal | None = None) -> Schedule:
    """The schedule once the work of a taken call is done, late or early; `reading`: the meter's total then.

    What was done counts from the shifted day (or reading). What was not done with it moves along by the same
    number of days, so that packages stay together.
    """
    by_calendar = any(each.trigger == PlanTrigger.CALENDAR for each in call.occurrences)
    move = (
        moved_to(call.due_on, completed_on, schedule.shift, _shortest(schedule, call.due_on))
        if by_calendar
        else None
    )
    drift = _meter_drift(schedule, call, reading)
    done = {each.package.key: each for each in call.occurrences}
    packages = tuple(
        _done(schedule, package, done[package.key], completed_on, move, reading)
        if package.key in done
        else _moved_along(package, call, move, drift)
        for package in schedule.packages
    )
    return replace(schedule, packages=packages)


def uncompleted(schedule: Schedule, call: Call, completed_on: date, reading: Decimal | None) -> Schedule:
    """Takes back what `completed` did with the same day and reading: the work goes on after all."""
    by_calendar = any(each.trigger == PlanTrigger.CALENDAR for each in call.occurrences)
    shortest = _shortest(schedule, call.due_on)
    move = moved_to(call.due_on, completed_on, schedule.shift, shortest) if by_calendar else None
    drift = _meter_drift(schedule, call, reading)
    done = {each.package.key: each for each in call.occurrences}
    packages = tuple(
        _counted_on(done[package.key].package, done[package.key])
        if package.key in done
        else _moved_along(package, call, _mirrored(call.due_on, move), -drift)
        for package in schedule.packages
    )
    return replace(schedule, packages=packages)


def _mirrored(due_on: date, move: date | None) -> date | None:
    return None if move is None else due_on - (move - due_on)


def _shortest(schedule: Schedule, on: date) -> int:
    return min((cycle_days(on, each.every) for each in schedule.packages if each.every), default=0)


def _share(schedule: Schedule, difference: Decimal) -> Decimal:
    return (difference * schedule.meter_shift / PERCENT).quantize(READING_STEP, ROUND_HALF_UP)


def _meter_drift(schedule: Schedule, call: Call, reading: Decimal | None) -> Decimal:
    due = next((each.due_reading for each in call.running if each.due_reading is not None), None)
    return Decimal(0) if due is None or reading is None else _share(schedule, reading - due)


def _moved_along(package: Package, call: Call, move: date | None, drift: Decimal) -> Package:
    days = (move - call.due_on) if move is not None and package.every is not None else timedelta(0)
    return replace(package, anchor_on=package.anchor_on + days, base=package.base + drift)


def _done(
    schedule: Schedule,
    package: Package,
    taken: Occurrence,
    completed_on: date,
    move: date | None,
    reading: Decimal | None,
) -> Package:
    if taken.trigger == PlanTrigger.CALENDAR:
        if move is not None:
            package = replace(package, anchor_on=move, number=0)
        return _meter_reset(schedule, package, reading)
    if reading is not None and taken.due_reading is not None:
        base = taken.due_reading + _share(schedule, reading - taken.due_reading)
        package = replace(package, base=base)
    return _calendar_reset(schedule, package, completed_on)


def _meter_reset(schedule: Schedule, package: Package, reading: Decimal | None) -> Package:
    """What work that was due by calendar does to the meter's counter."""
    if package.meter_every is None or reading is None:
        return package
    if schedule.resets_both or package.base + package.meter_every <= reading:
        return replace(package, base=reading)
    return package


def _calendar_reset(schedule: Schedule, package: Package, completed_on: date) -> Package:
    """What work that was due by meter does to the calendar's counter."""
    if package.every is None:
        return package
    if schedule.resets_both:
        return replace(package, anchor_on=completed_on, number=0)
    reached = completed_on + timedelta(days=schedule.merge_days)
    while grid_date(package.anchor_on, package.every, package.number + 1) <= reached:
        package = replace(package, number=package.number + 1)
    return package


def started(package: Package, on: date, total: Decimal = Decimal(0)) -> Package:
    """The package of a plan that is switched on: what its grid held before that day is not made up for."""
    base = package.base
    if package.meter_every is not None and total > base:
        base += package.meter_every * ((total - base) // package.meter_every)
    number = package.number
    if package.every is not None:
        while grid_date(package.anchor_on, package.every, number + 1) < on:
            number += 1
    return replace(package, number=number, base=base)
