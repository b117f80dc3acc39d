"""Unions of stretches of time, made by PostgreSQL's multiranges: each hour counts once, whoever reported it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db import connection

from cmms.decisions.kpis import hours
from cmms.selectors.kpis.question import Question
from cmms.selectors.kpis.rows import repairs

ZERO = Decimal(0)
Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class DownTime:
    """Hours of the units of a question in one period. `planned`: planned and nothing else at that moment.

    `stops`: unplanned stretches that touch the period, `failures`: those that begin in it, per asset.
    """

    required: Decimal
    down: Decimal
    unplanned: Decimal
    planned: Decimal
    stops: int
    failures: int
    planned_stops: int
    asset_down: Decimal

    @property
    def operating(self) -> Decimal:
        """Required hours less every hour down."""
        return self.required - self.down


_DOWN = """
WITH part(number, since, until) AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(since)s::timestamptz[], %(until)s::timestamptz[])
), of_unit(asset_id, unit_id) AS (
    SELECT * FROM unnest(%(assets)s::bigint[], %(units)s::bigint[])
), stop AS (
    SELECT part.number, part.since, part.until, of_unit.asset_id, of_unit.unit_id, event.is_planned,
           tstzrange(event.started_at, LEAST(GREATEST(COALESCE(event.ended_at, %(now)s), event.started_at), part.until), '[]') AS span,
           tstzrange(GREATEST(event.started_at, part.since),
                     LEAST(GREATEST(COALESCE(event.ended_at, %(now)s), event.started_at), part.until), '[]') AS inside
    FROM cmms_downtimeevent event JOIN of_unit USING (asset_id) JOIN part
      ON event.started_at < part.until
     AND (event.ended_at IS NULL OR event.ended_at > part.since OR event.started_at >= part.since)
    WHERE event.voided_at IS NULL
), by_unit AS (
    SELECT number, range_agg(inside) AS every,
           COALESCE(range_agg(inside) FILTER (WHERE NOT is_planned), '{}') AS sudden
    FROM stop GROUP BY number, unit_id
), by_asset AS (
    SELECT number, since, COALESCE(range_agg(span) FILTER (WHERE NOT is_planned), '{}') AS sudden,
           COALESCE(range_agg(inside) FILTER (WHERE NOT is_planned), '{}') AS inside,
           COALESCE(range_agg(span) FILTER (WHERE is_planned), '{}') AS planned
    FROM stop GROUP BY number, since, asset_id
), unit_hours AS (
    SELECT number, sum(seconds(every)) AS down, sum(seconds(sudden)) AS sudden, sum(seconds(every - sudden)) AS planned
    FROM by_unit GROUP BY number
), asset_counts AS (
    SELECT number, sum(pieces(sudden)) AS stops, sum(begun(sudden, since)) AS failures,
           sum(pieces(planned)) AS planned_stops, sum(seconds(inside)) AS asset_down
    FROM by_asset GROUP BY number
)
SELECT part.number, down, sudden, planned, stops, failures, planned_stops, asset_down
FROM part LEFT JOIN unit_hours USING (number) LEFT JOIN asset_counts USING (number) ORDER BY part.number
"""
# PostgreSQL has no function for the length of a multirange; these stand for it in the statements above and below.
_SECONDS = (
    "(SELECT COALESCE(sum(extract(epoch FROM upper(piece) - lower(piece))), 0) FROM unnest({}) AS piece)"
)
_PIECES = "(SELECT count(*) FROM unnest({}) AS piece)"
_BEGUN = "(SELECT count(*) FROM unnest({}) AS piece WHERE lower(piece) >= {})"


def _written(statement: str) -> str:
    for name in (
        "every - sudden",
        "sudden",
        "every",
        "planned",
        "inside",
        "active",
        "waited",
        "vendor",
        "other",
    ):
        statement = statement.replace(f"seconds({name})", _SECONDS.format(name))
        statement = statement.replace(f"pieces({name})", _PIECES.format(name))
        statement = statement.replace(f"begun({name}, since)", _BEGUN.format(name, "since"))
    return statement


def down_times(question: Question, parts: Sequence[Period]) -> list[DownTime]:
    """Time down of the question's units in each of these periods; one statement."""
    population = question.population
    pairs = [(asset, unit) for asset, unit in population.unit_of.items() if unit in population.units]
    values: dict[str, Any] = {
        "numbers": list(range(len(parts))),
        "since": [since for since, _ in parts],
        "until": [max(since, min(until, question.now)) for since, until in parts],
        "assets": [asset for asset, _ in pairs],
        "units": [unit for _, unit in pairs],
        "now": question.now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_written(_DOWN), values)
        rows = cursor.fetchall()
    found = []
    for (since, _), until, row in zip(parts, values["until"], rows, strict=True):
        down, sudden, planned, stops, failures, planned_stops, asset_down = (each or ZERO for each in row[1:])
        required = sum((_required(since, until, on) for on in population.units.values()), ZERO)
        found.append(
            DownTime(
                required, down / 3600, sudden / 3600, planned / 3600, int(stops), int(failures), int(planned_stops),
                asset_down / 3600,
            )
        )  # fmt: skip
    return found


