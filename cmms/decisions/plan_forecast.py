"""What plans will ask for: dates, hours by craft, parts and money, months ahead. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from cmms.decisions.plan_schedule import Call, Schedule, called, completed, next_call

ZERO = Decimal(0)
MOST_CALLS = 2000


@dataclass(frozen=True)
class PartNeed:
    """So much of an item. `lead_days`: from asking to delivery; None is not known."""

    item: int
    quantity: Decimal
    unit_cost: Decimal | None = None
    lead_days: int | None = None


@dataclass(frozen=True)
class Content:
    """What one job plan takes. `other_cost`: besides hours and parts, in the base currency; None is not known."""

    job_plan: int
    hours: Mapping[int | None, Decimal] = field(default_factory=dict)
    parts: tuple[PartNeed, ...] = ()
    other_cost: Decimal | None = ZERO


@dataclass(frozen=True)
class ForecastRow:
    """One call of one plan. Hours by craft, parts by item; `cost` in the base currency, None where a price is unknown."""

    plan: int
    call: Call
    hours: Mapping[int | None, Decimal]
    parts: tuple[PartNeed, ...]
    cost: Decimal | None
    buy_by: date | None


def upcoming(schedule: Schedule, until: date, open_call: Call | None, today: date) -> Iterator[Call]:
    """The calls due up to `until`, as if each were done on its day; work still open as if it were done today."""
    if open_call is not None:
        day = max(today, open_call.due_on)
        schedule = completed(schedule, open_call, day, _reading(schedule, open_call, day))
    for _ in range(MOST_CALLS):
        call = next_call(schedule)
        if call is None or call.due_on > until:
            return
        yield call
        schedule = completed(called(schedule, call), call, call.due_on, _reading(schedule, call, call.due_on))


def _reading(schedule: Schedule, call: Call, day: date) -> Decimal | None:
    due = next((each.due_reading for each in call.running if each.due_reading is not None), None)
    if due is not None or schedule.meter is None:
        return due
    return schedule.meter.total_on(day)


def content_of(call: Call, contents: Mapping[int, Content], adds_covered: bool) -> list[Content]:
    """The job plans of a call, each once: those of what runs and, where they add to it, of what is covered."""
    wanted = call.occurrences if adds_covered else call.running
    ordered = sorted(wanted, key=lambda each: (-each.package.hierarchy, each.package.key))
    found = {
        contents[each.package.key].job_plan: contents[each.package.key]
        for each in ordered
        if each.package.key in contents
    }
    return list(found.values())


def forecast(
    plan: int,
    schedule: Schedule,
    contents: Mapping[int, Content],
    *,
    rates: Mapping[int | None, Decimal],
    until: date,
    today: date,
    open_call: Call | None = None,
    adds_covered: bool = True,
    buffer_days: int = 0,
) -> list[ForecastRow]:
    """The rows of one plan up to a day; `rates`: cost of an hour by craft."""
    return [
        _row(plan, call, content_of(call, contents, adds_covered), rates, buffer_days)
        for call in upcoming(schedule, until, open_call, today)
    ]


def _row(
    plan: int, call: Call, content: Iterable[Content], rates: Mapping[int | None, Decimal], buffer_days: int
) -> ForecastRow:
    hours: dict[int | None, Decimal] = {}
    parts: dict[int, PartNeed] = {}
    cost: Decimal | None = ZERO
    for each in content:
        cost = None if cost is None or each.other_cost is None else cost + each.other_cost
        for craft, count in each.hours.items():
            hours[craft] = hours.get(craft, ZERO) + count
            cost = (
                None
                if cost is None or (count and craft not in rates)
                else cost + count * rates.get(craft, ZERO)
            )
        for need in each.parts:
            parts[need.item] = _added(parts.get(need.item), need)
            cost = None if cost is None or need.unit_cost is None else cost + need.quantity * need.unit_cost
    return ForecastRow(
        plan, call, hours, tuple(parts.values()), cost, buy_by(call.due_on, parts.values(), buffer_days)
    )


def _added(before: PartNeed | None, need: PartNeed) -> PartNeed:
    if before is None:
        return need
    leads = [each for each in (before.lead_days, need.lead_days) if each is not None]
    return replace(need, quantity=before.quantity + need.quantity, lead_days=max(leads, default=None))


def buy_by(due_on: date, parts: Iterable[PartNeed], buffer_days: int) -> date | None:
    """The last day to ask for the parts: due - longest lead time of a part - buffer; None without parts."""
    leads = [each.lead_days or 0 for each in parts]
    return due_on - timedelta(days=max(leads) + buffer_days) if leads else None
