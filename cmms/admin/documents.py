"""Work requests, work orders and parts requests: read, and moved by their verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from cmms.choices import WorkOrderStatus, WorkRequestStatus
from cmms.forms.technicians import HoldForm
from cmms.forms.work_orders import AcceptForm, AssignForm, JoinForm, NoteForm, key_of
from cmms.models import (
    EstimateLine,
    Operation,
    PartsRequest,
    PartsRequestLine,
    WorkOrder,
    WorkRequest,
)
from cmms.services.closing import cancel_work_order, close_work_order, complete_work_order, reopen_work_order
from cmms.services.execution import finish_work, hold_work, resume_work, start_work
from cmms.services.planning import approve_work_order, assign_work_order, release_work_order
from cmms.services.stock import issue_request
from cmms.services.work_requests import accept_work_request, join_work_request, reject_work_request
from core.admin import DocumentAction, DocumentAdmin, ReadOnlyInline
from core.admin.documents import ActionCall

S, R = WorkOrderStatus, WorkRequestStatus
PLAN, EXECUTE, COMPLETE = "cmms.plan_work_order", "cmms.execute_work_order", "cmms.complete_work_order"
REVIEW = "cmms.review_work_request"
Run = Callable[[Any, ActionCall], object]


def can(state: str) -> Callable[[Any], bool]:
    """Whether a document may move to a state."""
    return lambda document: bool(document.can(state))


def plainly(service: Callable[..., object], key: str) -> Run:
    """A verb that takes nothing but its document."""
    return lambda document, call: service(**{key: document.pk}, actor=call.actor, at=call.at)


def with_reason(service: Callable[..., object], key: str) -> Run:
    """A verb that says why."""
    return lambda document, call: service(
        **{key: document.pk}, reason=call.reason, actor=call.actor, at=call.at
    )


def _accept(fault: WorkRequest, call: ActionCall) -> object:
    return accept_work_request(
        work_request_id=fault.pk,
        title=call.data["title"],
        type=call.data["type"],
        priority=call.data["priority"],
        assignee_id=key_of(call.data["assignee"]),
        due_at=call.data["due_at"],
        actor=call.actor,
        at=call.at,
    )


def _join(fault: WorkRequest, call: ActionCall) -> object:
    order = call.data["work_order"]
    return join_work_request(work_request_id=fault.pk, work_order_id=order.pk, actor=call.actor, at=call.at)


def _assign(order: WorkOrder, call: ActionCall) -> object:
    person = key_of(call.data["assignee"])
    return assign_work_order(work_order_id=order.pk, assignee_id=person, actor=call.actor, at=call.at)


def _hold(order: WorkOrder, call: ActionCall) -> object:
    return hold_work(
        work_order_id=order.pk,
        hold_reason=call.data["hold_reason"],
        note=call.data["note"],
        actor=call.actor,
        at=call.at,
    )


def _finish(order: WorkOrder, call: ActionCall) -> object:
    return finish_work(work_order_id=order.pk, note=call.data["note"], actor=call.actor, at=call.at)


@admin.register(WorkRequest)
class WorkRequestAdmin(DocumentAdmin):
    """Reported faults."""

    list_display = (
        "number",
        "description",
        "asset",
        "location",
        "status",
        "priority",
        "is_asset_down",
        "created_at",
    )
    list_select_related = ("asset", "location")
    search_fields = ("number", "description", "asset__code", "asset__name")
    list_filter = ("status", "priority", "is_asset_down", "site")
    date_hierarchy = "created_at"
    document_actions = (
        DocumentAction(
            "accept", "Accept", permission=REVIEW, available=can(R.ACCEPTED), form_class=AcceptForm, run=_accept
        ),
        DocumentAction("join", "Join", permission=REVIEW, available=can(R.JOINED), form_class=JoinForm, run=_join),
        DocumentAction(
            "reject", "Reject", permission=REVIEW, tone="danger", needs_reason=True, bulk=True,
            available=can(R.REJECTED), run=with_reason(reject_work_request, "work_request_id"),
        ),
    )  # fmt: skip


class OperationInline(ReadOnlyInline):
    """Steps."""

    model = Operation
    fields = ("sequence", "title", "execution", "craft", "estimated_hours", "status", "done_at", "done_by")


class EstimateInline(ReadOnlyInline):
    """The estimate."""

    model = EstimateLine
    fields = ("bucket", "description", "quantity", "unit_cost", "amount")
    cost_fields = ("unit_cost", "amount")


@admin.register(WorkOrder)
class WorkOrderAdmin(DocumentAdmin):
    """Work orders."""

    list_display = ("number", "title", "asset", "status", "type", "priority", "assignee", "due_at")
    list_select_related = ("asset", "assignee")
    search_fields = ("number", "title", "asset__code", "asset__name")
    list_filter = ("status", "type", "priority", "site", "program")
    date_hierarchy = "created_at"
    inlines = (OperationInline, EstimateInline)
    document_actions = (
        DocumentAction(
            "approve", "Approve", permission="cmms.approve_work_order", bulk=True, available=can(S.APPROVED),
            run=with_reason(approve_work_order, "work_order_id"),
        ),
        DocumentAction(
            "release", "Release", permission=PLAN, bulk=True, available=lambda order: order.status == S.APPROVED,
            run=plainly(release_work_order, "work_order_id"),
        ),
        DocumentAction(
            "start", "Start", permission=EXECUTE, available=lambda order: order.status == S.RELEASED,
            run=plainly(start_work, "work_order_id"),
        ),
        DocumentAction(
            "hold", "Put on hold", permission=EXECUTE, available=can(S.ON_HOLD), form_class=HoldForm, run=_hold
        ),
        DocumentAction(
            "resume", "Resume", permission=EXECUTE, available=lambda order: order.status == S.ON_HOLD,
            run=plainly(resume_work, "work_order_id"),
        ),
        DocumentAction(
            "finish", "Work done", permission=EXECUTE, available=can(S.WORK_DONE), form_class=NoteForm, run=_finish
        ),
        DocumentAction(
            "complete", "Complete", permission=COMPLETE, bulk=True, available=can(S.COMPLETED),
            run=plainly(complete_work_order, "work_order_id"),
        ),
        DocumentAction(
            "close", "Close", permission=COMPLETE, bulk=True, available=can(S.CLOSED),
            run=plainly(close_work_order, "work_order_id"),
        ),
        DocumentAction(
            "assign", "Give to", permission=PLAN, bulk=True, available=lambda order: not order.is_finished,
            form_class=AssignForm, run=_assign,
        ),
        DocumentAction(
            "reopen", "Reopen", permission=COMPLETE, needs_reason=True,
            available=lambda order: order.status in {S.WORK_DONE, S.COMPLETED},
            run=with_reason(reopen_work_order, "work_order_id"),
        ),
        DocumentAction(
            "cancel", "Cancel", permission=PLAN, tone="danger", needs_reason=True, bulk=True, available=can(S.CANCELLED),
            run=with_reason(cancel_work_order, "work_order_id"),
        ),
    )  # fmt: skip


class PartsRequestLineInline(ReadOnlyInline):
    """What was asked for."""

    model = PartsRequestLine
    fields = (
        "line_number", "kind", "item", "description", "quantity", "unit", "quantity_reserved", "quantity_issued",
        "quantity_arrived", "quantity_cancelled", "supply_state", "supply_document", "expected_on",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartsRequestLine]:
        """Lines with what they show."""
        rows = cast("QuerySet[PartsRequestLine]", super().get_queryset(request))
        return rows.select_related("item", "unit")


@admin.register(PartsRequest)
class PartsRequestAdmin(DocumentAdmin):
    """Parts requests."""

    list_display = ("number", "work_order", "requested_by", "needed_on", "created_at")
    list_select_related = ("work_order", "requested_by")
    search_fields = ("number", "work_order__number", "lines__description")
    date_hierarchy = "created_at"
    inlines = (PartsRequestLineInline,)
    document_actions = (
        DocumentAction(
            "issue", "Hand over what is reserved", permission="cmms.issue_stock", bulk=True,
            run=plainly(issue_request, "parts_request_id"),
        ),
    )  # fmt: skip
