"""Maintenance figures of a question: each with its arithmetic, its source and the rows it is made from.

The number of SQL statements is constant, whatever the number of assets and records.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, Sum, Value

from cmms.choices import FailureBasis
from cmms.decisions import kpis
from cmms.models import Technician
from cmms.selectors.kpis import rows
from cmms.selectors.kpis.preventive import count_cases, preventive_cases
from cmms.selectors.kpis.question import Question
from cmms.selectors.kpis.stretches import DownTime, down_split, down_times, repair_time
from core.display import quantity_text
from core.money import round_figure

ZERO = Decimal(0)
RELIABILITY, WORK, PLAN, STORES, MONEY = "Reliability", "Work", "Against the plan", "Parts", "Cost"
GROUPS = (RELIABILITY, WORK, PLAN, STORES, MONEY)


@dataclass(frozen=True)
class Figure:
    """One figure. `value` None is "no data"; it is not rounded, `places` says how it is shown.

    `arithmetic` says in words what was divided by what, `kinds` name the rows behind it.
    """

    key: str
    group: str
    label: str
    value: Decimal | None
    unit: str
    arithmetic: str = ""
    source: str = ""
    kinds: tuple[str, ...] = ()
    note: str = ""
    is_cost: bool = False
    places: int = 1


class Percentile(Aggregate):
    """percentile_cont over intervals."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def figures_of(question: Question) -> list[Figure]:
    """All figures of the question."""
    (down,) = down_times(question, [(question.since, question.end)])
    found = [
        *_reliability(question, down),
        *_repair(question),
        *_hours(question),
        *_backlog(question),
        *_preventive(question),
        *_schedule(question),
        *_parts(question),
        *_money(question),
    ]
    return sorted(found, key=lambda figure: GROUPS.index(figure.group))


def hours_text(value: Decimal | None) -> str:
    """Hours for the arithmetic of a figure."""
    return "no hours" if value is None else f"{quantity_text(round_figure(value, 1))} h"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _reliability(question: Question, down: DownTime) -> list[Figure]:
    if question.basis == FailureBasis.CORRECTIVE:
        failures, kinds = rows.corrective(question).count(), ("corrective", "stops")
    else:
        failures, kinds = down.failures + rows.failures(question).count(), ("stops", "failures")
    units = _counted(len(question.population.units), "unit")
    ran = f"{hours_text(down.operating)} of {units}"
    known = down.operating if down.required else None
    return [
        Figure(
            "mtbf", RELIABILITY, "Mean time between failures", kpis.mtbf(known, failures), "h",
            f"{ran} / {_counted(failures, 'failure')}", "SMRP 3.5.1", kinds,
        ),
        Figure(
            "availability", RELIABILITY, "Availability",
            kpis.availability(known, down.required) if down.stops or down.planned_stops else None, "%",
            f"{hours_text(down.operating)} / {hours_text(down.required)}", "SMRP 2.2, EN 15341 T1", ("stops",),
            "Of calendar time." if down.stops or down.planned_stops else "No stop is recorded.",
        ),
        Figure(
            "mdt", RELIABILITY, "Mean down time, unplanned",
            kpis.mean_down_time(down.asset_down, down.stops), "h",
            f"{hours_text(down.asset_down)} / {_counted(down.stops, 'stop')}", "SMRP 3.5.4", ("stops",),
        ),
        Figure(
            "planned-down", RELIABILITY, "Planned down time",
            down.planned if down.planned_stops else None, "h",
            _counted(down.planned_stops, "planned stop"), "SMRP 3.5.4", ("stops",),
        ),
    ]  # fmt: skip


