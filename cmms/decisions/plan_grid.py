"""Due dates of a plan as arithmetic: the grid of an interval, and how late or early work moves it.

Days are local days of the asset's site. The grid is counted from its anchor, never from the date before, so that
31 January gives 28 (29) February and 31 March again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from cmms.choices import IntervalUnit

PERCENT = 100
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Every:
    """An interval, e.g. every 3 months."""

    count: int
    unit: str


@dataclass(frozen=True)
class ShiftRule:
    """How far the next date follows late or early work, in percent of the deviation.

    0 is a fixed grid, 100 floats with the completion. A deviation of up to `tolerance` percent of the shortest
    cycle moves nothing.
    """

    late: int = 0
    early: int = 0
    tolerance: int = 0

    @property
    def moves(self) -> bool:
        """Whether completion has any say in the next date."""
        return bool(self.late or self.early)

    @property
    def floats(self) -> bool:
        """Whether the next date counts from the completion, whatever was due."""
        return self.late == self.early == PERCENT and self.tolerance == 0


def grid_date(anchor: date, every: Every, number: int) -> date:
    """The `number`-th date after `anchor` (0 is the anchor): months and years end with the month they reach."""
    count = every.count * number
    if every.unit == IntervalUnit.DAY:
        return anchor + timedelta(days=count)
    if every.unit == IntervalUnit.WEEK:
        return anchor + timedelta(weeks=count)
    months = count * (MONTHS_A_YEAR if every.unit == IntervalUnit.YEAR else 1)
    reached: date = anchor + relativedelta(months=months)
    return reached


def cycle_days(on: date, every: Every) -> int:
    """How many days one interval takes from `on`."""
    return (grid_date(on, every, 1) - on).days


def moved_to(due_on: date, completed_on: date, rule: ShiftRule, shortest_days: int) -> date | None:
    """The day from which the next interval counts, or None where the grid stays as it is.

    next = due + factor x lateness + interval, only where the lateness exceeds the tolerance; half days count up.
    Raises nothing: completion before the due day is early, and is moved by its own factor.
    """
    lateness = (completed_on - due_on).days
    if rule.floats:
        return completed_on
    if abs(lateness) <= shortest_days * rule.tolerance // PERCENT:
        return None
    share = rule.late if lateness > 0 else rule.early
    days = (abs(lateness) * share * 2 + PERCENT) // (2 * PERCENT)
    return due_on + timedelta(days=days if lateness > 0 else -days) if share else None


def moment(day: date, clock: time, zone: str) -> datetime:
    """Day and local time as a moment in UTC.

    A time that a change to daylight saving leaves out comes that much later; one that happens twice is the first.
    """
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    """Which day it is there."""
    return at.astimezone(ZoneInfo(zone)).date()
