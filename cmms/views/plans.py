"""Maintenance plans of planners: the list, one plan with its dates and cycles, writing, switching, running."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.forms import BaseFormSet
from django.urls import reverse
from django.utils import timezone

from cmms.choices import PlanStatus
from cmms.filters import PlanFilter
from cmms.forms.plans import (
    ChangePlanForm,
    FirstPackageFormSet,
    PackageFormSet,
    PlanForm,
    packages_of,
)
from cmms.models import CyclePackage, MaintenancePlan, PlanCycle
from cmms.selectors.forecast import plan_outlook
from cmms.services.plans.generating import generate_due
from cmms.services.plans.writing import activate_plan, change_plan, create_plan, suspend_plan
from core.display import quantity_text
from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage, FragmentView

MANAGE, RUN = "cmms.manage_plans", "cmms.run_plans"
SHOWN_CYCLES = 60
WHOLE = MaintenancePlan.objects.select_related(
    "asset", "location", "site", "planner", "assignee", "meter", "clock"
)


def plan_url(pk: int) -> str:
    """The page of a plan."""
    return reverse("cmms:plan", args=[pk])


def trouble(plan: MaintenancePlan) -> str:
    """Marks what cannot run, what is late, what is off."""
    if plan.status == PlanStatus.SUSPENDED:
        return "is-done"
    if plan.clock.problem:
        return "is-stopped"
    due = plan.clock.next_due_on
    return "is-late" if due and due < timezone.now().date() else ""


class PlanList(ListPage):
    """All maintenance plans."""

    title = "Maintenance plans"
    permission = "cmms.view_maintenanceplan"
    queryset = WHOLE
    filterset_class = PlanFilter
    search_fields = ("number", "title", "asset__code", "asset__name", "location__code", "location__name")
    search_hint = "Number, title, asset"
    default_sort = "clock__next_due_on"
    columns = (
        Column("number", "Plan", kind="link", url_name="cmms:plan", sort="number"),
        Column("title", "Title", kind="link", url_name="cmms:plan", phone="title", sort="title"),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column(lambda row: row.asset or row.location, "Where", key="where", phone="text", sort="asset__code"),
        Column("trigger", "Due by", sort="trigger", phone="hidden"),
        Column("clock.next_due_on", "Next due", kind="date", sort="clock__next_due_on"),
        Column("assignee", "Given to", sort="assignee__first_name", phone="hidden"),
        Column("clock.problem", "Problem", phone="hidden", sort="clock__problem"),
    )
    row_class = trouble
    empty_title = "No maintenance plans yet"
    empty_text = "Write how the work is done in a job plan first, then how often in a plan."
    actions = (
        PageAction(
            "Run the scheduler", "cmms:plans-run", permission=RUN, icon="play-fill", tone="outline-secondary"
        ),
        PageAction("Forecast", "cmms:forecast", icon="calendar3", tone="outline-secondary"),
        PageAction("New plan", "cmms:plan-new", permission=MANAGE, icon="plus-lg", key="n"),
    )


class PlanPage(DetailPage):
    """One plan."""

    permission = "cmms.view_maintenanceplan"
    queryset = WHOLE
    template_name = "cmms/plan.html"
    panel_page = "cmms.maintenanceplan"

    def extra_context(self) -> dict[str, Any]:
        """Its intervals, what is due next, what became of its cycles."""
        plan: MaintenancePlan = self.object
        packages = CyclePackage.objects.select_related("package__job_plan", "revision__job_plan").order_by(
            "-role", "pk"
        )
        cycles = (
            PlanCycle.objects.filter(plan=plan)
            .select_related("work_order", "merged_into__work_order")
            .prefetch_related(Prefetch("packages", queryset=packages))
            .order_by("-number")[:SHOWN_CYCLES]
        )
        return {
            "title": plan.title,
            "packages": list(
                plan.packages.filter(is_active=True).select_related("job_plan").order_by("-hierarchy", "pk")
            ),
            "stops": list(plan.stops.select_related("asset").order_by("sequence", "pk")),
            "cycles": list(cycles),
            "upcoming": plan_outlook(plan, at=self.at).work[:12] if plan.status == PlanStatus.ACTIVE else (),
            "currency": settings.BASE_CURRENCY,
            "may_manage": self.actor.has_perm(MANAGE),
            "may_activate": self.actor.has_perm(MANAGE) and plan.can(PlanStatus.ACTIVE),
            "may_suspend": self.actor.has_perm(MANAGE) and plan.can(PlanStatus.SUSPENDED),
            "may_run": self.actor.has_perm(RUN) and plan.status == PlanStatus.ACTIVE,
        }


class AssetPlans(FragmentView):
    """The plans of an asset, on its page."""

    permission = "cmms.view_maintenanceplan"
    template_name = "cmms/_asset_plans.html"

    def extra_context(self) -> dict[str, Any]:
        """Soonest first."""
        rows = WHOLE.filter(asset=self.kwargs["pk"]).order_by("clock__next_due_on", "pk")
        return {"plans": list(rows[:30]), "asset_id": self.kwargs["pk"]}


class WritesPlan(CommandView):
    """What writing and changing a plan share."""

    permission = MANAGE
    template_name = "cmms/maintenance_plan_form.html"

    def success_url(self, result: Any) -> str:
        """The plan."""
        return plan_url(result.pk)


class NewPlan(WritesPlan):
    """A plan from scratch."""

    title = "New maintenance plan"
    form_class = PlanForm
    submit_label = "Create plan"
    success_message = "{result} is written. Activate it to start it."

    def get_initial(self) -> dict[str, Any]:
        """The asset it was asked for from."""
        return {"where": self.request.GET.get("asset", ""), "start_on": self.at.date()}

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Its intervals."""
        return {"Intervals": FirstPackageFormSet(data, prefix="packages")}

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:plans")

    def run(self, form: Any) -> object:
        """Create it."""
        place = form.cleaned_data["where"]
        return create_plan(
            asset_id=place.asset_id,
            location_id=place.location_id,
            stop_ids=form.cleaned_data["stops"],
            packages=packages_of(self.formsets["Intervals"]),
            **form.settings(),
            actor=self.actor,
            at=self.at,
        )


