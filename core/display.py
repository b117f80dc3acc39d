"""How figures, states and moments are written, the same on every page and in every export."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from core.money import minor_unit, round_money

NO_DATA = "—"
HIDDEN = "•••"

TONES: dict[str, frozenset[str]] = {
    "good": frozenset({
        "COMPLETED", "WORK_DONE", "RECEIVED", "ACCEPTED", "MATCHED", "PASSED", "PAYABLE", "PAID", "APPROVED",
        "ARRIVED",
        "IN_LIMITS", "CONCEDED", "REWORKED", "VALID",
        "RELEASED_FOR_PAYMENT", "FULFILLED", "UP", "RESERVED", "CONVERTED", "ACTIVE", "IN_STOCK", "FITTED",
    }),
    "busy": frozenset({
        "IN_PROGRESS", "ISSUED", "RELEASED", "RUNNING", "ORDERED", "PARTIALLY_RECEIVED", "PARTIALLY_ISSUED",
        "OPEN",
        "SUBMITTED", "QUEUED", "SENT", "IN_TRANSIT",
    }),
    "wait": frozenset({
        "CONCESSION_ASKED", "IN_REWORK", "ENDS_SOON",
        "PENDING", "PENDING_APPROVAL", "POSTED", "ON_HOLD", "WAITING", "SHORT", "NEW", "REVIEW", "REQUESTED", "PARTIAL",
        "TO_APPROVE",
    }),
    "bad": frozenset({
        "OUT_OF_LIMITS", "OVER", "WITHDRAWN", "VOID",
        "HELD", "REJECTED", "FAILED", "DOWN", "OVERDUE", "LATE", "DISPUTED", "BLOCKED", "EMERGENCY",
    }),
}  # fmt: skip


def tone_of(status: str) -> str:
    """Which of the five colours a state wears: good, busy, wait, bad or calm."""
    wanted = str(status).upper()
    return next((tone for tone, states in TONES.items() if wanted in states), "calm")


def money_text(amount: Decimal | None, currency: str) -> str:
    """An amount in its currency's minor unit, thousands grouped; a dash for no data, never 0."""
    if amount is None:
        return NO_DATA
    digits = -int(minor_unit(currency).as_tuple().exponent) if currency else 2
    shown = round_money(amount, currency) if currency else amount
    return f"{shown:,.{digits}f}".replace("-", "\u2212")


def price_text(price: Decimal | None, currency: str) -> str:
    """A unit price: at least the minor unit's decimals, at most the six that are stored."""
    if price is None:
        return NO_DATA
    digits = -int(minor_unit(currency).as_tuple().exponent) if currency else 2
    kept = -int(price.normalize().as_tuple().exponent)
    return f"{price:,.{min(6, max(digits, kept))}f}".replace("-", "\u2212")


def quantity_text(quantity: Decimal | int | None, unit: str = "") -> str:
    """A quantity without trailing zeros; a dash for no data."""
    if quantity is None:
        return NO_DATA
    text = f"{Decimal(quantity):,f}".replace("-", "\u2212")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".strip()


def age_text(moment: datetime | None, now: datetime) -> str:
    """'3 h ago', 'in 2 days'; a dash for no moment."""
    if moment is None:
        return NO_DATA
    seconds = int((now - moment).total_seconds())
    size = abs(seconds)
    if size < 60:
        return "just now"
    for limit, length, name in ((3600, 60, "min"), (86400, 3600, "h"), (86400 * 60, 86400, "day")):
        if size < limit:
            return _ago(size // length, name, past=seconds > 0)
    return _ago(size // (86400 * 30), "month", past=seconds > 0)


def _ago(count: int, name: str, *, past: bool) -> str:
    plural = "s" if count != 1 and name in {"day", "month"} else ""
    return f"{count} {name}{plural} ago" if past else f"in {count} {name}{plural}"