def _repair(question: Question) -> list[Figure]:
    repair = repair_time(question)
    split = down_split(question)
    waits = None if split is None else split.parts
    words = ""
    if split is not None:
        pieces = (("parts", split.parts), ("vendor", split.vendor), ("other waiting", split.other_waiting),
                  ("repair", split.repair), ("rest", split.rest))  # fmt: skip
        words = "; ".join(f"{name} {hours_text(value)}" for name, value in pieces)
    return [
        Figure(
            "mttr", RELIABILITY, "Mean time to repair", kpis.mttr(repair.hours, repair.repairs), "h",
            f"{hours_text(repair.hours)} / {_counted(repair.repairs, 'repair')}", "SMRP 3.5.2", ("repairs",),
            "Work of all people as one, waiting taken out.",
        ),
        Figure(
            "material-wait", STORES, "Material wait in down time",
            kpis.share_of_hours(waits, split.total if split else None), "%",
            f"{hours_text(waits)} / {hours_text(split.total if split else None)}", "", ("waits",), words,
        ),
    ]  # fmt: skip


def _hours(question: Question) -> list[Figure]:
    sums = rows.labor(question).aggregate(
        every=Sum("hours"),
        planned=Sum("hours", filter=Q(nature="PLANNED")),
        reactive=Sum("hours", filter=Q(nature="REACTIVE")),
        wrench=Sum("hours", filter=Q(kind="WRENCH")),
        planned_orders=Count("work_order", distinct=True, filter=Q(nature="PLANNED")),
        reactive_orders=Count("work_order", distinct=True, filter=Q(nature="REACTIVE")),
    )
    every = sums["every"]
    part = {
        name: (sums[name] or ZERO) if every is not None else None
        for name in ("planned", "reactive", "wrench")
    }
    by_count = f"{sums['planned_orders']} : {sums['reactive_orders']} work orders"

    def share(key: str, label: str, name: str, source: str, note: str = "") -> Figure:
        words = f"{hours_text(part[name])} / {hours_text(every)}"
        return Figure(
            key, WORK, label, kpis.share_of_hours(part[name], every), "%", words, source, ("labor",), note
        )

    return [
        share("planned", "Planned work", "planned", "SMRP 5.3.1", "Of hours worked."),
        share("reactive", "Reactive work", "reactive", "SMRP 5.4.1"),
        Figure(
            "planned-reactive", WORK, "Planned hours per reactive hour",
            kpis.planned_to_reactive(part["planned"], part["reactive"]), "",
            f"{hours_text(part['planned'])} : {hours_text(part['reactive'])}", "", ("labor",), by_count, places=2,
        ),
        share("wrench", "Wrench time", "wrench", "", "Self-reported: hours of kind Work."),
    ]  # fmt: skip


def _schedule(question: Question) -> list[Figure]:
    sums = rows.scheduled(question).aggregate(
        orders=Count("pk"),
        orders_done=Count("pk", filter=Q(done=True)),
        planned=Sum("hours"),
        kept=Sum("hours", filter=Q(done=True)),
    )
    planned, done = sums["planned"] or ZERO, sums["kept"] or ZERO
    return [
        Figure(
            "schedule-hours", PLAN, "Schedule compliance, hours", kpis.schedule_compliance(done, planned), "%",
            f"{hours_text(done)} / {hours_text(planned)}", "SMRP 5.4.3", ("scheduled",),
        ),
        Figure(
            "schedule-orders", PLAN, "Schedule compliance, work orders",
            kpis.schedule_compliance(sums["orders_done"], sums["orders"]), "%",
            f"{sums['orders_done']} / {sums['orders']}", "SMRP 5.4.4, EN 15341 O22", ("scheduled",),
        ),
    ]  # fmt: skip


def _preventive(question: Question) -> list[Figure]:
    count = count_cases(preventive_cases(question))
    apart = f"{count.pending} within their grace, {count.excluded} called off: not counted."
    return [
        Figure(
            "pm-compliance", PLAN, "Preventive work on time", kpis.pm_compliance(count.on_time, count.due),
            "%", f"{count.on_time} / {count.due}", "SMRP 5.4.14, EN 15341 O18", ("preventive",), apart,
        )
    ]  # fmt: skip


