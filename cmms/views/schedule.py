"""Weeks as they were agreed: what was scheduled and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from cmms.filters import ScheduleFilter
from cmms.forms.downtime import LockWeekForm
from cmms.models import ScheduledWork
from cmms.services.scheduling import lock_week
from cmms.views.bases import order_url
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction

IN_WEEK = Q(work_order__work_done_at__gte=F("schedule__starts_at")) & Q(
    work_order__work_done_at__lt=F("schedule__ends_at")
)


class ScheduleList(ListPage):
    """Work of locked weeks."""

    title = "Week schedules"
    subtitle = "Frozen when the week was locked; figures measure the week against it."
    permission = "cmms.view_scheduledwork"
    queryset = ScheduledWork.objects.select_related("schedule__site", "work_order__asset").annotate(
        done=Case(When(IN_WEEK, then=Value(True)), default=Value(False))
    )
    filterset_class = ScheduleFilter
    search_fields = ("work_order__number", "work_order__title", "work_order__asset__code")
    search_hint = "Work order, asset"
    default_sort = "-schedule__starts_on"
    columns = (
        Column("schedule.starts_on", "Week from", kind="date", sort="schedule__starts_on"),
        Column("schedule.site.code", "Site", sort="schedule__site__code"),
        Column("work_order.number", "Work order", sort="work_order__number", url=lambda row: order_url(row.work_order_id)),
        Column("work_order.title", "Work", phone="title", sort="work_order__title", url=lambda row: order_url(row.work_order_id)),
        Column("work_order.asset", "Asset", phone="text", sort="work_order__asset__code"),
        Column("hours", "Hours", kind="number", sort="hours"),
        Column("done", "Done in its week", kind="bool", sort="done"),
        Column("work_order.status", "State now", kind="status", phone="pill", sort="work_order__status"),
    )  # fmt: skip
    empty_title = "No week is locked yet"
    empty_text = (
        "Lock a week's schedule when the crew has agreed on it; schedule compliance counts from then on."
    )
    actions = (
        PageAction("Lock a week", "cmms:lock-week", permission="cmms.lock_schedule", icon="lock", key="n"),
    )


class LockWeek(CommandView):
    """Freeze a week."""

    title = "Lock a week"
    permission = "cmms.lock_schedule"
    form_class = LockWeekForm
    intro = "Takes every approved work order that is due in the week, with its open hours. It cannot be changed later."
    success_message = "{result} is locked."

    def get_initial(self) -> dict[str, Any]:
        """Next Monday."""
        today = timezone.localdate()
        return {"starts_on": today + timedelta(days=7 - today.weekday())}

    def run(self, form: Any) -> object:
        """Lock it."""
        data = form.cleaned_data
        return lock_week(site_id=data["site"].pk, starts_on=data["starts_on"], actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("cmms:schedule")

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:schedule")
