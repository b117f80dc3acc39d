"""What a meter has counted in all, over rollovers and replacements, and how much it counts per day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from cmms.choices import ReadingKind

ZERO = Decimal(0)
USE_STEP = Decimal("0.0001")
SECONDS_PER_DAY = Decimal(86400)
LONGEST_ESTIMATE = 36_500  # days; what comes later than a century does not come


@dataclass(frozen=True)
class Shown:
    """A reading: what the dial shows and what was counted in all up to it."""

    value: Decimal
    total: Decimal


def total_after(
    last: Shown | None,
    value: Decimal,
    kind: str,
    *,
    rollover_at: Decimal | None = None,
    old_value: Decimal | None = None,
) -> Decimal:
    """What was counted in all up to a new reading.

    ROLLOVER: the dial went over `rollover_at` and began at zero. REPLACED: the old meter last showed `old_value`
    (what it showed before, where nobody looked) and the new one begins at `value`. CORRECTION: the reading
    before was wrong, so the total goes back with it.
    """
    if last is None:
        return value
    if kind == ReadingKind.ROLLOVER:
        return last.total + (rollover_at or last.value) - last.value + value
    if kind == ReadingKind.REPLACED:
        return last.total + (last.value if old_value is None else old_value) - last.value
    return last.total + value - last.value


def daily_use(
    readings: Sequence[tuple[datetime, Decimal]], expected: Decimal | None = None
) -> Decimal | None:
    """Average use per day between the first and the last of `readings` (moment, total), to four decimals.

    With less than a day between them, or a total that fell, it is `expected`; None is no data.
    """
    if len(readings) >= 2:
        (first_at, first), (last_at, last) = min(readings), max(readings)
        days = Decimal((last_at - first_at).total_seconds()) / SECONDS_PER_DAY
        if days >= 1 and last >= first:
            return ((last - first) / days).quantize(USE_STEP, ROUND_HALF_UP)
    return expected


@dataclass(frozen=True)
class MeterState:
    """Where a meter stands: its total, the local day it was read, its average use per day (None: no data)."""

    total: Decimal
    read_on: date
    use: Decimal | None = None

    def reaches(self, reading: Decimal) -> date | None:
        """The day on which the total is expected to reach `reading`; the day of the last one if it has."""
        if self.total >= reading:
            return self.read_on
        if not self.use or self.use <= 0:
            return None
        days = ((reading - self.total) / self.use).to_integral_value(ROUND_CEILING)
        return self.read_on + timedelta(days=int(days)) if days <= LONGEST_ESTIMATE else None

    def total_on(self, day: date) -> Decimal:
        """The total expected on a day; as read where the day is not later than the reading."""
        days = max((day - self.read_on).days, 0)
        return self.total + (self.use or ZERO) * days
