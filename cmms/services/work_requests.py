"""Faults that people report, and what a planner makes of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from cmms.choices import Priority, WorkOrderType, WorkRequestStatus
from cmms.models import DowntimeEvent, WorkOrder, WorkRequest
from cmms.services.locking import locked_work_order
from cmms.services.places import place_of
from cmms.services.planning import EstimateInput, OperationInput, create_work_order
from cmms.services.request_notices import DECIDED, RECEIVED, tell_requesters
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_update_with_history
from core.models import User
from core.numbering import next_number

REPORT, REVIEW = "cmms.report_fault", "cmms.review_work_request"


@command
def report_fault(
    *,
    description: str,
    asset_id: int | None,
    location_id: int | None,
    actor: User,
    at: datetime,
    priority: str = Priority.NORMAL,
    is_asset_down: bool = False,
    department: str = "",
    requester_name: str = "",
    requester_email: str = "",
    photo_id: int | None = None,
) -> WorkRequest:
    """A new request for a planner to review. Raises RuleViolation without a description or a place."""
    require(actor, REPORT)
    if not description.strip():
        raise RuleViolation("Say what is wrong.", field="description")
    place = place_of(asset_id=asset_id, location_id=location_id)
    request = WorkRequest(
        number=next_number("WR"), created_at=at, created_by=actor, description=description.strip(),
        asset=place.asset, location_id=place.location_id, site_id=place.site_id,
        department=department, requester=actor, requester_name=requester_name,
        requester_email=requester_email, status_token=secrets.token_urlsafe(24),
        is_asset_down=is_asset_down, priority=priority, photo_id=photo_id,
    )  # fmt: skip
    request.clean_fields(exclude=["number", "created_by", "asset", "location", "site", "requester", "photo"])
    request.save()
    tell_requesters(requests=[request], step=RECEIVED, at=at)
    return request


@command
def accept_work_request(
    *,
    work_request_id: int,
    actor: User,
    at: datetime,
    title: str = "",
    type: str = WorkOrderType.CORRECTIVE,
    priority: str | None = None,
    assignee_id: int | None = None,
    due_at: datetime | None = None,
    operations: Sequence[OperationInput] = (),
    estimate: Sequence[EstimateInput] = (),
) -> WorkOrder:
    """Make a draft work order of the request; title and priority come from it where not given."""
    require(actor, REVIEW)
    request = _locked(work_request_id)
    request.require(WorkRequestStatus.NEW)
    order = create_work_order(
        title=title or _first_line(request.description),
        asset_id=request.asset_id,
        location_id=request.location_id,
        type=type,
        priority=priority or request.priority,
        description=request.description,
        department=request.department,
        requester_id=request.requester_id,
        reported_at=request.created_at,
        assignee_id=assignee_id,
        due_at=due_at,
        operations=operations,
        estimate=estimate,
        actor=actor,
        at=at,
    )
    _decide(request, WorkRequestStatus.ACCEPTED, actor, at, order=order)
    return order


@command
def join_work_request(*, work_request_id: int, work_order_id: int, actor: User, at: datetime) -> WorkRequest:
    """Hang the request on a work order that already deals with it. Raises Conflict where that one is finished."""
    require(actor, REVIEW)
    request = _locked(work_request_id)
    order = locked_work_order(work_order_id=work_order_id)
    if order.is_finished:
        raise Conflict(f"{order} is finished.", field="work_order_id", remedy="Accept the request instead.")
    return _decide(request, WorkRequestStatus.JOINED, actor, at, order=order)


@command
def reject_work_request(*, work_request_id: int, reason: str, actor: User, at: datetime) -> WorkRequest:
    """Refuse the request and tell why."""
    require(actor, REVIEW)
    if not reason.strip():
        raise RuleViolation("Say why, so that the requester understands.", field="reason")
    return _decide(_locked(work_request_id), WorkRequestStatus.REJECTED, actor, at, reason=reason.strip())


def _locked(work_request_id: int) -> WorkRequest:
    request: WorkRequest | None = (
        WorkRequest.objects.filter(pk=work_request_id).order_by().select_for_update(no_key=True).first()
    )
    if request is None:
        raise NotFound("That work request does not exist.", field="work_request_id")
    return request


def _decide(
    request: WorkRequest,
    status: str,
    actor: User,
    at: datetime,
    order: WorkOrder | None = None,
    reason: str = "",
) -> WorkRequest:
    request.advance(status)
    request.work_order, request.decision_reason = order, reason[:300]
    request.decided_at, request.decided_by = at, actor
    request.save(update_fields=["status", "work_order", "decision_reason", "decided_at", "decided_by"])
    tell_requesters(requests=[request], step=DECIDED[WorkRequestStatus(status)], at=at)
    if order is not None:
        _move_stops(request, order)
    return request


def _move_stops(request: WorkRequest, order: WorkOrder) -> None:
    """Stops that the request was opened for belong to its work order."""
    stops = list(
        DowntimeEvent.objects.select_for_update(of=("self",))
        .filter(work_request=request, work_order=None)
        .order_by("pk")
    )
    for stop in stops:
        stop.work_order = order
    bulk_update_with_history(stops, ["work_order"])


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200]
