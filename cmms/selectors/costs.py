"""Figures of the cost ledger by stage: of one work order, and of assets with everything below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from cmms.choices import CostBucket, CostStage
from cmms.models import Asset, CostEntry

ZERO = Decimal(0)


@dataclass(frozen=True)
class StageFigures:
    """Amounts in the base currency by stage; `entries` tells no postings from a sum of zero."""

    estimate: Decimal = ZERO
    committed: Decimal = ZERO
    accrued: Decimal = ZERO
    actual: Decimal = ZERO
    entries: int = 0

    @property
    def expected(self) -> Decimal:
        """What it comes to as far as is known: spent, received and ordered."""
        return self.committed + self.accrued + self.actual


@dataclass(frozen=True)
class BucketFigures(StageFigures):
    """The figures of one kind of cost."""

    bucket: str = ""

    @property
    def label(self) -> str:
        """Its name in words."""
        return str(CostBucket(self.bucket).label)


@dataclass(frozen=True)
class WorkOrderCosts:
    """The figures of a work order: a row per kind of cost that it has, the total, and what came late."""

    rows: list[BucketFigures]
    total: StageFigures
    late: Decimal


def work_order_costs(work_order_id: int) -> WorkOrderCosts:
    """Figures of one work order by bucket and stage; one statement."""
    sums = (
        CostEntry.objects.filter(work_order_id=work_order_id)
        .values_list("bucket", "stage")
        .annotate(total=Sum("amount"), late=Sum("amount", filter=Q(is_late=True, stage=CostStage.ACTUAL)))
        .order_by()
    )
    by_bucket: dict[str, dict[str, Any]] = {}
    total = dict.fromkeys(STAGES, ZERO)
    late = ZERO
    for bucket, stage, amount, late_amount in sums:
        by_bucket.setdefault(bucket, {})[stage.lower()] = amount
        total[stage.lower()] += amount
        late += late_amount or ZERO
    rows = [BucketFigures(bucket=each, **by_bucket[each]) for each in CostBucket.values if each in by_bucket]
    return WorkOrderCosts(rows, StageFigures(**total, entries=len(rows)), late)


STAGES = [stage.value.lower() for stage in CostStage]

# The lateral join reads the entries of these assets by their index, however long the ledger is.
_ROLL_UP = """
WITH RECURSIVE below(root, id) AS (
    SELECT id, id FROM {asset} WHERE id = ANY(%s)
    UNION
    SELECT below.root, child.id FROM below JOIN {asset} child ON child.parent_id = below.id
)
SELECT below.root, own.stage, sum(own.amount), sum(own.entries)::bigint
FROM below CROSS JOIN LATERAL (
    SELECT entry.stage, sum(entry.amount) AS amount, count(*) AS entries
    FROM {entry} entry WHERE entry.asset_id = below.id GROUP BY entry.stage
) own
GROUP BY below.root, own.stage
"""


def asset_costs(asset_ids: Iterable[int] | None = None, root: int | None = None) -> dict[int, StageFigures]:
    """Figures of each asset with everything below it, each entry once per asset asked for; one statement.

    An entry counts for the asset that the work was on when it was posted. Assets without entries have figures
    of zero and `entries` 0. `root` asks for one asset.
    """
    wanted: Sequence[int] = [*(asset_ids or ()), *([root] if root else ())]
    quote = connection.ops.quote_name
    statement = _ROLL_UP.format(asset=quote(Asset._meta.db_table), entry=quote(CostEntry._meta.db_table))
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in wanted}
    counts = dict.fromkeys(wanted, 0)
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(wanted)])
        for pk, stage, amount, count in cursor.fetchall():
            found[pk][stage.lower()] = amount
            counts[pk] += count
    return {pk: StageFigures(**figures, entries=counts[pk]) for pk, figures in found.items()}
