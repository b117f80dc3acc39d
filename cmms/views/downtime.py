"""Stops: recorded with one tap, corrected, attached to the work; lists of stops and failures."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cmms.choices import StopState
from cmms.filters import DowntimeFilter, FailureFilter
from cmms.forms.downtime import AttachStopForm, CorrectStopForm, FailureForm, StopForm
from cmms.forms.work_orders import key_of
from cmms.models import Asset, DowntimeEvent, FailureRecord, WorkOrder
from cmms.selectors.asset_tree import keys_below
from cmms.selectors.failure_codes import FIRST_SHOWN, codes_for_class, failure_of
from cmms.services.downtime import (
    attach_downtime,
    correct_downtime,
    end_downtime,
    start_downtime,
    void_downtime,
)
from cmms.services.failures import record_failure
from cmms.views.assets import asset_url
from cmms.views.bases import OnWorkOrder, order_url
from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage, FragmentView

RECORD, CORRECT = "cmms.record_downtime", "cmms.correct_downtime"
WHOLE = DowntimeEvent.objects.select_related(
    "asset__site", "work_order", "work_request", "feed", "reported_by", "rule", "repeat_of"
)


def stop_url(pk: int) -> str:
    """The page of a stop."""
    return reverse("cmms:downtime", args=[pk])


def state_of(stop: DowntimeEvent) -> StopState:
    """Down, up again, or never was."""
    if stop.voided_at:
        return StopState.VOIDED
    return StopState.UP if stop.ended_at else StopState.DOWN


def hours_of(stop: DowntimeEvent) -> Any:
    """How long it lasted; nothing while it is open."""
    return stop.hours


class DowntimeList(ListPage):
    """All stops."""

    title = "Downtime"
    permission = "cmms.view_downtimeevent"
    queryset = WHOLE
    filterset_class = DowntimeFilter
    search_fields = ("asset__code", "asset__name", "reason", "work_order__number", "external_id")
    search_hint = "Asset, reason, work order"
    default_sort = "-started_at"
    columns = (
        Column("started_at", "Down since", kind="datetime", url=lambda row: stop_url(row.pk), sort="started_at"),
        Column("asset", "Asset", phone="title", sort="asset__code", url=lambda row: stop_url(row.pk)),
        Column(state_of, "State", kind="status", phone="pill", key="state", sort="ended_at"),
        Column("ended_at", "Ran again", kind="datetime", sort="ended_at"),
        Column(hours_of, "Hours", kind="number", key="hours"),
        Column("is_planned", "Planned", kind="bool", sort="is_planned"),
        Column("reason", "Reason", phone="text", sort="reason"),
        Column(
            "work_order.number", "Work order", sort="work_order__number",
            url=lambda row: order_url(row.work_order_id) if row.work_order_id else "",
        ),
        Column(lambda row: row.feed or row.reported_by, "Said by", key="by", phone="hidden", sort="source"),
    )  # fmt: skip
    empty_title = "No stop is recorded"
    empty_text = "Stops come from people, with one tap on the machine's page, or from machine data."
    actions = (PageAction("Record a stop", "cmms:downtime-new", permission=RECORD, icon="plus-lg", key="n"),)


class DowntimePage(DetailPage):
    """One stop."""

    permission = "cmms.view_downtimeevent"
    queryset = WHOLE
    template_name = "cmms/downtime.html"

    def extra_context(self) -> dict[str, Any]:
        """Its state and what may be done."""
        return {
            "state": state_of(self.object),
            "may_end": self.object.is_open and self.actor.has_perm(RECORD),
            "may_correct": not self.object.voided_at and self.actor.has_perm(CORRECT),
        }


class RecordStop(CommandView):
    """A stop with its times."""

    title = "Record a stop"
    permission = RECORD
    form_class = StopForm
    submit_label = "Record"
    success_message = "The stop is recorded."

    def get_initial(self) -> dict[str, Any]:
        """The asset it was asked for from."""
        return {"asset": self.request.GET.get("asset", "")}

    def run(self, form: Any) -> object:
        """Record it."""
        data = form.cleaned_data
        return start_downtime(
            asset_id=data["asset"].pk, started_at=data["started_at"], ended_at=data["ended_at"],
            reason=data["reason"], is_planned=data["is_planned"], work_order_id=key_of(data["work_order"]),
            actor=self.actor, at=self.at,
        )  # fmt: skip

    def success_url(self, result: Any) -> str:
        """The stop."""
        return stop_url(result.pk)

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:downtimes")


class SayDown(CommandView):
    """One tap: the machine is down, since now."""

    title = "It is down"
    permission = RECORD
    tone = "danger"
    queryset = Asset.objects.all()
    success_message = "{object} is down since now. Somebody will see it."

    def run(self, form: Any) -> object:
        """Record it."""
        return start_downtime(asset_id=self.object.pk, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """The asset."""
        return asset_url(self.object.pk)

    def cancel_url(self) -> str:
        """The asset."""
        return asset_url(self.object.pk)


class OnStop(CommandView):
    """A verb of one stop."""

    queryset = WHOLE

    def success_url(self, result: Any) -> str:
        """The stop."""
        return stop_url(self.object.pk)

    def cancel_url(self) -> str:
        """The stop."""
        return stop_url(self.object.pk)


class SayUp(OnStop):
    """One tap: the machine runs again, since now."""

    title = "It runs again"
    permission = RECORD
    success_message = "{object.asset} runs again."

    def run(self, form: Any) -> object:
        """End it."""
        return end_downtime(downtime_id=self.object.pk, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """The work that dealt with it, else the asset."""
        return order_url(result.work_order_id) if result.work_order_id else asset_url(result.asset_id)


class CorrectStop(OnStop):
    """Times or kind were wrong."""

    title = "Correct"
    permission = CORRECT
    form_class = CorrectStopForm
    intro = "What was said before stays in the history."
    success_message = "The stop is corrected."

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        stop: DowntimeEvent = self.object
        return {
            "started_at": stop.started_at, "ended_at": stop.ended_at, "words": stop.reason,
            "is_planned": stop.is_planned,
        }  # fmt: skip

    def run(self, form: Any) -> object:
        """Correct it."""
        names = ("started_at", "ended_at", "words", "is_planned", "reason")
        data = {name: form.cleaned_data[name] for name in names}
        return correct_downtime(downtime_id=self.object.pk, **data, actor=self.actor, at=self.at)


class VoidStop(OnStop):
    """It never was."""

    title = "It never was"
    permission = CORRECT
    form_class = ReasonForm
    tone = "danger"
    intro = "It leaves all figures and stays readable. Work that it opened stays."
    success_message = "The stop counts no more."

    def run(self, form: Any) -> object:
        """Void it."""
        reason = form.cleaned_data["reason"]
        return void_downtime(downtime_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)


class AttachStop(OnStop):
    """Which work order deals with it."""

    title = "Work order"
    permission = CORRECT
    form_class = AttachStopForm
    submit_label = "Save"
    success_message = "Saved."

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        return {"work_order": self.object.work_order.number if self.object.work_order else ""}

    def run(self, form: Any) -> object:
        """Attach it."""
        order = key_of(form.cleaned_data["work_order"])
        return attach_downtime(downtime_id=self.object.pk, work_order_id=order, actor=self.actor, at=self.at)


class AssetStops(FragmentView):
    """Whether the asset stands, and its last stops; part of its page."""

    permission = "cmms.view_downtimeevent"
    queryset = Asset.objects.all()
    template_name = "cmms/_asset_stops.html"

    def extra_context(self) -> dict[str, Any]:
        """Of the asset and everything below it."""
        below = keys_below(self.object.pk)
        stops = list(WHOLE.filter(asset__in=below, voided_at=None).order_by("-started_at", "-pk")[:8])
        return {"stops": stops}


class OrderStops(FragmentView):
    """The stops a work order deals with and the failure recorded on it; part of its page."""

    permission = "cmms.view_downtimeevent"
    queryset = WorkOrder.objects.select_related("asset__asset_class")
    template_name = "cmms/_order_stops.html"

    def extra_context(self) -> dict[str, Any]:
        """With the hint that a machine which runs again may mean the work is done."""
        order: WorkOrder = self.object
        stops = list(WHOLE.filter(work_order=order, voided_at=None).order_by("started_at", "pk")[:50])
        ended = [stop.ended_at for stop in stops if stop.ended_at]
        runs = bool(stops) and len(ended) == len(stops)
        return {
            "stops": stops,
            "runs_since": max(ended) if runs else None,
            "suggests_end": runs
            and order.status == "IN_PROGRESS"
            and self.actor.has_perm("cmms.execute_work_order"),
            "may_record": self.actor.has_perm(RECORD),
            "failure": failure_of(order.pk),
            "may_code": order.status not in {"DRAFT", "CANCELLED"}
            and self.actor.has_perm("cmms.record_failure"),
        }


class RecordFailure(OnWorkOrder):
    """How the asset failed."""

    title = "How did it fail?"
    permission = "cmms.record_failure"
    form_class = FailureForm
    template_name = "cmms/failure_form.html"
    queryset = WorkOrder.objects.select_related("asset")
    submit_label = "Record"
    success_message = "The failure is recorded."

    def get_form(self, data: Any = None, files: Any = None) -> FailureForm:
        """With the codes of the asset's class, starting from the present record."""
        earlier = failure_of(self.object.pk)
        names = ("mode_id", "mechanism_id", "cause_id", "detection_id")
        known: dict[str, Any] = {name[:-3]: getattr(earlier, name) for name in names} if earlier else {}
        if earlier:
            known |= {
                "note": earlier.note, "occurred_at": earlier.occurred_at,
                "is_functional_failure": earlier.is_functional_failure,
            }  # fmt: skip
        form = FailureForm(data, files, initial=known)
        self.codes = codes_for_class(self.object.asset.asset_class_id if self.object.asset else None)
        form.offer(self.codes, earlier)
        return form

    def extra_context(self) -> dict[str, Any]:
        """How many modes are shown at once."""
        return {"first_shown": FIRST_SHOWN, "has_modes": bool(self.codes["MODE"])}

    def run(self, form: Any) -> object:
        """Record it."""
        data = form.cleaned_data
        return record_failure(
            work_order_id=self.object.pk, mode_id=data["mode"].pk, mechanism_id=key_of(data["mechanism"]),
            cause_id=key_of(data["cause"]), detection_id=key_of(data["detection"]), note=data["note"],
            is_functional_failure=data["is_functional_failure"], occurred_at=data["occurred_at"],
            reason=data.get("reason", ""), actor=self.actor, at=self.at,
        )  # fmt: skip


