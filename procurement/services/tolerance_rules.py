"""The tolerances that may concern a match, as the match decides by them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from procurement.decisions.tolerances import Tolerance, ToleranceBook
from procurement.models import ToleranceRule


def tolerance_book(*, supplier_ids: Iterable[int], category_ids: Iterable[int]) -> ToleranceBook:
    """The rules that may concern these suppliers and categories, in one statement."""
    rows = ToleranceRule.objects.select_related("supplier", "category").filter(
        Q(supplier__isnull=True) | Q(supplier_id__in=list(supplier_ids)),
        Q(category__isnull=True) | Q(category_id__in=list(category_ids)),
    )
    return ToleranceBook({
        (row.kind, row.supplier_id, row.category_id): Tolerance(
            percent=row.percent, amount=row.amount, is_unlimited=row.is_unlimited, source=_source(row)
        )
        for row in rows
    })  # fmt: skip


def _source(rule: ToleranceRule) -> str:
    """Whose rule it is, in words: 'company', 'category Bearings', 'supplier Acme'."""
    names = []
    if rule.supplier is not None:
        names.append(f"supplier {rule.supplier.name}")
    if rule.category is not None:
        names.append(f"category {rule.category.name}")
    return (", ".join(names) or "company")[:120]
