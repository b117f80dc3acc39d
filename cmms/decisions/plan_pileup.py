"""What is done today about the calls of a plan: order, merge into open work, skip, or wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cmms.choices import PileUp
from cmms.decisions.plan_schedule import Call, Schedule, called, next_call

MOST_AT_ONCE = 400  # cycles of one plan in one run; the next run goes on


@dataclass(frozen=True)
class Taken:
    """A call and what becomes of it: QUEUE makes an order, MERGE joins it to the open one, SKIP records it only."""

    call: Call
    verdict: str


def verdict(
    schedule: Schedule, policy: str, call: Call, open_hierarchies: Sequence[int], today: date
) -> str | None:
    """What becomes of a call whose time has come; None is wait.

    A cycle is given up only on its due day, since the open work may be done before. Work that ranks above all
    that is open is ordered in any case: the open order does not contain it.
    """
    if not open_hierarchies:
        return PileUp.QUEUE
    if schedule.waits_for_completion:
        return None
    if policy == PileUp.QUEUE or call.hierarchy > max(open_hierarchies):
        return PileUp.QUEUE
    return policy if today >= call.due_on else None


def due_calls(
    schedule: Schedule, policy: str, open_hierarchies: Sequence[int], today: date
) -> tuple[list[Taken], Schedule]:
    """Every call that is to be taken by `today`, in order, and the schedule after them.

    Asking each day or once after a long silence gives the same calls and verdicts, as long as nothing is
    completed between.
    """
    still_open = list(open_hierarchies)
    taken: list[Taken] = []
    while len(taken) < MOST_AT_ONCE:
        call = next_call(schedule)
        if call is None or call.generate_on > today:
            break
        decided = verdict(schedule, policy, call, still_open, today)
        if decided is None:
            break
        if decided == PileUp.QUEUE:
            still_open.append(call.hierarchy)
        taken.append(Taken(call, decided))
        schedule = called(schedule, call)
    return taken, schedule