class FailureList(ListPage):
    """What is recorded about failures."""

    title = "Failures"
    permission = "cmms.view_failurerecord"
    queryset = FailureRecord.objects.current().select_related(
        "asset", "work_order", "mode", "mechanism", "cause", "detection", "recorded_by"
    )
    filterset_class = FailureFilter
    search_fields = ("asset__code", "asset__name", "work_order__number", "mode__name", "note")
    search_hint = "Asset, work order, mode"
    default_sort = "-occurred_at"
    columns = (
        Column("occurred_at", "Failed", kind="datetime", sort="occurred_at"),
        Column("asset", "Asset", phone="title", sort="asset__code", url=lambda row: order_url(row.work_order_id)),
        Column("mode.name", "Observed mode (ISO 14224)", phone="text", sort="mode__name"),
        Column("mechanism.name", "Mechanism", sort="mechanism__name"),
        Column("cause.name", "Cause", sort="cause__name"),
        Column("detection.name", "Detected by", phone="hidden", sort="detection__name"),
        Column("is_functional_failure", "Functional", kind="bool", sort="is_functional_failure"),
        Column("work_order.number", "Work order", sort="work_order__number", url=lambda row: order_url(row.work_order_id)),
        Column("note", "Note", phone="hidden", sort="note"),
    )  # fmt: skip
    empty_title = "No failure is recorded"
    empty_text = "Technicians record the observed mode on the work order."