class EditPlan(WritesPlan):
    """Change a plan."""

    title = "Edit maintenance plan"
    queryset = MaintenancePlan.objects.select_related("asset", "location")
    form_class = ChangePlanForm
    submit_label = "Save"
    intro = "Orders that are already made stay as they are."
    success_message = "{object} is changed."

    def get_initial(self) -> dict[str, Any]:
        """As it is now."""
        return ChangePlanForm.values_of(self.object)

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """Its intervals as they are, and an empty line."""
        rows = self.object.packages.filter(is_active=True).order_by("-hierarchy", "pk")
        values = [
            {
                "job_plan": row.job_plan_id,
                "every_count": row.every_count,
                "every_unit": row.every_unit,
                "meter_every": quantity_text(row.meter_every).replace(",", "") if row.meter_every else None,
                "hierarchy": row.hierarchy,
            }
            for row in rows
        ]
        return {"Intervals": PackageFormSet(data, prefix="packages", initial=values)}

    def cancel_url(self) -> str:
        """The plan."""
        return plan_url(self.object.pk)

    def run(self, form: Any) -> object:
        """Change it."""
        return change_plan(
            plan_id=self.object.pk,
            packages=packages_of(self.formsets["Intervals"]),
            stop_ids=form.cleaned_data["stops"],
            **form.settings(),
            actor=self.actor,
            at=self.at,
        )


class OnPlan(CommandView):
    """A verb of one plan; afterwards its page again."""

    permission = MANAGE
    queryset = MaintenancePlan.objects.all()

    def success_url(self, result: Any) -> str:
        """The plan."""
        return plan_url(self.object.pk)

    def cancel_url(self) -> str:
        """The plan."""
        return plan_url(self.object.pk)


class ActivatePlan(OnPlan):
    """Switch it on."""

    title = "Activate"
    intro = (
        "From now on its orders are made, and are approved by this. What was due before is not made up for."
    )
    success_message = "{object} is active."

    def run(self, form: Any) -> object:
        """Activate it."""
        return activate_plan(plan_id=self.object.pk, actor=self.actor, at=self.at)


class SuspendPlan(OnPlan):
    """Switch it off."""

    title = "Suspend"
    form_class = ReasonForm
    intro = "No further orders are made; those already made stay."
    success_message = "{object} is suspended."

    def run(self, form: Any) -> object:
        """Suspend it."""
        return suspend_plan(
            plan_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


def told(done: Any) -> str:
    """What a run of the scheduler did, in words."""
    made = f"{len(done.orders)} work order{'s' if len(done.orders) != 1 else ''} made"
    extra = [
        f"{count} {word}" for count, word in ((done.merged, "merged"), (done.skipped, "skipped")) if count
    ]
    problems = f" {len(done.problems)} with a problem." if done.problems else ""
    return f"{', '.join([made, *extra])}.{problems}"


class RunScheduler(CommandView):
    """Make what is due now, without waiting for the clock."""

    title = "Run the scheduler"
    permission = RUN
    submit_label = "Run it now"
    intro = "It runs by itself every 15 minutes. Running it again makes nothing twice."
    queryset = MaintenancePlan.objects.all()

    def run(self, form: Any) -> object:
        """Run it for all plans, or for the one of the page."""
        chosen = None if self.object is None else [self.object.pk]
        return generate_due(at=self.at, actor=self.actor, plan_ids=chosen)

    def message(self, result: Any) -> str:
        """What it did."""
        return told(result)

    def success_url(self, result: Any) -> str:
        """Back."""
        return self.cancel_url()

    def cancel_url(self) -> str:
        """The plan, or the list."""
        return reverse("cmms:plans") if self.object is None else plan_url(self.object.pk)
