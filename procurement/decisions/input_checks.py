"""What a typed-in line must satisfy before anything else is asked of it."""

from __future__ import annotations

from decimal import Decimal

from core.errors import RuleViolation

QUANTITY_DECIMALS = 4
PRICE_DECIMALS = 6
LARGEST = Decimal(10) ** 10
LONGEST_REASON = 300


def check_reason(reason: str) -> str:
    """The reason without blanks around it. Raises RuleViolation where none is given or it is too long."""
    said = reason.strip()
    if not said:
        raise RuleViolation("Give a reason.", field="reason", remedy="One sentence is enough.")
    if len(said) > LONGEST_REASON:
        raise RuleViolation(f"The reason is longer than {LONGEST_REASON} characters.", field="reason")
    return said


def check_quantity(quantity: Decimal, field: str) -> None:
    """A quantity is above zero and has at most four decimals."""
    if not quantity.is_finite() or quantity <= 0:
        raise RuleViolation("The quantity must be greater than zero.", field=field)
    _check_size(quantity, QUANTITY_DECIMALS, "quantity", field)


def check_price(price: Decimal, field: str) -> None:
    """A unit price is not negative and has at most six decimals."""
    if not price.is_finite() or price < 0:
        raise RuleViolation("The price cannot be negative.", field=field)
    _check_size(price, PRICE_DECIMALS, "price", field)


def check_percent(percent: Decimal, most: Decimal | None, name: str, field: str) -> None:
    """A percentage is not negative and not above `most` where there is a most."""
    if not percent.is_finite() or percent < 0 or (most is not None and percent > most):
        limit = f" and not above {most:f}" if most is not None else ""
        raise RuleViolation(f"The {name} must not be negative{limit}.", field=field)


def check_description(description: str, field: str) -> None:
    """A line says in words what it is."""
    if not description.strip():
        raise RuleViolation("Say what is to be bought.", field=field)
    if len(description) > LONGEST_REASON:
        raise RuleViolation(f"The description is longer than {LONGEST_REASON} characters.", field=field)


def _check_size(value: Decimal, decimals: int, name: str, field: str) -> None:
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        raise RuleViolation(f"The {name} has more than {decimals} decimals.", field=field)
    if value >= LARGEST:
        raise RuleViolation(f"The {name} is too large.", field=field)
