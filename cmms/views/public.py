"""Pages without a login: reporting a problem by the link of a location, and how far a report has come."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from cmms.decisions.request_progress import progress
from cmms.forms.places import PublicReportForm
from cmms.models import WorkRequest
from cmms.services.request_links import active_link, report_without_login
from core.forms import add_refusal, new_key
from core.refusals import explain
from core.views.throttling import Throttle, seconds_to_wait


class Open(View):
    """A page for everybody, asked for only so often; its address is nobody else's business."""

    looks: ClassVar[str] = "look"

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count first."""
        wait = seconds_to_wait(request, Throttle(self.looks, settings.REPORT_RATES["look"]))
        response = too_often(request, wait) if wait else super().dispatch(request, *args, **kwargs)
        # The address is the key; it goes to no other site and into no index.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response


class PublicReport(Open):
    """Somebody at a location says what is wrong."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """The empty form."""
        link = active_link(token=token)
        form = PublicReportForm(initial={"idempotency_key": new_key()})
        return self._page(request, link.location, form)

    def post(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Report it; a program that fills the trap is told the same and changes nothing."""
        link = active_link(token=token)
        form = PublicReportForm(request.POST, request.FILES)
        if form.is_trapped:
            return render(request, "cmms/public_thanks.html", {"title": "Thank you"})
        wait = seconds_to_wait(
            request,
            Throttle("report", settings.REPORT_RATES["visitor"]),
            Throttle("report-link", settings.REPORT_RATES["link"], of=str(link.pk)),
        )
        if wait:
            return too_often(request, wait)
        if not form.is_valid():
            return self._page(request, link.location, form, status=422)
        data = form.cleaned_data
        try:
            made = report_without_login(
                token=token,
                description=data["description"],
                requester_name=data["requester_name"],
                requester_email=data["requester_email"],
                department=data["department"],
                is_asset_down=data["is_asset_down"],
                photo=data["photo"] or None,
                once=data["idempotency_key"],
                at=timezone.now(),
            )
        except Exception as error:
            refusal = explain(error)
            if refusal is None:
                raise
            add_refusal(form, refusal)
            return self._page(request, link.location, form, status=refusal.status)
        return HttpResponseRedirect(reverse("cmms:report-status", args=[made.status_token]))

    @staticmethod
    def _page(request: HttpRequest, location: Any, form: PublicReportForm, status: int = 200) -> HttpResponse:
        shown = {"title": "Report a problem", "location": location, "form": form}
        return render(request, "cmms/public_report.html", shown, status=status)


class ReportStatus(Open):
    """How far a report has come, for who reported it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Its steps in plain words."""
        rows = WorkRequest.objects.select_related("work_order", "location", "asset")
        fault = get_object_or_404(rows, status_token=token)
        order = fault.work_order
        steps = progress(
            status=fault.status, order_status=order.status if order else "", reason=fault.decision_reason
        )
        shown = {"title": f"Your report {fault.number}", "fault": fault, "steps": steps}
        return render(request, "cmms/public_status.html", shown)


def too_often(request: HttpRequest, wait: int) -> HttpResponse:
    """A plain page that says when to come back."""
    minutes = max(1, round(wait / 60))
    response = render(
        request, "cmms/public_wait.html", {"title": "Please wait a little", "minutes": minutes}, status=429
    )
    response["Retry-After"] = str(wait)
    return response
