"""Which stops become work: lengths, repeats and unions of stretches of time. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Terms:
    """When a stop becomes work. `link_within`: how soon after the last a stop belongs to the same trouble."""

    longer_than: timedelta | None
    repeats: int | None
    within: timedelta | None
    link_within: timedelta


@dataclass(frozen=True)
class Stop:
    """One unplanned stop of an asset; `job` names what already deals with it, `is_job_open` whether that goes on."""

    key: int
    started_at: datetime
    ended_at: datetime | None
    job: str = ""
    is_job_open: bool = False


@dataclass(frozen=True)
class Handover:
    """What to do with one stop: hang it on `job`, or (empty) open a new one; `after` is the stop it repeats."""

    key: int
    job: str = ""
    after: int | None = None


def exceeds(stop: Stop, terms: Terms, now: datetime) -> bool:
    """Whether the stop lasts (or by `now` has lasted) longer than the rule allows; exactly as long is allowed."""
    if terms.longer_than is None:
        return False
    return (stop.ended_at or now) - stop.started_at > terms.longer_than


def repeating(stops: Sequence[Stop], terms: Terms) -> set[int]:
    """Keys of the stops of which enough begin within the rule's hours of one another."""
    if terms.repeats is None or terms.within is None:
        return set()
    ordered = sorted(stops, key=lambda stop: (stop.started_at, stop.key))
    found: set[int] = set()
    first = 0
    for last, stop in enumerate(ordered):
        while stop.started_at - ordered[first].started_at > terms.within:
            first += 1
        if last - first + 1 >= terms.repeats:
            found.update(each.key for each in ordered[first : last + 1])
    return found


def hand_over(stops: Sequence[Stop], terms: Terms, now: datetime) -> list[Handover]:
    """What to do with the stops that nobody deals with yet, in the order of their beginnings.

    A stop beyond the rule, or one that begins within `link_within` after the end of a stop whose job goes on, hangs
    on the job that goes on; else a stop beyond the rule opens a new job, which the later ones here then share. The
    result is the same in whatever order the stops became known.
    """
    ordered = sorted(stops, key=lambda stop: (stop.started_at, stop.key))
    often = repeating(ordered, terms)
    going_on = next((stop.job for stop in ordered if stop.job and stop.is_job_open), "")
    plan: list[Handover] = []
    last: Stop | None = None
    opened = False
    for stop in ordered:
        if stop.job:
            last = stop
            continue
        is_beyond = stop.key in often or exceeds(stop, terms, now)
        soon = last is not None and stop.started_at - (last.ended_at or now) <= terms.link_within
        is_shared = bool(going_on) or opened
        if not is_beyond and not (soon and is_shared):
            continue
        after = last.key if soon and last is not None else None
        plan.append(Handover(stop.key, going_on, after))
        opened = True
        last = stop
    return plan


def union(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time without overlaps, in order; stretches that touch become one."""
    whole: list[Stretch] = []
    for start, end in sorted(stretches):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def length(stretches: Iterable[Stretch]) -> timedelta:
    """How long the union of the stretches is."""
    return sum((end - start for start, end in union(stretches)), timedelta())


@dataclass(frozen=True)
class Told:
    """What a feed said of one stop, and when (by its own clock)."""

    said_at: datetime
    digest: str


def is_newer(new: Told, known: Told | None) -> bool:
    """Whether a message replaces what is known. Equal clocks are decided by the content, so that order never matters."""
    return known is None or (new.said_at, new.digest) > (known.said_at, known.digest)


def implied_ends(stops: Sequence[tuple[str, datetime, bool]]) -> dict[str, datetime | None]:
    """Ends of the stops (key, start, whether it still waits for its end) of one feed on one asset.

    A machine that stops again must have run: a stop without a reported end ends where the next one begins.
    None for the last, which is open.
    """
    ordered = sorted(stops, key=lambda each: (each[1], each[0]))
    starts = [start for _, start, _ in ordered[1:]] + [None]
    return {key: after for (key, _, waits), after in zip(ordered, starts, strict=True) if waits}
