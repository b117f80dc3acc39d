"""The collection of requisitions."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import EmptySerializer, ReasonSerializer
from core.api.viewsets import DocumentViewSet
from core.models import CostCentre, Site
from procurement.api.serializers.inputs import found
from procurement.api.serializers.orders import WhySerializer
from procurement.api.serializers.requisitions import (
    CancelRequisitionSerializer,
    CreateRequisitionSerializer,
    RequisitionSerializer,
)
from procurement.filters import RequisitionApiFilter
from procurement.models import Requisition
from procurement.services.approval import approve_requisition, reject_requisition
from procurement.services.requisitions import (
    RequisitionLineInput,
    cancel_requisition,
    create_requisition,
    submit_requisition,
)


class RequisitionViewSet(DocumentViewSet):
    """Requests to buy."""

    queryset = Requisition.objects.select_related("requester").prefetch_related(
        "lines__unit", "lines__item", "approvals__decided_by"
    )
    serializer_class = RequisitionSerializer
    filterset_class = RequisitionApiFilter

    @extend_schema(request=CreateRequisitionSerializer, responses={201: RequisitionSerializer})
    def create(self, request: Request) -> Response:
        """Ask for something to be bought."""
        data = self.read(CreateRequisitionSerializer)
        found(Site, [data["site"]], "site")
        found(CostCentre, [data["cost_centre"]], "cost_centre")
        made = create_requisition(
            lines=[RequisitionLineInput(**line) for line in data["lines"]],
            site_id=data["site"],
            cost_centre_id=data["cost_centre"],
            reason=data["reason"],
            needed_on=data["needed_on"],
            submit=data["submit"],
            actor=self.actor,
            at=self.at,
        )
        return self.answer(made.pk, status=201)

    @extend_schema(request=EmptySerializer, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Send it for approval."""
        submit_requisition(requisition_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=ReasonSerializer, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve it, within one's own limit."""
        data = self.read(ReasonSerializer)
        approve_requisition(
            requisition_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at
        )
        return self.answer()

    @extend_schema(request=WhySerializer, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Refuse it, and say why."""
        data = self.read(WhySerializer)
        reject_requisition(
            requisition_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at
        )
        return self.answer()

    @extend_schema(request=CancelRequisitionSerializer, responses=RequisitionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Withdraw it."""
        data = self.read(CancelRequisitionSerializer)
        cancel_requisition(
            requisition_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at
        )
        return self.answer()
