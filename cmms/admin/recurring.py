"""Recurring work: meters and working days are edited; job plans, plans, cycles and readings are read."""

from __future__ import annotations

from django.contrib import admin

from cmms.admin.documents import can, plainly, with_reason
from cmms.models import (
    CyclePackage,
    JobPlan,
    JobPlanPart,
    JobPlanRevision,
    JobPlanStep,
    MaintenancePlan,
    Meter,
    MeterReading,
    PlanCycle,
    PlanPackage,
    PlanStop,
    SiteCalendar,
    SiteClosure,
)
from cmms.services.plans.job_plans import approve_revision, send_back_revision, submit_revision
from cmms.services.plans.writing import activate_plan, suspend_plan
from core.admin import BaseAdmin, DocumentAction, DocumentAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Meter)
class MeterAdmin(BaseAdmin):
    """Counters on assets."""

    list_display = ("asset", "name", "unit", "window_days", "is_active")
    list_select_related = ("asset", "unit")
    search_fields = ("name", "asset__code", "asset__name")
    list_filter = ("is_active", "asset__site")
    autocomplete_fields = ("asset", "unit")


@admin.register(MeterReading)
class MeterReadingAdmin(ReadOnlyAdmin):
    """What meters showed."""

    list_display = ("meter", "read_at", "value", "total", "kind", "read_by")
    list_select_related = ("meter__asset", "read_by")
    search_fields = ("meter__name", "meter__asset__code")
    list_filter = ("kind",)
    date_hierarchy = "read_at"


@admin.register(SiteCalendar)
class SiteCalendarAdmin(BaseAdmin):
    """Working days of sites."""

    list_display = ("site", "works_saturday", "works_sunday", "stagger_days")
    list_select_related = ("site",)
    autocomplete_fields = ("site",)


@admin.register(SiteClosure)
class SiteClosureAdmin(BaseAdmin):
    """Holidays and blackouts."""

    list_display = ("site", "kind", "name", "from_on", "to_on")
    list_select_related = ("site",)
    search_fields = ("name", "site__code")
    list_filter = ("site", "kind")
    autocomplete_fields = ("site",)
    date_hierarchy = "from_on"


class StepInline(ReadOnlyInline):
    """Steps of a revision."""

    model = JobPlanStep
    fields = ("sequence", "title", "execution", "craft", "estimated_hours", "outside_cost")
    cost_fields = ("outside_cost",)


class PartInline(ReadOnlyInline):
    """Parts of a revision."""

    model = JobPlanPart
    fields = ("item", "quantity", "lead_days", "estimated_unit_cost")
    cost_fields = ("estimated_unit_cost",)


@admin.register(JobPlanRevision)
class JobPlanRevisionAdmin(DocumentAdmin):
    """Revisions of job plans on their approval path."""

    list_display = ("job_plan", "number", "status", "author", "written_at", "approved_by", "approved_at")
    list_select_related = ("job_plan", "author", "approved_by")
    search_fields = ("job_plan__code", "job_plan__name", "change_note")
    list_filter = ("status",)
    inlines = (StepInline, PartInline)
    document_actions = (
        DocumentAction(
            "submit", "Submit for approval", permission="cmms.write_job_plan", available=can("SUBMITTED"),
            run=plainly(submit_revision, "revision_id"),
        ),
        DocumentAction(
            "approve", "Approve", permission="cmms.approve_job_plan", available=can("APPROVED"), bulk=True,
            run=plainly(approve_revision, "revision_id"),
        ),
        DocumentAction(
            "send-back", "Send back", permission="cmms.approve_job_plan", needs_reason=True,
            available=lambda revision: revision.status == "SUBMITTED",
            run=with_reason(send_back_revision, "revision_id"),
        ),
    )  # fmt: skip


@admin.register(JobPlan)
class JobPlanAdmin(BaseAdmin):
    """Job plans; their contents are in the revisions."""

    list_display = ("code", "name", "is_active")
    search_fields = ("code", "name")
    list_filter = ("is_active",)


class PackageInline(ReadOnlyInline):
    """Intervals of a plan."""

    model = PlanPackage
    fields = ("job_plan", "hierarchy", "every_count", "every_unit", "meter_every", "is_active")


class StopInline(ReadOnlyInline):
    """The round of a plan."""

    model = PlanStop
    fields = ("sequence", "asset")


@admin.register(MaintenancePlan)
class MaintenancePlanAdmin(DocumentAdmin):
    """Maintenance plans."""

    list_display = ("number", "title", "asset", "location", "status", "trigger", "planner")
    list_select_related = ("asset", "location", "planner")
    search_fields = ("number", "title", "asset__code", "asset__name")
    list_filter = ("status", "trigger", "site", "pile_up")
    inlines = (PackageInline, StopInline)
    document_actions = (
        DocumentAction(
            "activate", "Activate", permission="cmms.manage_plans", bulk=True, available=can("ACTIVE"),
            run=plainly(activate_plan, "plan_id"),
        ),
        DocumentAction(
            "suspend", "Suspend", permission="cmms.manage_plans", bulk=True, needs_reason=True,
            available=can("SUSPENDED"), run=with_reason(suspend_plan, "plan_id"),
        ),
    )  # fmt: skip


class CyclePackageInline(ReadOnlyInline):
    """What a cycle ordered and covered."""

    model = CyclePackage
    fields = ("package", "role", "trigger", "revision", "due_on", "due_reading")


@admin.register(PlanCycle)
class PlanCycleAdmin(ReadOnlyAdmin):
    """Cycles of plans."""

    list_display = ("plan", "number", "status", "due_on", "work_order", "completed_on", "reason")
    list_select_related = ("plan", "work_order")
    search_fields = ("plan__number", "plan__title", "work_order__number")
    list_filter = ("status", "trigger")
    date_hierarchy = "due_on"
    inlines = (CyclePackageInline,)
