"""The course of the main figures, month by month, for charts; four statements for any number of months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from cmms.choices import CostBucket
from cmms.selectors.kpis import rows
from cmms.selectors.kpis.preventive import LATE, ON_TIME, preventive_cases
from cmms.selectors.kpis.question import Question
from cmms.selectors.kpis.stretches import down_times

ZERO = Decimal(0)
MOST_MONTHS = 36


@dataclass(frozen=True)
class Course:
    """One chart: a value per series and month; None is "no data". Stacked unless `is_share`."""

    key: str
    title: str
    unit: str
    months: list[str]
    series: list[tuple[str, list[Decimal | None]]]
    is_cost: bool = False
    is_share: bool = False


def course_of(question: Question, zone: ZoneInfo) -> list[Course]:
    """Down time, hours by kind of work, preventive work on time, cost by kind: by month of the zone's calendar."""
    parts = months_of(question, zone)
    names = [f"{since.astimezone(zone):%b %Y}" for since, _ in parts]
    return [
        _down(question, parts, names),
        _hours(question, parts, names, zone),
        _on_time(question, parts, names),
        _cost(question, parts, names, zone),
    ]


def months_of(question: Question, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The period cut at each month's first midnight; the last 36 pieces."""
    found = []
    since = question.since
    while since < question.until:
        local = since.astimezone(zone)
        year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
        until = min(datetime(year, month, 1, tzinfo=zone), question.until)
        found.append((since, until))
        since = until
    return found[-MOST_MONTHS:]


def _down(question: Question, parts: list[tuple[datetime, datetime]], names: list[str]) -> Course:
    found = down_times(question, parts) if parts else []
    started = [since < question.now for since, _ in parts]

    def known(values: list[Decimal]) -> list[Decimal | None]:
        return [value if begun else None for value, begun in zip(values, started, strict=True)]

    series = [
        ("Unplanned", known([each.unplanned for each in found])),
        ("Planned", known([each.planned for each in found])),
    ]
    return Course("down", "Down time", "h", names, series)


def _place(parts: list[tuple[datetime, datetime]], moment: datetime) -> int | None:
    return next((place for place, (since, until) in enumerate(parts) if since <= moment < until), None)


def _hours(
    question: Question, parts: list[tuple[datetime, datetime]], names: list[str], zone: ZoneInfo
) -> Course:
    sums = (
        rows.labor(question)
        .annotate(month=TruncMonth("started_at", tzinfo=zone))
        .values_list("month", "nature")
        .annotate(total=Sum("hours"))
        .order_by()
    )
    lines: dict[str, list[Decimal | None]] = {
        key: [None] * len(parts) for key in ("PLANNED", "OTHER", "REACTIVE")
    }
    for month, kind, total in sums:
        place = _place(parts, max(month, question.since))
        if place is not None:
            lines[kind][place] = total
    labels = {"PLANNED": "Planned", "OTHER": "Other", "REACTIVE": "Reactive"}
    return Course("hours", "Hours worked", "h", names, [(labels[key], line) for key, line in lines.items()])


def _on_time(question: Question, parts: list[tuple[datetime, datetime]], names: list[str]) -> Course:
    good, due = [0] * len(parts), [0] * len(parts)
    for due_at, verdict in preventive_cases(question):
        place = _place(parts, due_at)
        if place is not None and verdict in {ON_TIME, LATE}:
            due[place] += 1
            good[place] += verdict == ON_TIME
    shares = [Decimal(done) * 100 / count if count else None for done, count in zip(good, due, strict=True)]
    return Course("on-time", "Preventive work on time", "%", names, [("On time", shares)], is_share=True)


def _cost(
    question: Question, parts: list[tuple[datetime, datetime]], names: list[str], zone: ZoneInfo
) -> Course:
    sums = (
        rows.costs(question)
        .annotate(month=TruncMonth("occurred_on"))
        .values_list("month")
        .annotate(**{bucket: Sum("amount", filter=Q(bucket=bucket)) for bucket in CostBucket.values})
        .order_by()
    )
    lines: dict[str, list[Decimal | None]] = {bucket: [None] * len(parts) for bucket in CostBucket.values}
    for month, *totals in sums:
        first = datetime(month.year, month.month, month.day, tzinfo=zone)
        place = _place(parts, max(first, question.since))
        for bucket, total in zip(CostBucket.values, totals, strict=True):
            if place is not None:
                lines[bucket][place] = total
    series = [(str(CostBucket(key).label), line) for key, line in lines.items()]
    return Course("cost", "Maintenance cost", "", names, series, is_cost=True)
