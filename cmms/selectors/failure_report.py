"""Which modes of failure occur how often."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Value
from django.db.models.functions import Coalesce

from cmms.models import FailureRecord
from cmms.selectors.kpis import Question

MOST = 200


def failures_by_mode(question: Question) -> list[dict[str, Any]]:
    """Observed modes of the question's failures by equipment class, most frequent first; one statement."""
    rows = FailureRecord.objects.current().filter(
        occurred_at__gte=question.since, occurred_at__lt=question.until
    )
    if not question.is_whole:
        rows = rows.filter(asset__in=question.population.asset_ids)
    return list(
        rows.values(
            asset_class=Coalesce(F("asset__asset_class__name"), Value("")),
            code=F("mode__code"),
            name=F("mode__name"),
        )
        .annotate(failures=Count("pk"), assets=Count("asset", distinct=True))
        .order_by("-failures", "name")[:MOST]
    )
