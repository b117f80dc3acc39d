"""Qualifications and inspection templates are edited; findings are moved by their verbs; the rest is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from unfold.admin import TabularInline

from cmms.choices import NonconformanceStatus
from cmms.forms.steps import ConcessionForm, ReworkForm
from cmms.models import (
    InspectionTemplate,
    InspectionTemplatePoint,
    Nonconformance,
    PersonQualification,
    Qualification,
    Reading,
    Signature,
)
from cmms.services.nonconformance import (
    approve_concession,
    ask_concession,
    decide_rework,
    dismiss_nonconformance,
    refuse_concession,
)
from cmms.services.qualifications import withdraw_qualification
from core.admin import BaseAdmin, DocumentAction, DocumentAdmin, ReadOnlyAdmin
from core.admin.documents import ActionCall

S = NonconformanceStatus
DECIDE, CONCEDE = "cmms.decide_nonconformance", "cmms.approve_concession"


@admin.register(Qualification)
class QualificationAdmin(BaseAdmin):
    """Qualifications that steps may ask for."""

    list_display = ("code", "name", "valid_months", "is_active")
    search_fields = ("code", "name")
    list_filter = ("is_active",)


class TemplatePointInline(TabularInline):  # type: ignore[misc]
    """Points of a template."""

    model = InspectionTemplatePoint
    extra = 0
    ordering = ("position",)


@admin.register(InspectionTemplate)
class InspectionTemplateAdmin(BaseAdmin):
    """Lists of inspection points to be used again."""

    list_display = ("code", "name", "is_active")
    search_fields = ("code", "name", "points__name")
    list_filter = ("is_active",)
    inlines = (TemplatePointInline,)


def _withdraw(row: PersonQualification, call: ActionCall) -> object:
    return withdraw_qualification(
        person_qualification_id=row.pk, reason=call.reason, actor=call.actor, at=call.at
    )


@admin.register(PersonQualification)
class PersonQualificationAdmin(DocumentAdmin):
    """Who holds what; granted on the page of qualifications."""

    list_display = (
        "person",
        "qualification",
        "valid_from",
        "valid_until",
        "withdrawn_on",
        "certificate_number",
    )
    list_select_related = ("person", "qualification")
    search_fields = ("person__username", "person__last_name", "qualification__code", "qualification__name")
    list_filter = ("qualification",)
    date_hierarchy = "valid_until"
    document_actions = (
        DocumentAction(
            "withdraw", "Withdraw", permission="cmms.manage_qualifications", tone="danger", needs_reason=True,
            bulk=True, available=lambda row: row.withdrawn_on is None, run=_withdraw,
        ),
    )  # fmt: skip


def _because(service: Callable[..., object]) -> Callable[[Any, ActionCall], object]:
    return lambda found, call: service(
        nonconformance_id=found.pk, reason=call.reason, actor=call.actor, at=call.at
    )


def _rework(found: Nonconformance, call: ActionCall) -> object:
    return decide_rework(
        nonconformance_id=found.pk,
        title=call.data["title"],
        instructions=call.data["instructions"],
        actor=call.actor,
        at=call.at,
    )


def _is(status: str) -> Callable[[Any], bool]:
    return lambda found: bool(found.status == status)


@admin.register(Nonconformance)
class NonconformanceAdmin(DocumentAdmin):
    """Findings."""

    list_display = ("number", "description", "status", "work_order", "operation", "created_by", "created_at")
    list_select_related = ("work_order", "operation", "created_by")
    search_fields = ("number", "description", "work_order__number")
    list_filter = ("status", "work_order__site")
    date_hierarchy = "created_at"
    document_actions = (
        DocumentAction(
            "rework", "Rework", permission=DECIDE, available=_is(S.OPEN), form_class=ReworkForm, run=_rework
        ),
        DocumentAction(
            "ask-concession", "Ask for a concession", permission="cmms.raise_nonconformance", available=_is(S.OPEN),
            form_class=ConcessionForm, run=_because(ask_concession),
        ),
        DocumentAction(
            "approve", "Approve the concession", permission=CONCEDE, bulk=True, available=_is(S.CONCESSION_ASKED),
            run=_because(approve_concession),
        ),
        DocumentAction(
            "refuse", "Refuse the concession", permission=CONCEDE, tone="danger", needs_reason=True,
            available=_is(S.CONCESSION_ASKED), run=_because(refuse_concession),
        ),
        DocumentAction(
            "dismiss", "Dismiss", permission=DECIDE, tone="danger", needs_reason=True, available=_is(S.OPEN),
            run=_because(dismiss_nonconformance),
        ),
    )  # fmt: skip


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin):
    """What was found at inspection points."""

    list_display = ("point", "value", "is_in_order", "is_in_limits", "taken_at", "taken_by")
    list_select_related = ("point", "taken_by")
    search_fields = ("point__name", "point__operation__work_order__number")
    list_filter = ("is_in_limits",)
    date_hierarchy = "taken_at"


@admin.register(Signature)
class SignatureAdmin(ReadOnlyAdmin):
    """Signatures; whether one still counts is shown on its step."""

    list_display = ("operation", "meaning", "signed_name", "signed_at", "digest")
    list_select_related = ("operation",)
    search_fields = ("signed_name", "digest", "operation__work_order__number")
    list_filter = ("meaning",)
    date_hierarchy = "signed_at"
