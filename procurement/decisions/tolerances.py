"""How far an invoice may stray. Unset inherits, zero is exact, unlimited is said; the stricter of two limits wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from procurement.decisions.words import plain

ZERO = Decimal(0)


@dataclass(frozen=True)
class Tolerance:
    """What one rule allows above the expected; `source` says whose rule it is."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    is_unlimited: bool = False
    source: str = "no rule, so exact"

    def allowance(self, expected: Decimal) -> Decimal | None:
        """The most by which `expected` may be exceeded, exact and unrounded; None means without limit."""
        if self.is_unlimited:
            return None
        limits = []
        if self.percent is not None:
            limits.append(abs(expected) * self.percent / 100)
        if self.amount is not None:
            limits.append(self.amount)
        return min(limits, default=ZERO)

    def words(self) -> str:
        """'2 % (company)'."""
        if self.is_unlimited:
            return f"unlimited ({self.source})"
        parts = []
        if self.percent is not None:
            parts.append(f"{plain(self.percent)} %")
        if self.amount is not None:
            parts.append(plain(self.amount))
        if not parts:
            return f"zero ({self.source})"
        return f"{' or '.join(parts)}{', whichever is less' if len(parts) > 1 else ''} ({self.source})"


EXACT = Tolerance()

Scope = tuple[str, int | None, int | None]


@dataclass(frozen=True)
class ToleranceBook:
    """All rules in play by (kind, supplier, category)."""

    rules: Mapping[Scope, Tolerance] = field(default_factory=dict)

    def find(self, kind: str, supplier_id: int | None, category_id: int | None) -> Tolerance | None:
        """The most specific rule: supplier (with its category first), then category, then company; None if unset."""
        scopes: list[Scope] = [
            (kind, supplier_id, category_id),
            (kind, supplier_id, None),
            (kind, None, category_id),
            (kind, None, None),
        ]
        for scope in scopes:
            found = self.rules.get(scope)
            if found is not None:
                return found
        return None

    def of(self, kind: str, supplier_id: int | None, category_id: int | None = None) -> Tolerance:
        """The rule that holds; exact where none is set."""
        return self.find(kind, supplier_id, category_id) or EXACT
