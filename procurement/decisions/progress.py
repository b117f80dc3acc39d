"""States that follow from quantities, and how a smaller quantity is shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from procurement.choices import OPEN_ORDER, OrderStatus, RequisitionStatus

ZERO = Decimal(0)
FINEST = Decimal("0.0001")


@dataclass(frozen=True)
class LineProgress:
    """What one order line has seen: still open for delivery, and held by us."""

    needs_receipt: bool
    outstanding: Decimal
    net_received: Decimal


def order_status(present: str, lines: Sequence[LineProgress]) -> str:
    """The state of an open order from its lines; other states are decisions of people and stay as they are."""
    if present not in OPEN_ORDER:
        return present
    awaited = [line for line in lines if line.needs_receipt]
    if not any(line.net_received > 0 for line in awaited):
        return OrderStatus.ISSUED
    if any(line.outstanding > 0 for line in awaited):
        return OrderStatus.PARTIALLY_RECEIVED
    return OrderStatus.RECEIVED


@dataclass(frozen=True)
class NeedProgress:
    """What became of one requisition line."""

    quantity: Decimal
    ordered: Decimal
    cancelled: Decimal


def requisition_status(present: str, lines: Sequence[NeedProgress]) -> str:
    """ORDERED once nothing is left to order, CANCELLED once nothing is wanted; APPROVED again when it re-opens."""
    if any(line.quantity - line.ordered - line.cancelled > 0 for line in lines):
        return RequisitionStatus.APPROVED if present == RequisitionStatus.ORDERED else present
    if any(line.ordered > 0 for line in lines):
        return RequisitionStatus.ORDERED
    return RequisitionStatus.CANCELLED


def shrink(parts: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    """`parts` cut in proportion so that they sum to at most `total`; whole numbers stay whole.

    Rounds the running sum, so the cut parts sum exactly to `total`.
    """
    whole = sum(parts, ZERO)
    if whole <= total:
        return list(parts)
    integral = all(part == part.to_integral_value() for part in [*parts, total])
    grain = Decimal(1) if integral else FINEST
    shares: list[Decimal] = []
    running, given = ZERO, ZERO
    for part in parts:
        running += part
        reached = (total * running / whole).quantize(grain, rounding=ROUND_HALF_UP)
        shares.append(reached - given)
        given = reached
    return shares