def _backlog(question: Question) -> list[Figure]:
    ready = rows.ready(question).aggregate(hours=Sum("planned_hours"), orders=Count("pk"))
    crew = Technician.objects.filter(user__is_active=True).aggregate(hours=Sum("weekly_hours"))["hours"]
    waiting = ready["hours"] if ready["orders"] else None
    age = ExpressionWrapper(Value(question.now) - F("reported_at"), output_field=DurationField())
    open_ages = rows.open_orders(question).annotate(age=age).aggregate(**_middle("age"))
    took = ExpressionWrapper(F("done_at") - F("reported_at"), output_field=DurationField())
    cycles = rows.finished(question).annotate(took=took).aggregate(**_middle("took"))
    return [
        Figure(
            "backlog", WORK, "Ready backlog", kpis.backlog_weeks(waiting, crew), "weeks",
            f"{hours_text(waiting)} / {hours_text(crew)} of all crews a week", "SMRP 5.4.9", ("ready",),
            f"{_counted(ready['orders'], 'work order')}, as it stands now.",
        ),
        _age("ageing", "Age of open work", open_ages, "SMRP 5.4.6", "open", "open work order"),
        _age("cycle", "Cycle time of done work", cycles, "SMRP 5.4.7", "finished", "work order"),
    ]  # fmt: skip


def _middle(name: str) -> dict[str, Any]:
    return {
        "half": Percentile(name, share="0.5"),
        "most": Percentile(name, share="0.9"),
        "count": Count("pk"),
    }


def _age(key: str, label: str, found: dict[str, Any], source: str, kind: str, word: str) -> Figure:
    most = kpis.days(found["most"])
    note = "" if most is None else f"Nine in ten within {quantity_text(round_figure(most, 1))} days."
    return Figure(
        key, WORK, label, kpis.days(found["half"]), "days",
        f"median of {_counted(found['count'], word)}", source, (kind,), note,
    )  # fmt: skip


def _money(question: Question) -> list[Figure]:
    currency = settings.BASE_CURRENCY
    cost = rows.costs(question).aggregate(total=Sum("amount"), count=Count("pk"))
    pair = rows.estimated(question).values("estimate_cost", "actual_cost")
    sums = pair.aggregate(estimate=Sum("estimate_cost"), actual=Sum("actual_cost"), count=Count("pk"))
    year = rows.year_costs(question).aggregate(total=Sum("amount"))["total"]
    value = question.population.replacement_value
    without = question.population.without_value
    stock = rows.stock(question).aggregate(total=Sum("value"))["total"]

    def amount(figure: Decimal | None) -> str:
        return "—" if figure is None else f"{round_figure(figure, 2):,} {currency}"

    return [
        Figure(
            "cost", MONEY, "Maintenance cost", cost["total"], currency, _counted(cost["count"], "entry", "entries"), "",
            ("costs",), is_cost=True, places=2,
        ),
        Figure(
            "estimate", MONEY, "Actual cost to estimate", kpis.actual_to_estimate(sums["actual"], sums["estimate"]),
            "%", f"{amount(sums['actual'])} / {amount(sums['estimate'])}", "SMRP 5.3.3", ("estimated",), is_cost=True,
        ),
        Figure(
            "value", MONEY, "Cost of replacement value", kpis.percent_of_value(year, value), "%",
            f"{amount(year)} / {amount(value)}", "SMRP 1.5, EN 15341 E1", ("year-costs",),
            f"Twelve months; {_counted(without, 'asset')} without a value on neither side.", is_cost=True, places=2,
        ),
        Figure(
            "stock-value", STORES, "Stock value of replacement value", kpis.percent_of_value(stock, value), "%",
            f"{amount(stock)} / {amount(value)}", "SMRP 1.4", ("stock",), is_cost=True, places=2,
        ),
    ]  # fmt: skip


def _parts(question: Question) -> list[Figure]:
    asked = rows.demands(question).aggregate(
        every=Count("pk"), short=Count("pk", filter=Q(short_at_request__gt=0))
    )
    return [
        Figure(
            "stock-outs", STORES, "Stock-outs", kpis.stock_outs(asked["short"], asked["every"]), "%",
            f"{asked['short']} / {_counted(asked['every'], 'demand')}", "SMRP 5.5.33", ("demands",),
        )
    ]  # fmt: skip
