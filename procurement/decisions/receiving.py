"""How much may come in on an order line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class ReceiptRule:
    """One over-delivery rule; no percent and no amount means exactly what was ordered."""

    supplier_id: int | None
    category_id: int | None
    percent: Decimal | None
    amount: Decimal | None
    is_unlimited: bool


def rule_for(rules: Iterable[ReceiptRule], supplier_id: int, category_id: int | None) -> ReceiptRule | None:
    """The most specific rule: supplier, then category, then company."""
    fitting = [
        rule
        for rule in rules
        if rule.supplier_id in (None, supplier_id) and rule.category_id in (None, category_id)
    ]
    return max(
        fitting,
        key=lambda rule: (rule.supplier_id is not None, rule.category_id is not None),
        default=None,
    )


def most_receivable(ordered: Decimal, rule: ReceiptRule | None) -> Decimal | None:
    """The most we may hold of a line of which `ordered` is open, or None without limit; the stricter limit wins."""
    if rule is None:
        return ordered
    if rule.is_unlimited:
        return None
    extras = []
    if rule.percent is not None:
        extras.append(ordered * rule.percent / 100)
    if rule.amount is not None:
        extras.append(rule.amount)
    return ordered + (min(extras) if extras else Decimal(0))
