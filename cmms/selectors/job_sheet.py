"""What a printed job sheet says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cmms.decisions.inspection import limits_in_words
from cmms.models import PartsRequestLine, WorkOrder
from cmms.selectors.steps import StepView, step_views
from core.display import quantity_text

MOST_PARTS = 200


def job_sheet(order: WorkOrder, now: datetime) -> dict[str, Any]:
    """The order, its steps and its parts in words, times in the site's own zone; a constant number of statements.

    `order` comes with its asset, location, site, assignee and requester.
    """
    zone = ZoneInfo(order.site.timezone)

    def moment(value: datetime | None) -> str:
        return value.astimezone(zone).strftime("%d %b %Y %H:%M") if value else ""

    facts = [
        ("Asset", str(order.asset or "")),
        ("Location", str(order.location or "")),
        ("Kind", f"{order.get_type_display()}, {order.get_priority_display().lower()}"),
        ("Given to", str(order.assignee or order.contractor_name or "")),
        ("Due", moment(order.due_at)),
        ("Requester", str(order.requester or "")),
        ("Work permit", _permit(order, moment)),
        ("State", order.get_status_display()),
    ]
    return {
        "number": order.number,
        "title": order.title,
        "site": order.site.name,
        "description": order.description,
        "facts": [list(fact) for fact in facts],
        "steps": [_step(view, moment) for view in step_views([order.pk])[order.pk]],
        "parts": _parts(order),
        "printed": f"Printed {moment(now)}",
    }


def _permit(order: WorkOrder, moment: Any) -> str:
    if order.permit_number:
        return f"{order.permit_number}, until {moment(order.permit_valid_until)}"
    return "needed, none yet" if order.needs_permit else "not needed"


def _step(view: StepView, moment: Any) -> dict[str, Any]:
    step = view.operation
    marks = [str(step.craft) if step.craft else "", *(str(each) for each in view.qualifications)]
    if step.execution == "OUTSIDE":
        marks.insert(0, step.get_execution_display())
    if step.estimated_hours:
        marks.append(quantity_text(step.estimated_hours, "h"))
    if view.after:
        marks.append("after " + ", ".join(str(each.sequence) for each in view.after))
    return {
        "sequence": step.sequence,
        "title": step.title,
        "instructions": step.instructions,
        "marks": ", ".join(mark for mark in marks if mark),
        "done": f"{step.done_by}, {moment(step.done_at)}" if view.is_done else "",
        "sign_off": "" if step.sign_off == "NONE" else step.get_sign_off_display(),
        "points": [
            {
                "name": each.point.name,
                "allowed": limits_in_words(each.point.lower_limit, each.point.upper_limit, each.point.unit)
                or ("in order" if each.point.kind == "CHECK" else each.point.unit),
                "reading": str(each.reading or ""),
            }
            for each in view.points
        ],
        "signatures": [
            f"{each.signature.signed_name}, {each.signature.get_meaning_display().lower()}, "
            f"{moment(each.signature.signed_at)}{'' if each.is_valid else ' (void)'}"
            for each in view.signatures
        ],
    }


def _parts(order: WorkOrder) -> list[list[str]]:
    lines = PartsRequestLine.objects.filter(parts_request__work_order=order).select_related("item", "unit")
    return [
        [
            line.item.code if line.item else "",
            line.description,
            quantity_text(line.quantity - line.quantity_cancelled, line.unit.code),
            quantity_text(line.quantity_issued + line.quantity_arrived, line.unit.code),
        ]
        for line in lines.order_by("pk")[:MOST_PARTS]
        if line.quantity > line.quantity_cancelled
    ]
