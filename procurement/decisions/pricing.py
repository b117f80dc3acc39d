"""Which agreed price holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class AgreementPrice:
    """A price of a supplier for an item from `minimum_quantity` on, per `unit_id`, in the agreement's currency."""

    item_id: int
    unit_id: int
    supplier_id: int
    agreement_id: int
    agreement_line_id: int
    unit_price: Decimal
    currency: str
    lead_time_days: int
    rank: int
    minimum_quantity: Decimal


def preferred_first(prices: Iterable[AgreementPrice]) -> tuple[AgreementPrice, ...]:
    """Preferred rank first, then the cheaper."""
    return tuple(sorted(prices, key=lambda price: (price.rank, price.unit_price, price.agreement_line_id)))


def best_of(
    prices: Iterable[AgreementPrice],
    quantity: Decimal,
    supplier_id: int | None = None,
    currency: str | None = None,
) -> AgreementPrice | None:
    """The price that holds for `quantity`: of each agreement the highest break reached, then the preferred rank."""
    reached: dict[int, AgreementPrice] = {}
    for price in prices:
        if price.minimum_quantity > quantity or supplier_id not in (None, price.supplier_id):
            continue
        if currency not in (None, price.currency):
            continue
        known = reached.get(price.agreement_id)
        if known is None or price.minimum_quantity > known.minimum_quantity:
            reached[price.agreement_id] = price
    return next(iter(preferred_first(reached.values())), None)