def _required(since: datetime, until: datetime, installed_on: Any) -> Decimal:
    """Calendar hours of one unit in a period, from its installation on."""
    if installed_on is not None:
        since = max(since, datetime.combine(installed_on, time(), tzinfo=UTC))
    return max(ZERO, hours(until - since))


@dataclass(frozen=True)
class RepairTime:
    """Active hours and the number of repairs."""

    hours: Decimal | None
    repairs: int


_REPAIRS = """
WITH job AS ({jobs}), worked AS (
    SELECT entry.work_order_id, range_agg(tstzrange(entry.started_at, entry.ended_at, '[]')) AS spans
    FROM cmms_laborentry entry JOIN job ON job.pk = entry.work_order_id
    WHERE entry.kind = 'WRENCH' AND entry.reverses_id IS NULL
      AND NOT EXISTS (SELECT FROM cmms_laborentry back WHERE back.reverses_id = entry.id)
    GROUP BY entry.work_order_id
), waiting AS (
    SELECT hold.work_order_id, range_agg(tstzrange(hold.started_at, COALESCE(hold.ended_at, %s))) AS spans
    FROM cmms_holdinterval hold JOIN job ON job.pk = hold.work_order_id GROUP BY hold.work_order_id
), repair AS (
    SELECT worked.spans - COALESCE(waiting.spans, '{{}}') AS active
    FROM worked LEFT JOIN waiting USING (work_order_id)
)
SELECT count(*), sum(seconds(active)) FROM repair
"""


def repair_time(question: Question) -> RepairTime:
    """Active time of the repairs done in the period: labor of all people as one union, waiting taken out."""
    jobs, values = repairs(question).order_by().values("pk").query.sql_with_params()
    statement = _written(_REPAIRS).format(jobs=jobs)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, question.now])
        count, total = cursor.fetchone()
    return RepairTime(None if not count else total / 3600, count)


@dataclass(frozen=True)
class DownSplit:
    """Hours down of stops that have a work order, by what happened in them; they add up to `total`."""

    total: Decimal
    parts: Decimal
    vendor: Decimal
    other_waiting: Decimal
    repair: Decimal
    material_wait: Decimal | None

    @property
    def rest(self) -> Decimal:
        """Noticing, responding, diagnosing, testing: what no record tells apart."""
        return self.total - self.parts - self.vendor - self.other_waiting - self.repair


_SPLIT = """
WITH stop AS (
    SELECT event.work_order_id, event.asset_id,
           tstzrange(GREATEST(event.started_at, %(since)s), LEAST(COALESCE(event.ended_at, %(now)s), %(until)s)) AS span
    FROM cmms_downtimeevent event
    WHERE event.voided_at IS NULL AND NOT event.is_planned AND event.work_order_id IS NOT NULL
      AND event.asset_id = ANY(%(assets)s) AND event.started_at < %(until)s
      AND COALESCE(event.ended_at, %(now)s) > GREATEST(%(since)s, event.started_at)
), stood AS (
    SELECT work_order_id, range_agg(span) AS spans FROM stop GROUP BY work_order_id
), hold AS (
    SELECT work_order_id, reason, tstzrange(started_at, COALESCE(ended_at, %(now)s)) AS span FROM cmms_holdinterval
    WHERE work_order_id IN (SELECT work_order_id FROM stood)
), waited AS (
    SELECT work_order_id, range_agg(span) FILTER (WHERE reason = 'PARTS') AS parts,
           range_agg(span) FILTER (WHERE reason = 'VENDOR') AS vendor,
           range_agg(span) AS every
    FROM hold GROUP BY work_order_id
), worked AS (
    SELECT entry.work_order_id, range_agg(tstzrange(entry.started_at, entry.ended_at)) AS spans
    FROM cmms_laborentry entry
    WHERE entry.work_order_id IN (SELECT work_order_id FROM stood) AND entry.kind = 'WRENCH'
      AND entry.reverses_id IS NULL
      AND NOT EXISTS (SELECT FROM cmms_laborentry back WHERE back.reverses_id = entry.id)
    GROUP BY entry.work_order_id
), split AS (
    SELECT stood.spans AS every, stood.spans * COALESCE(waited.parts, '{}') AS waited,
           stood.spans * (COALESCE(waited.vendor, '{}') - COALESCE(waited.parts, '{}')) AS vendor,
           stood.spans * (COALESCE(waited.every, '{}') - COALESCE(waited.parts, '{}') - COALESCE(waited.vendor, '{}'))
               AS other,
           stood.spans * (COALESCE(worked.spans, '{}') - COALESCE(waited.every, '{}')) AS active
    FROM stood LEFT JOIN waited USING (work_order_id) LEFT JOIN worked USING (work_order_id)
)
SELECT count(*), sum(seconds(every)), sum(seconds(waited)), sum(seconds(vendor)), sum(seconds(other)), sum(seconds(active)) FROM split
"""


def down_split(question: Question) -> DownSplit | None:
    """What the hours down of stops with a work order went into; None where there are none; one statement."""
    values: dict[str, Any] = {
        "since": question.since, "until": question.end, "now": question.now,
        "assets": question.population.asset_ids,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_written(_SPLIT), values)
        count, total, parts, vendor, other, repair = cursor.fetchone()
    if not count:
        return None
    return DownSplit(total / 3600, parts / 3600, vendor / 3600, other / 3600, repair / 3600, parts / 3600)
