"""Stops, the rules that turn them into work, failure vocabulary and records, locked schedules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from unfold.admin import TabularInline

from cmms.forms.downtime import AttachStopForm, CorrectStopForm
from cmms.forms.work_orders import key_of
from cmms.models import (
    ClassFailureCode,
    DowntimeEvent,
    DowntimeRule,
    FailureCode,
    FailureRecord,
    ScheduledWork,
    StopFeed,
    StopFeedKey,
    WeekSchedule,
)
from cmms.services.downtime import attach_downtime, correct_downtime, end_downtime, void_downtime
from core.admin import BaseAdmin, DocumentAction, DocumentAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.admin.documents import ActionCall

RECORD, CORRECT = "cmms.record_downtime", "cmms.correct_downtime"


class KeyInline(ReadOnlyInline):
    """Keys of a feed; made and revoked on its own page, where the text is shown once."""

    model = StopFeedKey
    fields = ("created_at", "created_by", "revoked_at")


@admin.register(StopFeed)
class StopFeedAdmin(BaseAdmin):
    """Platforms that report stops."""

    list_display = ("code", "name", "is_active")
    search_fields = ("code", "name")
    list_filter = ("is_active",)
    inlines = (KeyInline,)


@admin.register(DowntimeRule)
class DowntimeRuleAdmin(BaseAdmin):
    """Which stops become work; the most exact rule that fits an asset is the one."""

    list_display = (
        "name", "asset", "asset_class", "site", "longer_than_minutes", "repeats", "within_hours", "opens", "is_active",
    )  # fmt: skip
    list_select_related = ("asset", "asset_class", "site")
    search_fields = ("name", "asset__code", "asset_class__code")
    list_filter = ("opens", "is_active", "site")
    autocomplete_fields = ("asset", "asset_class", "site")


class ClassFailureCodeInline(TabularInline):  # type: ignore[misc]
    """Classes that a code fits."""

    model = ClassFailureCode
    extra = 0
    autocomplete_fields = ("asset_class",)


@admin.register(FailureCode)
class FailureCodeAdmin(BaseAdmin):
    """The vocabulary of failures (ISO 14224). A code on no class is offered for all."""

    list_display = ("code", "name", "kind", "is_active")
    search_fields = ("code", "name")
    list_filter = ("kind", "is_active")
    inlines = (ClassFailureCodeInline,)


@admin.register(ClassFailureCode)
class ClassFailureCodeAdmin(BaseAdmin):
    """Codes by class, for import and export."""

    list_display = ("asset_class", "failure_code", "sequence")
    list_select_related = ("asset_class", "failure_code")
    list_filter = ("asset_class", "failure_code__kind")
    search_fields = ("failure_code__code", "failure_code__name", "asset_class__code")
    autocomplete_fields = ("asset_class", "failure_code")


def _correct(stop: DowntimeEvent, call: ActionCall) -> object:
    names = ("started_at", "ended_at", "words", "is_planned", "reason")
    data: dict[str, Any] = {name: call.data[name] for name in names}
    return correct_downtime(downtime_id=stop.pk, **data, actor=call.actor, at=call.at)


def _attach(stop: DowntimeEvent, call: ActionCall) -> object:
    order = key_of(call.data["work_order"])
    return attach_downtime(downtime_id=stop.pk, work_order_id=order, actor=call.actor, at=call.at)


def _end(stop: DowntimeEvent, call: ActionCall) -> object:
    return end_downtime(downtime_id=stop.pk, actor=call.actor, at=call.at)


def _void(stop: DowntimeEvent, call: ActionCall) -> object:
    return void_downtime(downtime_id=stop.pk, reason=call.reason, actor=call.actor, at=call.at)


def _counts(stop: DowntimeEvent) -> bool:
    return stop.voided_at is None


@admin.register(DowntimeEvent)
class DowntimeEventAdmin(DocumentAdmin):
    """Stops of assets."""

    list_display = (
        "asset", "started_at", "ended_at", "is_planned", "source", "reason", "work_order", "voided_at",
    )  # fmt: skip
    list_select_related = ("asset", "work_order")
    search_fields = ("asset__code", "asset__name", "reason", "external_id", "work_order__number")
    list_filter = ("source", "is_planned", "feed")
    date_hierarchy = "started_at"
    document_actions = (
        DocumentAction("end", "It runs again", permission=RECORD, available=lambda stop: stop.is_open, run=_end),
        DocumentAction(
            "correct", "Correct", permission=CORRECT, available=_counts, form_class=CorrectStopForm, run=_correct
        ),
        DocumentAction(
            "attach", "Work order", permission=CORRECT, available=_counts, form_class=AttachStopForm, run=_attach
        ),
        DocumentAction(
            "void", "It never was", permission=CORRECT, tone="danger", needs_reason=True, bulk=True,
            available=_counts, run=_void,
        ),
    )  # fmt: skip


@admin.register(FailureRecord)
class FailureRecordAdmin(ReadOnlyAdmin):
    """What is recorded about failures; corrections are records of their own."""

    list_display = (
        "work_order",
        "asset",
        "mode",
        "mechanism",
        "cause",
        "occurred_at",
        "corrects",
        "recorded_by",
    )
    list_select_related = ("work_order", "asset", "mode", "mechanism", "cause", "corrects", "recorded_by")
    search_fields = ("work_order__number", "asset__code", "mode__name")
    list_filter = ("mode", "is_functional_failure")
    date_hierarchy = "occurred_at"


class ScheduledWorkInline(ReadOnlyInline):
    """Work of the week."""

    model = ScheduledWork
    fields = ("work_order", "hours", "due_at")


@admin.register(WeekSchedule)
class WeekScheduleAdmin(ReadOnlyAdmin):
    """Weeks as they were locked."""

    list_display = ("site", "starts_on", "locked_at", "locked_by")
    list_select_related = ("site", "locked_by")
    list_filter = ("site",)
    date_hierarchy = "starts_on"
    inlines = (ScheduledWorkInline,)
