"""The rate a document freezes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings

from core.errors import RuleViolation
from core.models import ExchangeRate


def rate_on(*, currency: str, on: date) -> Decimal:
    """Base-currency units per one unit of `currency` on that day: the newest rate not later than it.

    Raises RuleViolation where no rate is known. The base currency is 1 without a look-up.
    """
    if currency == settings.BASE_CURRENCY:
        return Decimal(1)
    row = ExchangeRate.objects.filter(currency=currency, valid_on__lte=on).order_by("-valid_on").first()
    if row is None:
        raise RuleViolation(
            f"No exchange rate for {currency} on {on:%d %b %Y}.",
            field="currency",
            remedy="Add one under Exchange rates, then try again.",
        )
    return row.rate
