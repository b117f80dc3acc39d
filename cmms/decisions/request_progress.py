"""How far a reported problem has come, in words for whoever reported it: no costs, no names, no codes of ours."""

from __future__ import annotations

from dataclasses import dataclass

from cmms.choices import WorkOrderStatus, WorkRequestStatus

S, R = WorkOrderStatus, WorkRequestStatus
OVER = {S.WORK_DONE, S.COMPLETED, S.CLOSED}


@dataclass(frozen=True)
class Step:
    """One step. `state`: done, now (it stands here), ahead, or stopped (it ends here without work)."""

    words: str
    state: str
    more: str = ""


def progress(*, status: str, order_status: str = "", reason: str = "") -> list[Step]:
    """The steps of a report, from received to done or to where it ended."""
    received = "We have received your report."
    if status == R.REJECTED:
        return [Step(received, "done"), Step("We decided not to do this.", "stopped", reason)]
    if status == R.NEW:
        return [
            Step(received, "done", "Somebody looks at it and decides what is done."),
            Step("Looked at and planned", "ahead"),
            Step("Worked on", "ahead"),
            Step("Done", "ahead"),
        ]
    taken = Step(_taken(status), "done")
    if order_status == S.CANCELLED:
        return [Step(received, "done"), taken, Step("The work was called off.", "stopped")]
    if order_status in OVER:
        return [Step(received, "done"), taken, Step("It was worked on.", "done"), Step("It is done.", "done")]
    if order_status in {S.IN_PROGRESS, S.ON_HOLD}:
        more = "It waits for something at the moment." if order_status == S.ON_HOLD else ""
        return [
            Step(received, "done"), taken, Step("It is being worked on.", "now", more), Step("Done", "ahead"),
        ]  # fmt: skip
    return [
        Step(received, "done"),
        Step(taken.words, "now"),
        Step("Worked on", "ahead"),
        Step("Done", "ahead"),
    ]


def _taken(status: str) -> str:
    if status == R.JOINED:
        return "Somebody reported it already: it is part of work that is planned."
    return "It is accepted as planned work."
