"""Total maintenance cost per asset with everything below it, by kind of cost, in a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, IntegerField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import NullIf

from cmms.choices import CostBucket
from cmms.models import Asset

MONEY = DecimalField(max_digits=16, decimal_places=4)
_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT cmms_asset.id
    UNION ALL
    SELECT child.id FROM below JOIN cmms_asset child ON child.parent_id = below.id
)
SELECT {figure} FROM cmms_costentry entry
WHERE entry.asset_id IN (SELECT id FROM below) AND entry.stage = 'ACTUAL'
  AND entry.occurred_on >= %s AND entry.occurred_on < %s{more}
"""


def asset_cost_report(since: date, until: date) -> QuerySet[Asset]:
    """Assets with actual cost of [since, until) in the base currency: `total`, one column per bucket, `entries`.

    No entry: NULL, not 0. `percent_of_value`: of the asset's own replacement value.
    """

    def figure(of: str, bucket: str = "") -> str:
        return _BELOW.format(figure=of, more=f" AND entry.bucket = '{bucket}'" if bucket else "")

    days = (since, until)
    columns = {
        bucket.lower(): RawSQL(f"({figure('sum(entry.amount)', bucket)})", days, MONEY)
        for bucket in CostBucket.values
    }
    rows: QuerySet[Asset] = Asset.objects.annotate(
        **columns,
        total=RawSQL(f"({figure('sum(entry.amount)')})", days, MONEY),
        entries=RawSQL(f"({figure('count(*)')})", days, IntegerField()),
    ).annotate(
        percent_of_value=ExpressionWrapper(
            F("total") * Value(Decimal(100)) / NullIf(F("replacement_value"), Value(Decimal(0))),
            output_field=DecimalField(max_digits=20, decimal_places=1),
        )
    )
    return rows
