"""Collections of recurring work: meters and readings, job plans, maintenance plans and their cycles, the forecast."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import recurring_inputs as inputs
from cmms.api.inputs import MustSayWhy, keys
from cmms.api.recurring_serializers import (
    GeneratedSerializer,
    JobPlanRevisionSerializer,
    JobPlanSerializer,
    MaintenancePlanSerializer,
    MeterReadingSerializer,
    MeterSerializer,
    OutlookSerializer,
    PlanCycleSerializer,
)
from cmms.models import JobPlan, JobPlanRevision, MaintenancePlan, Meter, MeterReading, PlanCycle
from cmms.selectors.forecast import LONGEST, outlook, plan_outlook
from cmms.services.meters import enter_reading
from cmms.services.plans.generating import generate_due
from cmms.services.plans.job_plans import (
    approve_revision,
    create_job_plan,
    revise_job_plan,
    send_back_revision,
    submit_revision,
)
from cmms.services.plans.writing import activate_plan, change_plan, create_plan, suspend_plan
from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet

MONTHS = OpenApiParameter("months", int, description=f"How many months ahead, 1 to {LONGEST}; 6 by default")
PLAN_KEYS = ("asset", "location", "assignee", "program", "meter", "planner")


class MeterViewSet(MasterDataViewSet):
    """What counts on assets; readings are added by their own address and never changed."""

    queryset = Meter.objects.all()
    serializer_class = MeterSerializer
    filterset_fields = ("asset", "asset__site", "is_active")

    @extend_schema(request=inputs.ReadingInput, responses={201: MeterReadingSerializer})
    @action(detail=True, methods=["post"])
    def readings(self, request: Request, pk: str) -> Response:
        """Note what the meter shows. Send an Idempotency-Key, so that a repeated delivery counts once."""
        data = self.read(inputs.ReadingInput)
        made = enter_reading(meter_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(MeterReadingSerializer(made, context=self.get_serializer_context()).data, status=201)


class MeterReadingViewSet(DocumentViewSet):
    """Readings of all meters."""

    queryset = MeterReading.objects.all()
    serializer_class = MeterReadingSerializer
    filterset_fields = {
        "meter": ["exact"],
        "meter__asset": ["exact"],
        "kind": ["exact"],
        "read_at": ["lt", "gte"],
    }


class JobPlanViewSet(DocumentViewSet):
    """How recurring work is done; the contents are in the revisions."""

    queryset = JobPlan.objects.all()
    serializer_class = JobPlanSerializer
    filterset_fields = ("code", "is_active")

    @extend_schema(request=inputs.JobPlanInput, responses={201: JobPlanSerializer})
    def create(self, request: Request) -> Response:
        """Write a job plan; its first revision is a draft."""
        data = inputs.contents_of(self.read(inputs.JobPlanInput))
        return self.answer(create_job_plan(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.RevisionInput, responses={201: JobPlanRevisionSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str) -> Response:
        """Write the next revision, or change its draft; what is left out stays as it was."""
        data = inputs.contents_of(self.read(inputs.RevisionInput))
        made = revise_job_plan(job_plan_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(
            JobPlanRevisionSerializer(made, context=self.get_serializer_context()).data, status=201
        )


class JobPlanRevisionViewSet(DocumentViewSet):
    """Revisions of job plans with their steps and parts."""

    queryset = JobPlanRevision.objects.prefetch_related("steps", "parts")
    serializer_class = JobPlanRevisionSerializer
    filterset_fields = ("job_plan", "status", "author")

    @extend_schema(request=EmptySerializer, responses=JobPlanRevisionSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Ask for approval."""
        submit_revision(revision_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=JobPlanRevisionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Make it the valid one; the approver is not its author."""
        approve_revision(revision_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=JobPlanRevisionSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """Back to its author, with the reason."""
        data = self.read(MustSayWhy)
        send_back_revision(revision_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class MaintenancePlanViewSet(DocumentViewSet):
    """Recurring work and its rules."""

    queryset = MaintenancePlan.objects.select_related("clock").prefetch_related("packages", "stops")
    serializer_class = MaintenancePlanSerializer
    filterset_fields = {
        "number": ["exact"],
        "status": ["exact"],
        "asset": ["exact"],
        "site": ["exact"],
        "meter": ["exact"],
        "trigger": ["exact"],
        "clock__next_due_on": ["lte", "gte"],
    }

    @extend_schema(request=inputs.PlanInput, responses={201: MaintenancePlanSerializer})
    def create(self, request: Request) -> Response:
        """Write a plan, as a draft."""
        data = inputs.plan_of(keys(self.read(inputs.PlanInput), *PLAN_KEYS))
        return self.answer(create_plan(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.ChangePlanInput, responses=MaintenancePlanSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change what is named; orders already made stay."""
        data = inputs.plan_of(keys(self.read(inputs.ChangePlanInput, partial=True), *PLAN_KEYS))
        change_plan(plan_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=MaintenancePlanSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Switch it on; its orders are approved by this."""
        activate_plan(plan_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=MaintenancePlanSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        """Switch it off; orders already made stay."""
        data = self.read(MustSayWhy)
        suspend_plan(plan_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=GeneratedSerializer)
    @action(detail=False, methods=["post"], url_path="generate-due")
    def generate_due(self, request: Request) -> Response:
        """Make every order whose time has come; making nothing twice."""
        done = generate_due(at=self.at, actor=self.actor)
        return Response(GeneratedSerializer(done).data)

    @extend_schema(
        operation_id="maintenance_plans_forecast_of_all",
        parameters=[MONTHS, OpenApiParameter("site", int)],
        responses=OutlookSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def forecast(self, request: Request) -> Response:
        """What all active plans will ask for: hours by craft, parts, money (null without the right to see costs)."""
        asked = inputs.ForecastQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        site = asked.validated_data.get("site")
        plans = MaintenancePlan.objects.filter(site=site) if site else None
        return self._shown_outlook(outlook(at=self.at, months=asked.validated_data["months"], plans=plans))

    @extend_schema(parameters=[MONTHS], responses=OutlookSerializer)
    @action(detail=True, methods=["get"], url_path="forecast")
    def own_forecast(self, request: Request, pk: str) -> Response:
        """The same of one plan."""
        asked = inputs.ForecastQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        plan = self.get_object()
        plan = MaintenancePlan.objects.select_related("site").get(pk=plan.pk)
        return self._shown_outlook(plan_outlook(plan, at=self.at, months=asked.validated_data["months"]))

    def _shown_outlook(self, found: Any) -> Response:
        return Response(OutlookSerializer(found, context=self.get_serializer_context()).data)


class PlanCycleViewSet(DocumentViewSet):
    """What became of each cycle of the plans."""

    queryset = PlanCycle.objects.prefetch_related("packages")
    serializer_class = PlanCycleSerializer
    filterset_fields = {
        "plan": ["exact"],
        "plan__asset": ["exact"],
        "status": ["exact"],
        "work_order": ["exact"],
        "due_on": ["lte", "gte"],
    }
