"""On which days work can be due: seasons, holidays, blackouts, working days, staggering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cmms.choices import DayRule, OutOfSeason

LONGEST_SEARCH = 366
DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Closure:
    """Days on which no maintenance is done, both ends included."""

    from_on: date
    to_on: date
    is_blackout: bool = False

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.from_on <= day <= self.to_on


@dataclass(frozen=True)
class WorkCalendar:
    """The days of a site. `weekdays`: Monday is 0."""

    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    closures: tuple[Closure, ...] = ()

    def is_working(self, day: date) -> bool:
        """Whether anybody works then."""
        return day.weekday() in self.weekdays and not any(each.holds(day) for each in self.closures)

    def is_blackout(self, day: date) -> bool:
        """Whether production needs the plant then."""
        return any(each.is_blackout and each.holds(day) for each in self.closures)

    def placed(self, day: date, rule: str) -> date:
        """The day itself, or the working day before or after it; under every rule no day of a blackout.

        A calendar without any free day within a year leaves the day as it is.
        """
        step = -DAY if rule == DayRule.PREVIOUS else DAY
        found = day
        for _ in range(LONGEST_SEARCH):
            free = not self.is_blackout(found) if rule == DayRule.AS_IS else self.is_working(found)
            if free:
                return found
            found += step
        return day


@dataclass(frozen=True)
class Season:
    """A part of the year as (month, day) from and to, both included; it may run over New Year."""

    start: tuple[int, int]
    end: tuple[int, int]
    outside: str = OutOfSeason.SKIP

    def holds(self, day: date) -> bool:
        """Whether the day lies in the season."""
        here = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= here <= self.end
        return here >= self.start or here <= self.end

    def next_start(self, day: date) -> date:
        """The first day of the season on or after `day`."""
        found = day
        for _ in range(LONGEST_SEARCH):
            if self.holds(found):
                return found
            found += DAY
        return day


def stagger_days(own: int | None, spread: int, position: int) -> int:
    """By how many days a plan lies behind its grid: its own offset, else its place in the site's spread of days."""
    if own is not None:
        return own
    return position % (spread + 1) if spread > 0 else 0
