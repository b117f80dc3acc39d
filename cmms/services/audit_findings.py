"""Audit findings: settled by a date, and completed only with something that shows it."""

from __future__ import annotations

from collections.abc import Collection

from cmms.choices import WorkOrderType
from cmms.models import WorkOrder, WorkOrderDocument
from core.errors import Conflict, RuleViolation


def without_due_date(*, orders: Collection[WorkOrder]) -> dict[int, RuleViolation]:
    """Why audit findings without a date are not approved."""
    return {
        order.pk: RuleViolation(
            f"{order} is an audit finding, so it needs a date by which it is settled.",
            field="due_at",
            remedy="Set when it is due.",
        )
        for order in orders
        if order.type == WorkOrderType.AUDIT_FINDING and order.due_at is None
    }


def without_evidence(*, orders: Collection[WorkOrder]) -> dict[int, RuleViolation]:
    """Why audit findings without evidence are not completed; one statement where there are any."""
    findings = {order.pk: order for order in orders if order.type == WorkOrderType.AUDIT_FINDING}
    if not findings:
        return {}
    shown = set(
        WorkOrderDocument.objects.filter(work_order__in=findings, is_evidence=True).values_list(
            "work_order_id", flat=True
        )
    )
    return {
        pk: Conflict(
            f"{order} is an audit finding without evidence that it is settled.",
            field="evidence",
            remedy="Add a file as evidence first.",
        )
        for pk, order in findings.items()
        if pk not in shown
    }
