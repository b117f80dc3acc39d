"""Whose need comes first."""

from __future__ import annotations

from datetime import date

from cmms.choices import Priority

RANK = {priority: place for place, priority in enumerate(Priority.values)}


def urgency(priority: str, needed_on: date | None, key: int) -> tuple[int, date, int]:
    """Sort key of a need: by the priority of its work, then by the day it is needed, then who asked first."""
    return RANK.get(priority, len(RANK)), needed_on or date.max, key
