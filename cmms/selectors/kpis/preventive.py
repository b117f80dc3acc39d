"""Preventive work against its due time, under the chosen rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Coalesce

from cmms.choices import WorkOrderStatus
from cmms.decisions.kpis import latest_end
from cmms.selectors.kpis.question import Question
from cmms.selectors.kpis.rows import preventive

ON_TIME, LATE, PENDING, EXCLUDED = "On time", "Late", "Not yet", "Called off"


@dataclass(frozen=True)
class PreventiveCount:
    """How many were on time and late; those still within their grace and those called off are apart."""

    on_time: int = 0
    late: int = 0
    pending: int = 0
    excluded: int = 0

    @property
    def due(self) -> int:
        """What counts."""
        return self.on_time + self.late


def verdict(
    *,
    due_at: datetime,
    done_at: datetime | None,
    before: datetime | None,
    after: datetime | None,
    status: str,
    rule: str,
    now: datetime,
) -> str:
    """What became of one preventive work order. Its interval is that from the last due time, else to the next."""
    if status == WorkOrderStatus.CANCELLED:
        return EXCLUDED
    interval = due_at - before if before else after - due_at if after else None
    limit = latest_end(due_at, interval, rule)
    if done_at is not None:
        return ON_TIME if done_at <= limit else LATE
    return LATE if now > limit else PENDING


def preventive_cases(question: Question) -> list[tuple[datetime, str]]:
    """(due time, verdict) of each; one statement."""
    rows = (
        preventive(question)
        .annotate(done=Coalesce("work_done_at", "completed_at"))
        .values_list("due_at", "done", "before", "after", "status")
        .order_by("due_at", "pk")
    )
    return [
        (
            due_at,
            verdict(
                due_at=due_at, done_at=done, before=before, after=after, status=status,
                rule=question.pm_rule, now=question.now,
            ),
        )
        for due_at, done, before, after, status in rows
    ]  # fmt: skip


def count_cases(cases: list[tuple[datetime, str]]) -> PreventiveCount:
    """The verdicts counted."""
    found = [each for _, each in cases]
    return PreventiveCount(
        found.count(ON_TIME), found.count(LATE), found.count(PENDING), found.count(EXCLUDED)
    )
