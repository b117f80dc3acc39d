"""Months ahead: what the active plans will ask for. A constant number of statements; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.db.models import Count, QuerySet

from cmms.choices import PlanStatus
from cmms.decisions.plan_forecast import ForecastRow, PartNeed, forecast
from cmms.decisions.plan_grid import local_day
from cmms.models import Craft, MaintenancePlan
from cmms.selectors.plan_contents import (
    approved_work,
    content_of_work,
    costs_at_sites,
    craft_rates,
    stock_on_hand,
)
from cmms.selectors.plan_states import PlanState, plan_states
from core.models import Item

ZERO = Decimal(0)
NO_CRAFT = "No craft named"
LONGEST = 24  # months


@dataclass(frozen=True)
class DueWork:
    """One future cycle. `what`: the job plans that run. `cost` in the base currency; None is not known."""

    plan: MaintenancePlan
    due_on: date
    what: str
    hours: Decimal
    cost: Decimal | None
    buy_by: date | None
    has_parts: bool


@dataclass
class MonthOutlook:
    """One month. `cost`: of the cycles whose cost is known; `unpriced`: how many are not."""

    first: date
    cycles: int = 0
    hours: dict[str, Decimal] = field(default_factory=dict)
    cost: Decimal = ZERO
    unpriced: int = 0

    @property
    def total_hours(self) -> Decimal:
        """Over all crafts."""
        return sum(self.hours.values(), ZERO)


@dataclass(frozen=True)
class PartOutlook:
    """One item: needed over the time, free today, short by so much, to be bought by (None: enough is free)."""

    item: Item
    by_month: tuple[Decimal, ...]
    needed: Decimal
    free: Decimal
    first_due_on: date
    buy_by: date | None
    cost: Decimal | None

    @property
    def short(self) -> Decimal:
        """What has to be bought."""
        return max(self.needed - self.free, ZERO)


@dataclass(frozen=True)
class Outlook:
    """The forecast. `crafts`: names with their hours by month."""

    start: date
    until: date
    months: tuple[MonthOutlook, ...]
    crafts: tuple[tuple[str, tuple[Decimal, ...], Decimal], ...]
    parts: tuple[PartOutlook, ...]
    work: tuple[DueWork, ...]


def outlook(
    *,
    at: datetime,
    months: int = 6,
    plans: QuerySet[MaintenancePlan] | None = None,
    today: date | None = None,
) -> Outlook:
    """What the active ones of `plans` (all, by default) ask for until the end of so many months, this one included.

    Work still open counts as done today or when due, later work as done on its day.
    """
    start = today or at.date()
    months = min(max(months, 1), LONGEST)
    first = start.replace(day=1)
    until = first + relativedelta(months=months) - timedelta(days=1)
    rows = (MaintenancePlan.objects.all() if plans is None else plans).filter(status=PlanStatus.ACTIVE)
    states = plan_states(list(rows.select_related("site", "asset", "location").order_by("pk")), at)
    found = _rows(states, until, at)
    names = dict(Craft.objects.values_list("pk", "name"))
    figures = tuple(MonthOutlook(first + relativedelta(months=number)) for number in range(months))
    for _, row in found:
        _add(figures[_month(row, first)], row, names)
    crafts = sorted({name for month in figures for name in month.hours})
    return Outlook(
        start=start,
        until=until,
        months=figures,
        crafts=tuple(_craft(name, figures) for name in crafts),
        parts=_parts(found, first, months, {state.plan.site_id for state in states.values()}, plans is None),
        work=tuple(_work(state, row) for state, row in found),
    )


def plan_outlook(plan: MaintenancePlan, *, at: datetime, months: int = 12) -> Outlook:
    """The forecast of one plan, from the local day of its site."""
    today = local_day(at, plan.site.timezone)
    rows = MaintenancePlan.objects.filter(pk=plan.pk)
    return outlook(at=at, months=months, plans=rows, today=today)


def _rows(states: Mapping[int, PlanState], until: date, at: datetime) -> list[tuple[PlanState, ForecastRow]]:
    works = approved_work({each.job_plan_id for state in states.values() for each in state.packages.values()})
    items = {part.item_id for work in works.values() for part in work.parts}
    costs = costs_at_sites(items, {state.plan.site_id for state in states.values()})
    rates = craft_rates(at.date())
    rounds = _rounds(states)
    found: list[tuple[PlanState, ForecastRow]] = []
    for pk, state in states.items():
        plan = state.plan
        contents = {
            key: content_of_work(
                works[package.job_plan_id], site_id=plan.site_id, costs=costs, lead_days=plan.part_lead_days,
                rounds=rounds.get(pk, 1),
            )
            for key, package in state.packages.items()
            if package.job_plan_id in works
        }  # fmt: skip
        rows = forecast(
            pk, state.schedule, contents, rates=rates, until=until, today=state.today, open_call=state.open_call,
            adds_covered=plan.adds_covered_steps, buffer_days=plan.buffer_days,
        )  # fmt: skip
        found += [(state, row) for row in rows]
    return sorted(found, key=lambda each: (each[1].call.due_on, each[0].plan.pk))


def _rounds(states: Mapping[int, PlanState]) -> dict[int, int]:
    rows = MaintenancePlan.objects.filter(pk__in=states, stops__isnull=False).order_by()
    return dict(rows.values_list("pk").annotate(Count("stops")))


def _month(row: ForecastRow, first: date) -> int:
    """Which month it falls into; what is overdue counts in the first."""
    due = row.call.due_on
    return max((due.year - first.year) * 12 + due.month - first.month, 0)


def _add(month: MonthOutlook, row: ForecastRow, names: Mapping[int, str]) -> None:
    month.cycles += 1
    for craft, hours in row.hours.items():
        name = names.get(craft or 0, NO_CRAFT)
        month.hours[name] = month.hours.get(name, ZERO) + hours
    if row.cost is None:
        month.unpriced += 1
    else:
        month.cost += row.cost


def _craft(name: str, months: Sequence[MonthOutlook]) -> tuple[str, tuple[Decimal, ...], Decimal]:
    hours = tuple(month.hours.get(name, ZERO) for month in months)
    return name, hours, sum(hours, ZERO)


def _work(state: PlanState, row: ForecastRow) -> DueWork:
    what = " + ".join(state.packages[each.package.key].job_plan.name for each in row.call.running)
    hours = sum(row.hours.values(), ZERO)
    return DueWork(state.plan, row.call.due_on, what, hours, row.cost, row.buy_by, bool(row.parts))


def _parts(
    found: Iterable[tuple[PlanState, ForecastRow]],
    first: date,
    months: int,
    site_ids: set[int],
    everywhere: bool,
) -> tuple[PartOutlook, ...]:
    needs: dict[int, list[tuple[PlanState, ForecastRow, PartNeed]]] = {}
    for state, row in found:
        for need in row.parts:
            needs.setdefault(need.item, []).append((state, row, need))
    items = Item.objects.select_related("unit").in_bulk(needs)
    free = stock_on_hand(needs, None if everywhere else site_ids)
    parts = [_part(items[pk], rows, free.get(pk, ZERO), first, months) for pk, rows in needs.items()]
    return tuple(sorted(parts, key=lambda each: (each.buy_by or date.max, each.item.code)))


def _part(
    item: Item,
    rows: Sequence[tuple[PlanState, ForecastRow, PartNeed]],
    free: Decimal,
    first: date,
    months: int,
) -> PartOutlook:
    by_month = [ZERO] * months
    needed, cost = ZERO, ZERO
    unknown, buy_by = False, None
    for state, row, need in rows:
        by_month[_month(row, first)] += need.quantity
        needed += need.quantity
        unknown = unknown or need.unit_cost is None
        cost += need.quantity * (need.unit_cost or ZERO)
        if buy_by is None and needed > free:
            days = (need.lead_days or 0) + state.plan.buffer_days
            buy_by = row.call.due_on - timedelta(days=days)
    return PartOutlook(
        item, tuple(by_month), needed, free, rows[0][1].call.due_on, buy_by, None if unknown else cost
    )
