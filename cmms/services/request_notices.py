"""What is told to people who reported a problem: an e-mail at each step, where an address is known."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from cmms.choices import WorkRequestStatus
from cmms.models import WorkOrder, WorkRequest
from core.commands import command
from core.services.outbox import EMAIL, email, queue_messages

RECEIVED, DONE, CALLED_OFF = "received", "done", "called-off"
DECIDED = {
    WorkRequestStatus.ACCEPTED: "accepted",
    WorkRequestStatus.JOINED: "joined",
    WorkRequestStatus.REJECTED: "rejected",
}
WORDS = {
    RECEIVED: ("received", "We have received your report. Somebody looks at it and decides what is done."),
    "accepted": ("planned", "Your report is accepted as planned work."),
    "joined": (
        "planned",
        "Your report is about something that was reported already. It is part of that work now.",
    ),
    "rejected": ("not done", "We decided not to do this:\n{reason}"),
    DONE: ("done", "The work that you reported is done."),
    CALLED_OFF: ("called off", "The work that you reported was called off."),
}


@command
def tell_requesters(*, requests: Collection[WorkRequest], step: str, at: datetime) -> None:
    """Queue an e-mail for each request with an address, in this transaction; the same step is told once."""
    messages = {}
    for request in requests:
        if request.requester_email:
            messages[f"work-request.{request.pk}.{step}"] = _letter(request, request.requester_email, step)
    queue_messages(messages=messages, kind=EMAIL, at=at)


@command
def tell_requesters_of(*, orders: Collection[WorkOrder], step: str, at: datetime) -> None:
    """The same for all who reported what these work orders deal with; two statements at most."""
    if orders:
        found = WorkRequest.objects.filter(work_order__in=orders).order_by("pk")
        tell_requesters(requests=list(found), step=step, at=at)


def _letter(request: WorkRequest, to: str, step: str) -> dict[str, Any]:
    short, words = WORDS[step]
    said = words.format(reason=request.decision_reason)
    link = ""
    if request.status_token:
        link = f"\n\nHow far it is: {settings.SITE_URL}{reverse('cmms:report-status', args=[request.status_token])}"
    body = f"{said}\n\nYou reported ({request.number}):\n{request.description}{link}\n"
    return email(to=to, subject=f"Your report {request.number}: {short}", body=body)
