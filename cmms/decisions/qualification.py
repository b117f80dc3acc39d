"""Whether a person may do a step on a day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Held:
    """One qualification from a day to a day (both included; None: open); from `withdrawn_on` on it is void."""

    qualification_id: int
    valid_from: date
    valid_until: date | None = None
    withdrawn_on: date | None = None

    def counts_on(self, day: date) -> bool:
        """Whether it counts on that day."""
        begun = self.valid_from <= day
        over = self.valid_until is not None and self.valid_until < day
        withdrawn = self.withdrawn_on is not None and self.withdrawn_on <= day
        return begun and not over and not withdrawn


def missing_on(required: Iterable[int], held: Iterable[Held], day: date) -> list[int]:
    """Required qualifications that do not count on `day`, in the order they are required."""
    counting = {each.qualification_id for each in held if each.counts_on(day)}
    return [each for each in dict.fromkeys(required) if each not in counting]


def last_day(valid_from: date, months: int | None) -> date | None:
    """The last day of a validity of so many months: the day before the same day of the month, clamped to its end."""
    if months is None:
        return None
    index = valid_from.month - 1 + months
    year, month = valid_from.year + index // 12, index % 12 + 1
    day = min(valid_from.day, monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1)
