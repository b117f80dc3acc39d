"""Formulas of maintenance figures. Each takes sums and counts and gives a Decimal, not rounded, or None for "no data".

Numbers such as SMRP 5.4.14 are those of the SMRP Best Practice metrics, EN those of EN 15341; the formulas follow
them, without a claim of certified conformity.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from cmms.choices import PmRule

DAY = timedelta(days=1)
LONGEST_GRACE = timedelta(days=28)


def _over(numerator: Decimal | None, denominator: Decimal | int | None) -> Decimal | None:
    if numerator is None or not denominator:
        return None
    return numerator / denominator


def _percent(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return Decimal(part) * 100 / whole


def mtbf(operating_hours: Decimal | None, failures: int) -> Decimal | None:
    """Mean time between failures in hours: operating time / failures (SMRP 3.5.1). No failure: None, never 0.

    Operating time is calendar time less every stretch in which the unit was down, each hour once.
    """
    return _over(operating_hours, failures)


def mttr(repair_hours: Decimal | None, repairs: int) -> Decimal | None:
    """Mean time to repair in hours: active repair time / repairs (SMRP 3.5.2).

    Active time of one repair is the union of its labor, not the sum over people, less its waiting.
    """
    return _over(repair_hours, repairs)


def mean_down_time(down_hours: Decimal | None, stops: int) -> Decimal | None:
    """Mean down time in hours: time down / stops (SMRP 3.5.4)."""
    return _over(down_hours, stops)


def availability(operating_hours: Decimal | None, required_hours: Decimal | None) -> Decimal | None:
    """Availability in percent: uptime / (uptime + downtime) within the required time (SMRP 2.2, EN 15341 T1)."""
    return _percent(operating_hours, required_hours)


def share_of_hours(hours: Decimal | None, all_hours: Decimal | None) -> Decimal | None:
    """Percent of all maintenance hours: planned (SMRP 5.3.1), reactive (SMRP 5.4.1), wrench time."""
    return _percent(hours, all_hours)


def planned_to_reactive(planned_hours: Decimal | None, reactive_hours: Decimal | None) -> Decimal | None:
    """Planned hours for each reactive hour. Without a reactive hour there is no ratio: None."""
    return _over(planned_hours, reactive_hours)


def latest_end(due_at: datetime, interval: timedelta | None, rule: str) -> datetime:
    """Until when preventive work counts as on time (SMRP 5.4.14).

    Grace by share of the interval is in whole days: 20 % with at most 28 days (a week gives 1 day, a month 6, a
    quarter 18, half a year and more 28), or 10 %. Work whose interval is not known gets none.
    """
    if rule == PmRule.PLUS_DAY:
        return due_at + DAY
    if rule == PmRule.DUE or interval is None:
        return due_at
    share = interval // 5 if rule == PmRule.FIFTH else interval // 10
    grace = DAY * (share // DAY)
    return due_at + (min(grace, LONGEST_GRACE) if rule == PmRule.FIFTH else grace)


def pm_compliance(on_time: int, due: int) -> Decimal | None:
    """Preventive work done on time, in percent of what was due (SMRP 5.4.14, EN 15341 O18)."""
    return _percent(on_time, due)


def schedule_compliance(done: Decimal | int, scheduled: Decimal | int) -> Decimal | None:
    """Scheduled hours (SMRP 5.4.3) or work orders (SMRP 5.4.4, EN 15341 O22) done in their week, in percent."""
    return _percent(done, scheduled)


def backlog_weeks(ready_hours: Decimal | None, crew_hours_per_week: Decimal | None) -> Decimal | None:
    """Ready backlog in weeks: hours of released work with all its parts / hours of the crew in a week (SMRP 5.4.9)."""
    return _over(ready_hours, crew_hours_per_week)


def actual_to_estimate(actual: Decimal | None, estimate: Decimal | None) -> Decimal | None:
    """Actual cost in percent of the approved estimate (SMRP 5.3.3)."""
    return _percent(actual, estimate)


def percent_of_value(cost: Decimal | None, replacement_value: Decimal | None) -> Decimal | None:
    """Cost of twelve months, or stock value, in percent of the replacement asset value (SMRP 1.5, 1.4; EN 15341 E1).

    Assets without a replacement value belong to neither side.
    """
    return _percent(cost, replacement_value)


def stock_outs(short: int, asked: int) -> Decimal | None:
    """Demands for stocked parts not filled in full when asked, in percent of all such demands (SMRP 5.5.33)."""
    return _percent(short, asked)


def days(length: timedelta | None) -> Decimal | None:
    """A length in days."""
    return None if length is None else hours(length) / 24


def hours(length: timedelta) -> Decimal:
    """A length in hours, exact to the microsecond."""
    whole = Decimal(length.days * 86400 + length.seconds) + Decimal(length.microseconds) / 1_000_000
    return whole / 3600
