"""Where the bars of a chart stand: pure geometry in the units of its drawing, which is 360 wide and 170 high."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 40, 6, 8, 24
MOST_LABELS = 6
ZERO = Decimal(0)
Series = Sequence[tuple[str, Sequence[Decimal | None]]]


@dataclass(frozen=True)
class Bar:
    """One piece of a stacked bar; `tone` numbers its series from 1."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    tone: int
    value: Decimal
    series: str
    label: str


@dataclass(frozen=True)
class Mark:
    """A text at a place: a step of the scale, or a month."""

    at: Decimal
    text: str


@dataclass(frozen=True)
class Chart:
    """All that is drawn. Without any value `bars` is empty; `gaps` are the months without data."""

    bars: list[Bar]
    scale: list[Mark]
    months: list[Mark]
    gaps: list[Mark]


def nice_top(highest: Decimal) -> Decimal:
    """The next of 1, 2, 2.5, 5 x 10^n that is not below `highest`; 1 for nothing."""
    if highest <= 0:
        return Decimal(1)
    step = Decimal(10) ** highest.adjusted()
    for factor in ("1", "2", "2.5", "5", "10"):
        if step * Decimal(factor) >= highest:
            return step * Decimal(factor)
    return step * 10


def _grid(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), rounding=ROUND_CEILING)


def stacked_bars(months: Sequence[str], series: Series, top: Decimal | None = None) -> Chart:
    """Bars of the months with their series on one another; values below zero are not drawn. `top` fixes the scale."""
    count = len(months)
    if not count:
        return Chart([], [], [], [])
    totals = [sum((max(values[n] or ZERO, ZERO) for _, values in series), ZERO) for n in range(count)]
    top = top or nice_top(max(totals))
    room = Decimal(WIDTH - LEFT - RIGHT) / count
    width = room * Decimal("0.7")
    floor = Decimal(HEIGHT - BOTTOM)
    bars: list[Bar] = []
    gaps: list[Mark] = []
    for n, month in enumerate(months):
        x, y = LEFT + room * n + (room - width) / 2, floor
        if all(values[n] is None for _, values in series):
            gaps.append(Mark(_grid(x + width / 2), month))
        for tone, (name, values) in enumerate(series, start=1):
            value = values[n]
            if value is None or value <= 0:
                continue
            height = min(value, top) / top * (HEIGHT - TOP - BOTTOM)
            y -= height
            bars.append(Bar(_grid(x), _grid(y), _grid(width), _grid(height), tone, value, name, month))
    every = -(-count // MOST_LABELS)
    labels = [
        Mark(_grid(LEFT + room * n + room / 2), month[:3] + " " + month[-2:])
        for n, month in enumerate(months)
        if n % every == 0
    ]
    scale = [
        Mark(_grid(floor - (HEIGHT - TOP - BOTTOM) * share), _short(top * share))
        for share in (Decimal(0), Decimal("0.5"), Decimal(1))
    ]
    return Chart(bars, scale, labels, gaps)


def _short(value: Decimal) -> str:
    for size, letter in ((Decimal(1_000_000), "M"), (Decimal(1000), "k")):
        if value >= size:
            return f"{(value / size).normalize():f}{letter}"
    return f"{value.normalize():f}" if value else "0"
