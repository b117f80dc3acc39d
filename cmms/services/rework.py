"""Findings follow the step that reworks them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cmms.choices import NonconformanceStatus
from cmms.models import Nonconformance, Operation
from core.history import bulk_update_with_history


def settle_rework(*, steps: Sequence[Operation], at: datetime) -> None:
    """Findings are reworked when the steps that rework them are done; one statement, two where there are some."""
    if not steps:
        return
    findings = _of(steps, NonconformanceStatus.IN_REWORK)
    for finding in findings:
        finding.advance(NonconformanceStatus.REWORKED)
        finding.settled_at = at
    bulk_update_with_history(findings, ["status", "settled_at"])


def unsettle_rework(*, steps: Sequence[Operation]) -> None:
    """Findings are in rework again when the steps that rework them are opened again."""
    findings = _of(steps, NonconformanceStatus.REWORKED)
    for finding in findings:
        finding.advance(NonconformanceStatus.IN_REWORK)
        finding.settled_at = None
    bulk_update_with_history(findings, ["status", "settled_at"])


def _of(steps: Sequence[Operation], status: str) -> list[Nonconformance]:
    rows = Nonconformance.objects.filter(rework_operation__in=[step.pk for step in steps], status=status)
    return list(rows.order_by("pk").select_for_update(of=("self",)))
