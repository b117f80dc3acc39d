"""Numbers as the explanations of a match print them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from core.money import minor_unit

FINEST = Decimal("0.000001")


def plain(value: Decimal) -> str:
    """Without trailing zeros and without an exponent: '12', '0.5'."""
    text = f"{value.quantize(FINEST, rounding=ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") or "0"


def money(value: Decimal, currency: str) -> str:
    """With at least the decimals of the currency: '55.00 EUR'; a finer unit price keeps its digits."""
    unit = minor_unit(currency)
    rounded = value.quantize(unit, rounding=ROUND_HALF_UP)
    return f"{rounded:f} {currency}" if rounded == value else f"{plain(value)} {currency}"


def percent(part: Decimal, whole: Decimal) -> str:
    """'10.0 %', or '' where there is nothing to compare with."""
    if whole == 0:
        return ""
    return f"{(part / abs(whole) * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):f} %"
