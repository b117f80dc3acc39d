"""Rounding and splitting: to the minor unit, and never a cent lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import minor_unit, round_money, split_by_weights, to_base

CURRENCIES = ("EUR", "JPY", "KWD")
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False)
WEIGHTS = st.lists(
    st.decimals(min_value=0, max_value=10**6, places=4, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=40,
)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("2.345", "EUR", "2.35"), ("-2.345", "EUR", "-2.35"), ("2.5", "JPY", "3"), ("1.2345", "KWD", "1.235")],
)
def test_rounds_half_up_to_the_minor_unit_of_the_currency(amount: str, currency: str, rounded: str) -> None:
    assert round_money(Decimal(amount), currency) == Decimal(rounded)


def test_converts_to_the_base_currency_and_rounds_once() -> None:
    assert to_base(Decimal("100.00"), Decimal("0.91235"), "EUR") == Decimal("91.24")


@given(AMOUNTS, WEIGHTS, st.sampled_from(CURRENCIES))
def test_shares_always_sum_to_the_whole(amount: Decimal, weights: list[Decimal], currency: str) -> None:
    total = round_money(amount, currency)
    shares = split_by_weights(total, weights, currency)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    assert all(share == round_money(share, currency) for share in shares)


@given(AMOUNTS, WEIGHTS, st.sampled_from(CURRENCIES))
def test_no_share_is_off_by_more_than_one_minor_unit(
    amount: Decimal, weights: list[Decimal], currency: str
) -> None:
    total, whole = round_money(amount, currency), sum(weights)
    if whole == 0:
        weights, whole = [Decimal(1)] * len(weights), Decimal(len(weights))
    for share, weight in zip(split_by_weights(total, weights, currency), weights, strict=True):
        assert abs(share - total * weight / whole) <= minor_unit(currency)


@given(st.decimals(min_value=0, max_value=10**9, places=2), WEIGHTS)
def test_a_positive_whole_has_no_negative_share(total: Decimal, weights: list[Decimal]) -> None:
    assert all(share >= 0 for share in split_by_weights(total, weights, "EUR"))


@pytest.mark.parametrize("weights", [[], [Decimal(1), Decimal(-1)]])
def test_refuses_to_split_without_weights_or_by_a_negative_one(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split_by_weights(Decimal(10), weights, "EUR")
