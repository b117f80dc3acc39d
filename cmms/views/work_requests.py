"""Reported faults: reporting them and deciding on them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cmms.filters import WorkRequestPageFilter
from cmms.forms.technicians import ReportForm
from cmms.forms.work_orders import AcceptForm, JoinForm, key_of
from cmms.models import WorkRequest
from cmms.selectors.duplicates import likely_duplicates, orders_at_the_place, with_likely_twice
from cmms.services.work_requests import (
    accept_work_request,
    join_work_request,
    reject_work_request,
    report_fault,
)
from cmms.views.bases import order_url, photo_id
from cmms.views.work_orders import PlansLines, estimate_of, steps_of
from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage

REVIEW = "cmms.review_work_request"
WHOLE = WorkRequest.objects.select_related(
    "asset", "location", "requester", "work_order", "photo", "decided_by"
)


class Report(CommandView):
    """Somebody reports a fault."""

    title = "Report a problem"
    permission = "cmms.report_fault"
    form_class = ReportForm
    submit_label = "Send report"
    template_name = "cmms/report.html"
    success_message = "Reported as {result}. A planner will look at it."

    def get_initial(self) -> dict[str, Any]:
        """The place it was asked for from."""
        return {"where": self.request.GET.get("where", "")}

    def run(self, form: Any) -> object:
        """Report it."""
        data = form.cleaned_data
        return report_fault(
            description=data["description"],
            asset_id=data["where"].asset_id,
            location_id=data["where"].location_id,
            priority=data["priority"],
            is_asset_down=data["is_asset_down"],
            department=data["department"],
            requester_email=self.actor.email if data["tell_me"] else "",
            photo_id=photo_id(data["photo"], actor=self.actor, at=self.at),
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The report."""
        return reverse("cmms:work-request", args=[result.pk])


def urgency(fault: WorkRequest) -> str:
    """Marks what stands still and nobody has decided on."""
    return "is-late" if fault.is_asset_down and fault.status == "NEW" else ""


class WorkRequestList(ListPage):
    """All reported faults; those that wait for a decision first asked for by the menu."""

    title = "Requests to review"
    permission = "cmms.view_workrequest"
    queryset = with_likely_twice(WHOLE)
    filterset_class = WorkRequestPageFilter
    search_fields = (
        "number",
        "description",
        "asset__code",
        "asset__name",
        "location__code",
        "location__name",
    )
    search_hint = "Number, words, asset"
    default_sort = "-number"
    columns = (
        Column("number", "Request", kind="link", url_name="cmms:work-request", sort="number"),
        Column(
            lambda row: row.description[:90], "Problem", key="problem", sort="description", kind="link", phone="title",
            url_name="cmms:work-request",
        ),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column(lambda row: row.asset or row.location, "Where", key="where", phone="text", sort="asset__code"),
        Column("is_asset_down", "Stopped", kind="bool", sort="is_asset_down"),
        Column(lambda row: "Likely" if row.likely_twice else "", "Twice", key="twice"),
        Column("priority", "Priority", sort="priority"),
        Column(lambda row: row.requester or row.requester_name, "Reported by", key="by", sort="requester__last_name"),
        Column("created_at", "Reported", kind="datetime", sort="created_at"),
    )  # fmt: skip
    row_class = urgency
    empty_title = "No problem has been reported"
    empty_text = "Reports of technicians and operators wait here for a decision."
    actions = (
        PageAction(
            "Report a problem", "cmms:report", permission="cmms.report_fault", icon="plus-lg", key="n"
        ),
    )

    def get_queryset(self) -> Any:
        """Those to decide on, unless a filter or search says otherwise."""
        rows = super().get_queryset()
        asked = {"status", "q"} & {name for name, value in self.request.GET.items() if value}
        return rows if asked else rows.filter(pk__in=WorkRequest.objects.to_review())


class WorkRequestPage(DetailPage):
    """One reported fault."""

    permission = "cmms.view_workrequest"
    queryset = WHOLE
    template_name = "cmms/work_request.html"
    panel_page = "cmms.workrequest"

    def extra_context(self) -> dict[str, Any]:
        """Whether to decide, and the open orders that may take care of it already."""
        fault: WorkRequest = self.object
        undecided = fault.status == "NEW"
        return {
            "may_review": undecided and self.actor.has_perm(REVIEW),
            "open_orders": orders_at_the_place(fault) if undecided else [],
            "twice": likely_duplicates(fault) if undecided else [],
        }


class OnWorkRequest(CommandView):
    """A decision on one reported fault."""

    permission = REVIEW
    queryset = WHOLE

    def success_url(self, result: Any) -> str:
        """The queue again."""
        return reverse("cmms:work-requests")

    def cancel_url(self) -> str:
        """The report."""
        return reverse("cmms:work-request", args=[self.object.pk])


class Accept(PlansLines, OnWorkRequest):
    """It becomes a work order."""

    title = "Accept into a work order"
    form_class = AcceptForm
    submit_label = "Create work order"
    success_message = "{object} is now {result}."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """The report, to have it in view."""
        return str(self.object.description)

    def get_initial(self) -> dict[str, Any]:
        """Its first line and its urgency."""
        first = (self.object.description.strip().splitlines() or [""])[0]
        return {"title": first[:120], "priority": self.object.priority}

    def run(self, form: Any) -> object:
        """Accept it."""
        data = form.cleaned_data
        return accept_work_request(
            work_request_id=self.object.pk,
            title=data["title"],
            type=data["type"],
            priority=data["priority"],
            assignee_id=key_of(data["assignee"]),
            due_at=data["due_at"],
            operations=steps_of(self.formsets["Steps"]),
            estimate=estimate_of(self.formsets.get("Estimate")),
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The new order."""
        return order_url(result.pk)


class Join(OnWorkRequest):
    """A work order takes care of it already."""

    title = "Join to a work order"
    form_class = JoinForm
    submit_label = "Join"
    success_message = "{object} is joined to a work order."

    def get_initial(self) -> dict[str, Any]:
        """The order that was chosen on the report's page."""
        return {"work_order": self.request.GET.get("order", "")}

    def run(self, form: Any) -> object:
        """Join it."""
        return join_work_request(
            work_request_id=self.object.pk,
            work_order_id=form.cleaned_data["work_order"].pk,
            actor=self.actor,
            at=self.at,
        )


class Reject(OnWorkRequest):
    """Nothing will be done."""

    title = "Reject"
    form_class = ReasonForm
    tone = "danger"
    intro = "The person who reported it reads your reason."
    success_message = "{object} is rejected."

    def run(self, form: Any) -> object:
        """Reject it."""
        return reject_work_request(
            work_request_id=self.object.pk,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            at=self.at,
        )
