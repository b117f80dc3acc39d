"""Who may approve how much, and when a buyer's own approval is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

# How far an order may exceed the estimates its requisitions were approved with before it needs a second person.
COVERED_MARGIN_PERCENT = Decimal(5)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Limit:
    """One limit a person holds, in the base currency; `source` names the role or the person."""

    amount: Decimal | None
    is_unlimited: bool
    source: str


@dataclass(frozen=True)
class ApprovalExplanation:
    """Whether a person may approve an amount, up to how much, and why, in words. Base currency."""

    allowed: bool
    limit: Decimal | None
    words: str
    is_unlimited: bool = False


def _begin(words: str) -> str:
    """As the first words of a sentence; a person's name stays as it is written."""
    return words.replace("the role", "The role", 1) if words.startswith("the role") else words


def explain_limit(
    limits: Iterable[Limit], amount: Decimal, document: str, currency: str
) -> ApprovalExplanation:
    """The highest limit counts. No limit at all is no right; a limit of zero approves zero only."""
    held = sorted(limits, key=lambda limit: (limit.is_unlimited, limit.amount or ZERO))
    if not held:
        return ApprovalExplanation(False, None, f"You have no approval limit for {document}s.")
    best = held[-1]
    if best.is_unlimited:
        return ApprovalExplanation(
            True, None, f"{_begin(best.source)} may approve {document}s of any amount.", True
        )
    ceiling = best.amount or ZERO
    if amount <= ceiling:
        words = f"{_begin(best.source)} may approve {document}s up to {ceiling:,.2f} {currency}."
        return ApprovalExplanation(True, ceiling, words)
    words = (
        f"{amount:,.2f} {currency} is above the {ceiling:,.2f} {currency} that {best.source} may approve "
        f"for {document}s."
    )
    return ApprovalExplanation(False, ceiling, words)


@dataclass(frozen=True)
class LineCover:
    """An order line and what approved requisitions say of it; the estimate is in the base currency."""

    is_charge: bool
    quantity: Decimal
    sourced: Decimal
    estimate: Decimal


@dataclass(frozen=True)
class Cover:
    """Whether approved requisitions cover an order, and the arithmetic in words."""

    is_covered: bool
    words: str


def cover_of(lines: Sequence[LineCover], net_base: Decimal, currency: str) -> Cover:
    """Covered: every line that is not a charge comes wholly from approved requisitions, and the order's net total

    in the base currency is at most their estimates plus COVERED_MARGIN_PERCENT.
    """
    goods = [line for line in lines if not line.is_charge]
    if not goods or any(line.sourced < line.quantity for line in goods):
        return Cover(False, "Part of this order does not come from an approved requisition.")
    estimate = sum((line.estimate for line in goods), ZERO)
    most = estimate * (100 + COVERED_MARGIN_PERCENT) / 100
    sums = (
        f"{net_base:,.2f} {currency} against {estimate:,.2f} {currency} approved on requisitions "
        f"(+ {COVERED_MARGIN_PERCENT} %)"
    )
    if net_base > most:
        return Cover(False, f"The order exceeds what was approved: {sums}.")
    return Cover(True, f"Covered by approved requisitions: {sums}.")
