"""Collections of documents: work requests, work orders, steps, hours."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from cmms.api import inputs
from cmms.api.order_detail import WorkOrderDetailSerializer
from cmms.api.serializers import (
    LaborEntrySerializer,
    PartsRequestSerializer,
    WorkOrderSerializer,
    WorkRequestSerializer,
)
from cmms.api.step_inputs import CloseInput, NeedsPermitInput, PermitInput
from cmms.api.supply import LINES
from cmms.api.together import TogetherMixin
from cmms.models import LaborEntry, PartsRequest, WorkOrder, WorkRequest
from cmms.services.closing import cancel_work_order, close_work_order, complete_work_order, reopen_work_order
from cmms.services.execution import finish_work, hold_work, resume_work, start_work
from cmms.services.job_sheets import print_job_sheet
from cmms.services.labor import log_hours, log_labor, reverse_labor
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.permits import ask_permit, record_permit, withdraw_permit
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    add_operation,
    approve_work_order,
    assign_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.work_requests import (
    accept_work_request,
    join_work_request,
    reject_work_request,
    report_fault,
)
from core.api.serializers import EmptySerializer, ReasonSerializer
from core.api.viewsets import DocumentViewSet

WORK_ORDER_FILTERS = {
    "number": ["exact"],
    "status": ["exact", "in"],
    "type": ["exact"],
    "priority": ["exact"],
    "asset": ["exact"],
    "site": ["exact"],
    "assignee": ["exact"],
    "program": ["exact"],
    "parent": ["exact"],
    "due_at": ["lt", "gte"],
    "closed_at": ["lt", "gte"],
}


def plan_of(data: dict[str, Any]) -> dict[str, Any]:
    """Steps and estimate as the planning services take them."""
    return {
        "operations": [OperationInput(**inputs.keys(each, "craft")) for each in data.pop("operations")],
        "estimate": [EstimateInput(**each) for each in data.pop("estimate")],
    }


class WorkRequestViewSet(DocumentViewSet):
    """Reported faults."""

    queryset = WorkRequest.objects.all()
    serializer_class = WorkRequestSerializer
    filterset_fields = (
        "number",
        "status",
        "asset",
        "location",
        "site",
        "priority",
        "is_asset_down",
        "requester",
    )

    @extend_schema(request=inputs.ReportInput, responses={201: WorkRequestSerializer})
    def create(self, request: Request) -> Response:
        """Report a fault."""
        data = inputs.keys(self.read(inputs.ReportInput), "asset", "location", "photo")
        return self.answer(report_fault(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.AcceptInput, responses=WorkRequestSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """It becomes a work order, named in `work_order`."""
        data = self.read(inputs.AcceptInput)
        plan = plan_of(data)
        accept_work_request(
            work_request_id=self.document_id,
            **inputs.keys(data, "assignee"),
            **plan,
            actor=self.actor,
            at=self.at,
        )
        return self.answer()

    @extend_schema(request=inputs.JoinInput, responses=WorkRequestSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str) -> Response:
        """A work order takes care of it already."""
        data = inputs.keys(self.read(inputs.JoinInput), "work_order")
        join_work_request(work_request_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.MustSayWhy, responses=WorkRequestSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Nothing will be done."""
        data = self.read(inputs.MustSayWhy)
        reject_work_request(work_request_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


WORK_ORDER = extend_schema(responses=WorkOrderDetailSerializer)


@extend_schema_view(retrieve=WORK_ORDER)
class WorkOrderViewSet(TogetherMixin, DocumentViewSet):
    """Work orders; one alone comes with its steps, its cost by stage and its flags."""

    queryset = WorkOrder.objects.all()
    serializer_class = WorkOrderSerializer
    filterset_fields = WORK_ORDER_FILTERS

    def get_queryset(self) -> QuerySet[WorkOrder]:
        """With all that the whole one shows of its steps."""
        rows = super().get_queryset()
        links = ("operations__predecessor_links", "operations__qualification_links")
        return rows if self.action == "list" else rows.prefetch_related(*links)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """Short in lists, whole elsewhere."""
        return WorkOrderSerializer if self.action == "list" else WorkOrderDetailSerializer

    @extend_schema(request=inputs.WorkOrderInput, responses={201: WorkOrderDetailSerializer})
    def create(self, request: Request) -> Response:
        """Plan a work order."""
        data = self.read(inputs.WorkOrderInput)
        plan = plan_of(data)
        named = inputs.keys(data, "asset", "location", "assignee", "cost_centre", "program", "parent")
        return self.answer(create_work_order(**named, **plan, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=ReasonSerializer, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve the plan; its estimate is posted."""
        data = self.read(ReasonSerializer)
        approve_work_order(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Hand it to the floor."""
        release_work_order(work_order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Work begins."""
        start_work(work_order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.HoldInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Work stands still for one reason."""
        data = self.read(inputs.HoldInput)
        hold_work(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Work goes on."""
        resume_work(work_order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.NoteInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """The work is done."""
        data = self.read(inputs.NoteInput)
        finish_work(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """The planner agrees."""
        complete_work_order(work_order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=CloseInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Nothing more is expected; what comes is late cost."""
        data = self.read(CloseInput)
        close_work_order(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.MustSayWhy, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """It was not done after all."""
        data = self.read(inputs.MustSayWhy)
        reopen_work_order(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.MustSayWhy, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """It will not be done; what is reserved becomes free."""
        data = self.read(inputs.MustSayWhy)
        cancel_work_order(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=NeedsPermitInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"], url_path="ask-permit")
    def ask_permit(self, request: Request, pk: str) -> Response:
        """Whether it starts only under a work permit."""
        data = self.read(NeedsPermitInput)
        ask_permit(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=PermitInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"], url_path="record-permit")
    def record_permit(self, request: Request, pk: str) -> Response:
        """The permit in force."""
        data = self.read(PermitInput)
        record_permit(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.MustSayWhy, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"], url_path="withdraw-permit")
    def withdraw_permit(self, request: Request, pk: str) -> Response:
        """The permit no longer stands."""
        data = self.read(inputs.MustSayWhy)
        withdraw_permit(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.AssignInput, responses=WorkOrderDetailSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Who does it."""
        data = inputs.keys(self.read(inputs.AssignInput), "assignee")
        assign_work_order(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.OperationInputSerializer, responses={201: WorkOrderDetailSerializer})
    @action(detail=True, methods=["post"], url_path="add-operation")
    def add_operation(self, request: Request, pk: str) -> Response:
        """One more step; the answer is the order with its steps."""
        step = OperationInput(**inputs.keys(self.read(inputs.OperationInputSerializer), "craft"))
        add_operation(work_order_id=self.document_id, operation=step, actor=self.actor, at=self.at)
        return Response(self.get_serializer(self.get_queryset().get(pk=self.document_id)).data, status=201)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path="job-sheet")
    def job_sheet(self, request: Request, pk: str) -> HttpResponse:
        """The printable job sheet, as PDF."""
        address = request.build_absolute_uri(reverse("cmms:work-order", args=[self.document_id]))
        pdf = print_job_sheet(work_order_id=self.document_id, address=address, actor=self.actor, at=self.at)
        return HttpResponse(pdf, content_type="application/pdf")

    @extend_schema(request=inputs.RequestPartsInput, responses={201: PartsRequestSerializer})
    @action(detail=True, methods=["post"], url_path="request-parts")
    def request_parts(self, request: Request, pk: str) -> Response:
        """Ask for parts and services; the answer says what is reserved and what is short."""
        data = self.read(inputs.RequestPartsInput)
        names = ("item", "unit", "storeroom", "operation", "photo")
        lines = [RequestLineInput(**inputs.keys(each, *names)) for each in data.pop("lines")]
        made = request_parts(
            work_order_id=self.document_id, lines=lines, **data, actor=self.actor, at=self.at
        )
        whole = PartsRequest.objects.prefetch_related(Prefetch("lines", queryset=LINES)).get(pk=made.pk)
        context = self.get_serializer_context()
        return Response(PartsRequestSerializer(whole, context=context).data, status=201)

    @extend_schema(request=inputs.LaborInput, responses={201: LaborEntrySerializer})
    @action(detail=True, methods=["post"], url_path="log-labor")
    def log_labor(self, request: Request, pk: str) -> Response:
        """Hours worked, by clock or by day."""
        data = inputs.keys(self.read(inputs.LaborInput), "person", "operation")
        log = log_labor if "started_at" in data else log_hours
        entry = log(work_order_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(LaborEntrySerializer(entry, context=self.get_serializer_context()).data, status=201)


class LaborEntryViewSet(DocumentViewSet):
    """Hours worked."""

    queryset = LaborEntry.objects.all()
    serializer_class = LaborEntrySerializer
    filterset_fields = {
        "work_order": ["exact"],
        "operation": ["exact"],
        "person": ["exact"],
        "craft": ["exact"],
        "kind": ["exact"],
        "started_at": ["lt", "gte"],
    }

    @extend_schema(request=inputs.MustSayWhy, responses={201: LaborEntrySerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Take hours back by an entry of their negative."""
        data = self.read(inputs.MustSayWhy)
        entry = reverse_labor(labor_entry_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(LaborEntrySerializer(entry, context=self.get_serializer_context()).data, status=201)
