"""Whether what was measured is allowed, and where an inspection point stands."""

from __future__ import annotations

from decimal import Decimal

from cmms.choices import NonconformanceStatus, PointState

# Points that hold nothing up: fine, or somebody else answers for them.
GOOD_POINTS = frozenset({PointState.IN_LIMITS, PointState.CONCEDED, PointState.IN_REWORK})


def is_within(
    value: Decimal | None, is_in_order: bool | None, lower: Decimal | None, upper: Decimal | None
) -> bool:
    """Whether a reading is in order: a limit itself is still allowed, a limit that is not set allows all."""
    if value is None:
        return bool(is_in_order)
    return (lower is None or value >= lower) and (upper is None or value <= upper)


def point_state(is_in_limits: bool | None, finding: str | None) -> PointState:
    """Where a point stands by its last reading (None: there is none) and the finding about that reading."""
    if is_in_limits is None:
        return PointState.NOT_TAKEN
    if is_in_limits:
        return PointState.IN_LIMITS
    if finding == NonconformanceStatus.CONCEDED:
        return PointState.CONCEDED
    if finding in {NonconformanceStatus.IN_REWORK, NonconformanceStatus.REWORKED}:
        return PointState.IN_REWORK
    return PointState.OUT_OF_LIMITS


def limits_in_words(lower: Decimal | None, upper: Decimal | None, unit: str) -> str:
    """'0.02 to 0.05 mm', 'at most 80 °C', or nothing where all is allowed."""
    low, high = (None if each is None else f"{each.normalize():f}" for each in (lower, upper))
    if low is not None and high is not None:
        words = f"{low} to {high}"
    elif low is not None:
        words = f"at least {low}"
    elif high is not None:
        words = f"at most {high}"
    else:
        return ""
    return f"{words} {unit}".strip()
