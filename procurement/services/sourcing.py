"""How much of each requisition line is ordered or cancelled: one way to lock, one way to store."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from core.history import Write, store_with_history, updated
from procurement.decisions.progress import NeedProgress, requisition_status
from procurement.models import Requisition, RequisitionLine
from procurement.services.order_lines import policy_level


def lock_requisition_lines(
    *, requisition_line_ids: Collection[int] = (), requisition_id: int | None = None
) -> dict[int, RequisitionLine]:
    """All lines of the requisitions concerned (not only those named), locked with their requisitions, in key order.

    Taking whole requisitions gives every command the same order of locks.
    """
    if requisition_id is not None:
        chosen = RequisitionLine.objects.filter(requisition_id=requisition_id)
    elif requisition_line_ids:
        named = RequisitionLine.objects.filter(pk__in=set(requisition_line_ids))
        chosen = RequisitionLine.objects.filter(requisition_id__in=named.values("requisition_id"))
    else:
        return {}
    rows = (
        chosen.select_related("requisition", "item")
        .annotate(policy_level=policy_level(category="category_id"))
        .select_for_update(of=("self", "requisition"))
        .order_by("requisition_id", "pk")
    )
    requisitions: dict[int, Requisition] = {}
    lines: dict[int, RequisitionLine] = {}
    for line in rows:
        line.requisition = requisitions.setdefault(line.requisition_id, line.requisition)
        lines[line.pk] = line
    return lines


def store_requisition_quantities(
    *, lines: dict[int, RequisitionLine], changed: Collection[int], beside: Write | None = None
) -> list[Requisition]:
    """Store ordered and cancelled quantities of the changed lines and the states that follow from them.

    `lines` come from lock_requisition_lines; what is to be stored `beside` them goes into the same statement.
    Returns the requisitions whose state changed.
    """
    moved = []
    for requisition in _requisitions_of(lines[pk] for pk in changed):
        progress = [
            NeedProgress(line.quantity, line.quantity_ordered, line.quantity_cancelled)
            for line in lines.values()
            if line.requisition_id == requisition.pk
        ]
        to = requisition_status(requisition.status, progress)
        if to != requisition.status:
            requisition.advance(to)
            moved.append(requisition)
    quantities = [lines[pk] for pk in sorted(changed)]
    store_with_history(
        beside, updated(quantities, ["quantity_ordered", "quantity_cancelled"]), updated(moved, ["status"])
    )
    return moved


def _requisitions_of(lines: Iterable[RequisitionLine]) -> list[Requisition]:
    found = {line.requisition_id: line.requisition for line in lines}
    return [found[pk] for pk in sorted(found)]
