"""Total maintenance cost per asset with everything below it, by kind of cost, in a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, JSONField, QuerySet
from django.db.models.expressions import RawSQL

from cmms.choices import CostBucket
from cmms.decisions.kpis import percent_of_value
from cmms.models import Asset

NAMES = ("total", "entries", *(bucket.value.lower() for bucket in CostBucket))
# What each asset cost itself climbs to every asset above it. The sums are made once per statement (they do not
# depend on the row) and looked up by the row's key; as texts, so that they stay exact.
_SUMS = """
(WITH RECURSIVE own AS (
    SELECT entry.asset_id, count(*) AS entries, sum(entry.amount) AS total, {buckets}
    FROM cmms_costentry entry
    WHERE entry.asset_id IS NOT NULL AND entry.stage = 'ACTUAL'
      AND entry.occurred_on >= %s AND entry.occurred_on < %s
    GROUP BY entry.asset_id
), above AS (
    SELECT own.asset_id AS id, own.* FROM own
    UNION ALL
    SELECT asset.parent_id, {carried} FROM above JOIN cmms_asset asset ON asset.id = above.id
    WHERE asset.parent_id IS NOT NULL
), whole AS (
    SELECT id, {sums} FROM above GROUP BY id
)
SELECT jsonb_object_agg(whole.id, jsonb_build_object({pairs})) FROM whole) -> (cmms_asset.id)::text
"""


def asset_cost_report(since: date, until: date) -> QuerySet[Asset]:
    """Assets with `total`, their actual cost of [since, until) in the base currency, NULL where nothing was posted,
    and `sums`, from which `costs_of` reads the rest."""
    buckets = [bucket.value.lower() for bucket in CostBucket]
    found = _SUMS.format(
        buckets=", ".join(
            f"sum(entry.amount) FILTER (WHERE entry.bucket = '{each.upper()}') AS {each}" for each in buckets
        ),
        carried=", ".join(f"above.{name}" for name in ("asset_id", "entries", "total", *buckets)),
        sums=", ".join(f"sum({name}) AS {name}" for name in NAMES),
        pairs=", ".join(f"'{name}', whole.{name}::text" for name in NAMES),
    )
    days = (since, until)
    money = DecimalField(max_digits=16, decimal_places=4)
    rows: QuerySet[Asset] = Asset.objects.annotate(
        sums=RawSQL(f"({found})", days, JSONField()),
        total=RawSQL(f"(({found}) ->> 'total')::numeric", days, money),
    )
    return rows


def costs_of(asset: Asset) -> dict[str, Decimal | None]:
    """Figures of a row of the report by name: total, each kind of cost, entries, percent of its replacement value."""
    sums: dict[str, str | None] = getattr(asset, "sums", None) or {}
    found = {name: Decimal(text) if (text := sums.get(name)) is not None else None for name in NAMES}
    found["entries"] = found["entries"] or Decimal(0)
    return {**found, "percent_of_value": percent_of_value(found["total"], asset.replacement_value)}
