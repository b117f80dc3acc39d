"""When and how much to buy for a storeroom, with the arithmetic in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from core.display import quantity_text

ZERO, ONE = Decimal(0), Decimal(1)
SHOWN = Decimal("0.01")


@dataclass(frozen=True)
class StockFacts:
    """What is known of an item in a storeroom, in its unit. `used` left the shelf in the last `window_days`."""

    on_hand: Decimal
    reserved: Decimal = ZERO
    waiting: Decimal = ZERO
    coming: Decimal = ZERO
    reorder_point: Decimal | None = None
    reorder_quantity: Decimal | None = None
    max_level: Decimal | None = None
    safety_stock: Decimal = ZERO
    lead_time_days: int | None = None
    used: Decimal = ZERO
    window_days: int = 365

    @property
    def position(self) -> Decimal:
        """What there will be for new needs: on hand less promised and waited for, with what is coming."""
        return self.on_hand - self.reserved - self.waiting + self.coming

    @property
    def daily(self) -> Decimal:
        """Average demand per day, unrounded."""
        return self.used / self.window_days


@dataclass(frozen=True)
class Suggestion:
    """Buy so many (0: nothing), because the position is at or below the point; `steps` show why."""

    position: Decimal
    point: Decimal | None
    quantity: Decimal
    steps: list[str] = field(default_factory=list)


def suggest(facts: StockFacts) -> Suggestion:
    """Compare position and reorder point; suggest up to the maximum, in usual orders, or for one more lead time.

    Without a reorder point of its own: average daily demand x lead time + safety stock, the reorder point formula
    of continuous review (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, ch. 6).
    Neither given: nothing is ever suggested. Suggested quantities are whole, rounded up.
    """
    steps = [_position(facts)]
    point = _point(facts, steps)
    if point is None or facts.position > point:
        return Suggestion(facts.position, point, ZERO, steps)
    return Suggestion(facts.position, point, _quantity(facts, point, steps), steps)


def _position(facts: StockFacts) -> str:
    text = f"{quantity_text(facts.on_hand)} on hand - {quantity_text(facts.reserved)} promised"
    if facts.waiting:
        text += f" - {quantity_text(facts.waiting)} waited for"
    return f"{text} + {quantity_text(facts.coming)} coming = {quantity_text(facts.position)}"


def _point(facts: StockFacts, steps: list[str]) -> Decimal | None:
    if facts.reorder_point is not None:
        steps.append(f"reorder at {quantity_text(facts.reorder_point)}")
        return facts.reorder_point
    if facts.lead_time_days is None:
        return None
    point = facts.daily * facts.lead_time_days + facts.safety_stock
    steps.append(
        f"reorder at {_shown(facts.daily)} a day x {facts.lead_time_days} days + "
        f"{quantity_text(facts.safety_stock)} safety = {_shown(point)}"
    )
    return point


def _quantity(facts: StockFacts, point: Decimal, steps: list[str]) -> Decimal:
    position = facts.position
    if facts.max_level is not None:
        quantity = _up(facts.max_level - position)
        steps.append(f"up to {quantity_text(facts.max_level)}: {quantity_text(quantity)}")
    elif facts.reorder_quantity:
        times = ((point - position) / facts.reorder_quantity).to_integral_value(ROUND_FLOOR) + 1
        quantity = times * facts.reorder_quantity
        steps.append(f"{quantity_text(times)} x usual order {quantity_text(facts.reorder_quantity)}")
    elif facts.lead_time_days is not None and facts.daily:
        more = facts.daily * facts.lead_time_days
        quantity = _up(point + more - position)
        steps.append(f"for one more lead time, {_shown(more)}: {quantity_text(quantity)}")
    else:
        quantity = (point - position).to_integral_value(ROUND_FLOOR) + 1
        steps.append(f"just above the reorder point: {quantity_text(quantity)}")
    return max(quantity, ONE)


def _up(quantity: Decimal) -> Decimal:
    return quantity.to_integral_value(ROUND_CEILING)


def _shown(figure: Decimal) -> str:
    return quantity_text(figure.quantize(SHOWN))
