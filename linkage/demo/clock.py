"""Time in the demo: lives that sleep until a moment and go on, all in the order of their moments."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator
from datetime import datetime

Life = Generator[datetime, None, None]


class Clock:
    """Runs lives in time order. A life yields the moment at which it wants to go on."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = end
        self.now = start
        self._waiting: list[tuple[datetime, int, Life]] = []
        self._born = 0

    def spawn(self, life: Life, at: datetime) -> None:
        """Let a life begin at a moment."""
        self._born += 1
        heapq.heappush(self._waiting, (max(at, self.now), self._born, life))

    def run(self, tick: Callable[[datetime], None]) -> None:
        """Until the end of time; lives that would go on later stay where they are: they are today's open work."""
        while self._waiting and self._waiting[0][0] <= self.end:
            moment, order, life = heapq.heappop(self._waiting)
            self.now = moment
            tick(moment)
            wanted = next(life, None)
            if wanted is not None:
                heapq.heappush(self._waiting, (max(wanted, moment), order, life))
        self.now = self.end
