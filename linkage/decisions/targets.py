"""What the facts of an order line demand of each ledger stage: pure arithmetic.

For ordered quantity O (less cancelled, 0 unless the order is a commitment), net received N (received - rejected -
returned) and net billed B (billed - credited), with V(q) the cost of q at the order's net price, rounded once:

    committed = V(max(O, N, B)) - V(max(N, B))      what is still to come
    accrued   = V(max(N, B)) - V(B)                 here, not billed
    actual    = what posted invoices cost less credits

so committed + accrued + V(B) = V(max(O, N, B)): every unit counts once, in any order of events.
An invoice's cost that differs from V(B) is price variance; its difference by exchange rate never reaches the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.money import ZERO, round_money, split_by_weights, split_in_steps, to_base


@dataclass(frozen=True)
class LineFacts:
    """The facts of one order line. `unit_cost` is exact (discount and lost tax included), order currency."""

    order_line_id: int
    is_committed: bool
    currency: str
    exchange_rate: Decimal
    base_currency: str
    unit_cost: Decimal
    ordered: Decimal
    received: Decimal
    billed: Decimal
    billed_amount: Decimal
    billed_base: Decimal

    def value(self, quantity: Decimal) -> Decimal:
        """V(q) in the order's currency."""
        return round_money(quantity * self.unit_cost, self.currency)

    def base_value(self, quantity: Decimal) -> Decimal:
        """V(q) in the base currency at the order's rate."""
        return to_base(self.value(quantity), self.exchange_rate, self.base_currency)


@dataclass(frozen=True)
class Figure:
    """An amount in the order's currency and in the base currency, and the quantity it stands for."""

    document: Decimal = ZERO
    base: Decimal = ZERO
    quantity: Decimal = ZERO

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to post."""
        return not (self.document or self.base or self.quantity)


@dataclass(frozen=True)
class LineFigures:
    """The target figures of one order line."""

    committed: Figure
    accrued: Figure
    actual: Figure
    price_variance: Figure
    rate_variance: Decimal


def line_figures(facts: LineFacts) -> LineFigures:
    """The target figures of a line; `actual` is at order price, `price_variance` what invoices cost beyond it."""
    reached = max(facts.received, facts.billed)
    whole = max(facts.ordered, reached) if facts.is_committed else reached
    billed_at_order_rate = to_base(facts.billed_amount, facts.exchange_rate, facts.base_currency)
    return LineFigures(
        committed=_between(facts, reached, whole),
        accrued=_between(facts, facts.billed, reached),
        actual=_between(facts, ZERO, facts.billed),
        price_variance=Figure(
            document=facts.billed_amount - facts.value(facts.billed),
            base=billed_at_order_rate - facts.base_value(facts.billed),
        ),
        rate_variance=facts.billed_base - billed_at_order_rate,
    )


def _between(facts: LineFacts, start: Decimal, end: Decimal) -> Figure:
    return Figure(
        document=facts.value(end) - facts.value(start),
        base=facts.base_value(end) - facts.base_value(start),
        quantity=end - start,
    )


def split_figure(
    figure: Figure, weights: Sequence[Decimal], currency: str, base_currency: str
) -> list[Figure]:
    """Shares of a figure by weight; document amount, base amount and quantity each sum exactly to the whole."""
    documents = split_by_weights(figure.document, weights, currency)
    bases = split_by_weights(figure.base, weights, base_currency)
    quantities = split_quantity(figure.quantity, weights)
    return [Figure(*parts) for parts in zip(documents, bases, quantities, strict=True)]


def split_quantity(quantity: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Shares of a quantity by weight to four decimals; the last takes the residue."""
    return split_in_steps(quantity, weights, lambda share: share.quantize(Decimal("0.0001")))


def fill_in_order(available: Decimal, wanted: Sequence[Decimal]) -> list[Decimal]:
    """Give `available` to each want in turn, first come first served; what is left over goes to nobody."""
    given: list[Decimal] = []
    for want in wanted:
        share = min(want, max(available, ZERO))
        given.append(share)
        available -= share
    return given
