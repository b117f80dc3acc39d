"""The page of a work order: what to do next, figures, steps, hours, parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse

from cmms.choices import HoldReason, WorkOrderStatus
from cmms.decisions.flag_words import flag_words
from cmms.models import EstimateLine, LaborEntry, LaborTimer, WorkOrder
from cmms.selectors import work_order_costs, work_order_flags
from cmms.selectors.readiness import (
    Blocker,
    children_blockers,
    finding_blockers,
    permit_blockers,
    signature_blockers,
)
from cmms.selectors.steps import step_views
from cmms.views.bases import need_rows, needs
from core.access import can_see_costs
from core.models import User
from core.views.pages import DetailPage

S = WorkOrderStatus
EXECUTE, PLAN, COMPLETE = "cmms.execute_work_order", "cmms.plan_work_order", "cmms.complete_work_order"
APPROVE, RAISE = "cmms.approve_work_order", "cmms.raise_nonconformance"


@dataclass(frozen=True)
class Tap:
    """One button of the page. With `confirm` it asks first; `is_form` leads to a page."""

    label: str
    url: str
    icon: str
    tone: str = "outline-secondary"
    confirm: str = ""
    is_form: bool = False
    key: str = ""


@dataclass(frozen=True)
class Verb:
    """A verb, the states that allow it, the right it takes."""

    name: str
    label: str
    states: frozenset[str]
    permission: str
    icon: str
    tone: str = "outline-secondary"
    confirm: str = ""
    is_form: bool = False
    key: str = ""


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


OPEN = _in(S.DRAFT, S.APPROVED, S.RELEASED, S.IN_PROGRESS, S.ON_HOLD)
MAIN = (
    Verb("approve", "Approve", _in(S.DRAFT), APPROVE, "check-lg", "primary", key="a"),
    Verb("release", "Release to the floor", _in(S.APPROVED), PLAN, "send", "primary", key="r"),
    Verb("start", "Start", _in(S.RELEASED), EXECUTE, "play-fill", "primary", key="s"),
    Verb("resume", "Resume", _in(S.ON_HOLD), EXECUTE, "play-fill", "primary", key="s"),
    Verb("finish", "Work done", _in(S.IN_PROGRESS), EXECUTE, "check2-circle", "primary", is_form=True, key="d"),
    Verb("complete", "Complete", _in(S.WORK_DONE), COMPLETE, "check2-all", "primary", key="c"),
    Verb(
        "close", "Close", _in(S.COMPLETED), COMPLETE, "archive", "primary", key="c", is_form=True,
    ),
)  # fmt: skip
MORE = (
    Verb("edit", "Edit", _in(S.DRAFT, S.APPROVED), PLAN, "pencil", is_form=True, key="e"),
    Verb("assign", "Give to", OPEN, PLAN, "person-plus", is_form=True),
    Verb("add-step", "Add a step", OPEN, PLAN, "list-ol", is_form=True),
    Verb(
        "raise",
        "Nonconformance",
        _in(*OPEN, S.WORK_DONE, S.COMPLETED) - {S.DRAFT},
        RAISE,
        "exclamation-diamond",
        is_form=True,
    ),
    Verb("permit", "Work permit", OPEN, "cmms.issue_permit", "shield-check", is_form=True),
    Verb("estimate", "Estimate", _in(S.DRAFT, S.APPROVED), PLAN, "calculator", is_form=True),
    Verb("reopen", "Reopen", _in(S.WORK_DONE, S.COMPLETED), COMPLETE, "arrow-counterclockwise", is_form=True),
    Verb("cancel", "Cancel order", OPEN, PLAN, "x-lg", "outline-danger", is_form=True),
)


def taps(order: WorkOrder, actor: User, verbs: tuple[Verb, ...]) -> list[Tap]:
    """The buttons that the order's state and the person's rights allow."""
    return [
        Tap(
            verb.label, reverse(f"cmms:work-order-{verb.name}", args=[order.pk]), verb.icon, verb.tone,
            verb.confirm, verb.is_form, verb.key,
        )
        for verb in verbs
        if order.status in verb.states and actor.has_perm(verb.permission)
    ]  # fmt: skip


def move_blockers(order: WorkOrder, at: datetime) -> list[Blocker]:
    """What stands in the way of the order's next move, in plain words."""
    if order.status in {S.APPROVED, S.RELEASED, S.ON_HOLD}:
        return list(permit_blockers([order], at).values())
    if order.status == S.WORK_DONE:
        return [*children_blockers([order]).values(), *signature_blockers([order]).values()]
    if order.status == S.COMPLETED:
        return list(finding_blockers([order]).values())
    return []


