"""Moving-average cost of a stock balance."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.money import round_money

UNIT_COST_PLACES = Decimal("0.000001")


@dataclass(frozen=True)
class Balance:
    """So many on hand and what they are worth together."""

    quantity: Decimal
    value: Decimal

    def moved(self, quantity: Decimal, value: Decimal) -> Balance:
        """The balance after a movement; both arguments are signed."""
        return Balance(self.quantity + quantity, self.value + value)


def value_of_part(balance: Balance, quantity: Decimal, currency: str) -> Decimal:
    """What `quantity` of the balance is worth: its share, rounded once; all of it takes the whole value."""
    if quantity == balance.quantity:
        return balance.value
    return round_money(balance.value * quantity / balance.quantity, currency)


def average_cost(balance: Balance) -> Decimal:
    """Value per unit; zero where nothing is on hand."""
    return unit_cost(balance.value, balance.quantity) if balance.quantity else Decimal(0)


def unit_cost(value: Decimal, quantity: Decimal) -> Decimal:
    """`value` per unit for the record, to six places; never multiplied back."""
    return abs(value / quantity).quantize(UNIT_COST_PLACES)


def value_sent_back(balance: Balance, quantity: Decimal, value: Decimal) -> Decimal:
    """What leaves the balance when goods received at `value` go back to the supplier.

    Their own value, but never more than the balance holds; the last unit takes what is left.
    """
    return balance.value if quantity == balance.quantity else min(value, balance.value)


def value_of_return(
    issued_value: Decimal, issued: Decimal, returned_before: Decimal, quantity: Decimal, currency: str
) -> Decimal:
    """The value that comes back with `quantity` of an issue, at that issue's own cost.

    Rounds the running total, so that giving back everything in parts gives back exactly the value issued.
    """

    def up_to(returned: Decimal) -> Decimal:
        return issued_value if returned == issued else round_money(issued_value * returned / issued, currency)

    return up_to(returned_before + quantity) - up_to(returned_before)
