"""Around every request: one id that pages, logs and history share, and refusals in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from structlog.contextvars import bind_contextvars

from core.history import current_request_id
from core.refusals import explain

ALLOWED_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEADINGS = {
    400: "This input is not valid",
    403: "You may not do this",
    404: "There is nothing here",
    409: "This cannot be done now",
    412: "Somebody else was faster",
    422: "This was refused",
}
Next = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives each request an id of harmless characters (the caller's own where sent) and answers with it."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Bind the id for logs and history, and send it back as X-Request-ID."""
        sent = request.headers.get("X-Request-ID", "")
        known = sent if ALLOWED_ID.fullmatch(sent) else current_request_id()
        request_id = known if ALLOWED_ID.fullmatch(known) else uuid4().hex
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class RefusalMiddleware:
    """A refusal inside a page view becomes a plain page (for htmx a notice) with the right status."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Nothing to do on the way."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refusal; None leaves a defect to be reported as one."""
        refusal = explain(error)
        if refusal is None:
            return None
        if request.headers.get("HX-Request") == "true":
            if request.method == "GET":
                return render(request, "components/notice.html", {"refusal": refusal}, status=refusal.status)
            notice = {"tenon:notice": {"message": refusal.words, "tone": "bad"}}
            return HttpResponse(
                status=refusal.status, headers={"HX-Trigger": json.dumps(notice), "HX-Reswap": "none"}
            )
        context = {"refusal": refusal, "title": HEADINGS.get(refusal.status, "This was refused")}
        return render(request, "core/refusal.html", context, status=refusal.status)