class WorkOrderPage(DetailPage):
    """One work order."""

    permission = "cmms.view_workorder"
    queryset = WorkOrder.objects.select_related(
        "asset",
        "location",
        "site",
        "assignee",
        "requester",
        "program",
        "cost_centre",
        "parent",
        "approved_by",
        "plan_cycle__plan",
    )
    template_name = "cmms/work_order.html"
    panel_page = "cmms.workorder"

    def extra_context(self) -> dict[str, Any]:
        """All that is on the page, in a constant number of statements."""
        order: WorkOrder = self.object
        steps = step_views([order.pk])[order.pk]
        findings = list(order.nonconformances.select_related("operation").order_by("-pk")[:50])
        children = list(order.children.order_by("pk")[:50])
        flags = work_order_flags([order.pk], self.at)[order.pk]
        labor = list(
            LaborEntry.objects.filter(work_order=order)
            .select_related("person", "craft", "operation", "reversed_by")
            .order_by("-started_at", "-pk")[:100]
        )
        timer = LaborTimer.objects.select_related("work_order").filter(person=self.actor).first()
        own = timer is not None and timer.work_order_id == order.pk
        return {
            "title": order.title,
            "main_taps": taps(order, self.actor, MAIN),
            "more_taps": taps(order, self.actor, MORE),
            "hold_reasons": HoldReason.choices if self._may_hold() else [],
            "may_finish_steps": order.is_workable and self.actor.has_perm(EXECUTE),
            "may_log": order.status in {*self._working(), S.WORK_DONE}
            and self.actor.has_perm("cmms.log_labor"),
            "may_time": order.is_workable and self.actor.has_perm("cmms.log_labor"),
            "may_ask": order.status in {S.APPROVED, *self._working()}
            and self.actor.has_perm("cmms.request_parts"),
            "timer": timer if own else None,
            "timer_elsewhere": None if own else timer,
            "steps": steps,
            "steps_open": sum(1 for step in steps if not step.is_done),
            "findings": findings,
            "may_ask_permit": not order.is_finished and self.actor.has_perm(PLAN),
            "blockers": move_blockers(order, self.at),
            "labor": labor,
            "labor_hours": sum((entry.hours for entry in labor), start=Decimal(0)),
            "needs": need_rows(needs().filter(parts_request__work_order=order).order_by("-pk")[:200]),
            "children": children,
            "faults": list(order.work_requests.select_related("requester", "photo").order_by("pk")[:20]),
            "documents": list(order.documents.select_related("attachment", "added_by").order_by("pk")[:50]),
            "warranty_until": self._warranty(),
            "may_add_file": order.status not in {S.CLOSED, S.CANCELLED} and self.actor.has_perm(EXECUTE),
            "currency": settings.BASE_CURRENCY,
            "flags": flags,
            "flag_words": flag_words(
                flags, is_finished=order.is_finished, with_costs=can_see_costs(self.actor)
            ),
            **self._figures(),
        }

    def _warranty(self) -> date | None:
        """The last day of the asset's warranty while it lasts: the maker may owe what we would pay for."""
        until: date | None = self.object.asset.warranty_until if self.object.asset else None
        return until if until and until >= self.at.date() and not self.object.is_finished else None

    @staticmethod
    def _working() -> set[str]:
        return {S.RELEASED, S.IN_PROGRESS, S.ON_HOLD}

    def _may_hold(self) -> bool:
        return self.object.status == S.IN_PROGRESS and self.actor.has_perm(EXECUTE)

    def _figures(self) -> dict[str, Any]:
        if not can_see_costs(self.actor):
            return {"figures": None, "estimate_lines": []}
        costs = work_order_costs(self.object.pk)
        return {
            "figures": costs.total,
            "cost_rows": costs.rows,
            "late_cost": costs.late,
            "estimate_lines": list(EstimateLine.objects.filter(work_order=self.object).order_by("pk")[:100]),
        }
