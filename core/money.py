"""Arithmetic of money: the one place where an amount is rounded or split.

Amounts are `Decimal` in a document's currency. An amount is rounded once, on the line total, to the currency's
minor unit, half up. Unit prices are never rounded. Minor units per currency come from CLDR (through babel).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from babel.numbers import get_currency_precision

ZERO = Decimal(0)


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of `currency` (ISO 4217), e.g. Decimal('0.01') for EUR and Decimal('1') for JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half up (away from zero at the tie) to the minor unit of `currency`."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def to_base(amount: Decimal, rate: Decimal, base_currency: str) -> Decimal:
    """`amount` of a foreign currency in the base currency, rounded once; `rate` is base units per foreign unit."""
    return round_money(amount * rate, base_currency)


def split_by_weights(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Shares of `total` in proportion to `weights`, each in minor units, summing exactly to `total`.

    Rounds the running sum, so no share is off by more than one minor unit and the last takes the residue.
    All weights zero: equal shares. Raises ValueError for no weights or a negative one.
    """
    return split_in_steps(total, weights, lambda amount: round_money(amount, currency))


def split_in_steps(
    total: Decimal, weights: Sequence[Decimal], round_share: Callable[[Decimal], Decimal]
) -> list[Decimal]:
    """Shares of `total` in proportion to `weights`: the running sum is rounded, the last share takes the residue.

    All weights zero: equal shares. Raises ValueError for no weights or a negative one.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("Shares need at least one weight, and no negative one.")
    whole = sum(weights, ZERO)
    if whole == 0:
        weights, whole = [Decimal(1)] * len(weights), Decimal(len(weights))
    shares: list[Decimal] = []
    running, given = ZERO, ZERO
    for position, weight in enumerate(weights, start=1):
        running += weight
        reached = total if position == len(weights) else round_share(total * running / whole)
        shares.append(reached - given)
        given = reached
    return shares


def round_figure(value: Decimal, places: int) -> Decimal:
    """A figure that is not money (hours, a percentage) for showing: half up to so many decimals."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
