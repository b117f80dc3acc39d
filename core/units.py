"""Conversion between units of measure: exact rational factors, never a float, never rounded on the way."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from core.errors import RuleViolation


class MeasuredIn(Protocol):
    """What a unit must tell: its dimension and its size in that dimension's base unit as a fraction."""

    code: str
    dimension: str
    factor_numerator: int
    factor_denominator: int


def factor_between(source: MeasuredIn, target: MeasuredIn) -> Fraction:
    """How many `target` units one `source` unit is. Raises RuleViolation where the dimensions differ."""
    if source.dimension != target.dimension:
        raise RuleViolation(
            f"{source.code} cannot be converted to {target.code}.",
            field="unit",
            remedy="Choose a unit of the same kind.",
        )
    return Fraction(source.factor_numerator, source.factor_denominator) / Fraction(
        target.factor_numerator, target.factor_denominator
    )


def convert(quantity: Decimal, factor: Fraction) -> Decimal:
    """`quantity` times an exact `factor`; the division happens last and once."""
    return quantity * factor.numerator / Decimal(factor.denominator)
