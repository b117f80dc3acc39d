"""Collections about steps: inspection, signatures, findings, qualifications."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import inputs, step_inputs
from cmms.api.step_serializers import (
    InspectionPointSerializer,
    InspectionTemplatePointSerializer,
    InspectionTemplateSerializer,
    NonconformanceSerializer,
    PersonQualificationSerializer,
    QualificationSerializer,
    ReadingSerializer,
    SignatureSerializer,
)
from cmms.models import (
    InspectionPoint,
    InspectionTemplate,
    InspectionTemplatePoint,
    Nonconformance,
    PersonQualification,
    Qualification,
    Reading,
    Signature,
)
from cmms.services.inspections import take_reading
from cmms.services.nonconformance import (
    approve_concession,
    ask_concession,
    decide_rework,
    dismiss_nonconformance,
    raise_nonconformance,
    refuse_concession,
)
from cmms.services.qualifications import grant_qualification, withdraw_qualification
from core.api.serializers import ReasonSerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet


class QualificationViewSet(MasterDataViewSet):
    """Qualifications that steps may ask for."""

    queryset = Qualification.objects.all()
    serializer_class = QualificationSerializer
    filterset_fields = ("code", "is_active")


class InspectionTemplateViewSet(MasterDataViewSet):
    """Lists of inspection points to be used again."""

    queryset = InspectionTemplate.objects.all()
    serializer_class = InspectionTemplateSerializer
    filterset_fields = ("code", "is_active")


class InspectionTemplatePointViewSet(MasterDataViewSet):
    """Points of inspection templates."""

    queryset = InspectionTemplatePoint.objects.all()
    serializer_class = InspectionTemplatePointSerializer
    filterset_fields = ("template",)


class PersonQualificationViewSet(DocumentViewSet):
    """Who holds which qualification from when to when."""

    queryset = PersonQualification.objects.all()
    serializer_class = PersonQualificationSerializer
    filterset_fields = {
        "person": ["exact"],
        "qualification": ["exact"],
        "valid_until": ["lt", "gte", "isnull"],
        "withdrawn_on": ["isnull"],
    }

    @extend_schema(request=step_inputs.GrantInput, responses={201: PersonQualificationSerializer})
    def create(self, request: Request) -> Response:
        """Grant a qualification; without a last day the usual validity counts."""
        data = inputs.keys(self.read(step_inputs.GrantInput), "person", "qualification", "certificate")
        return self.answer(grant_qualification(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=step_inputs.WithdrawInput, responses=PersonQualificationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """It no longer counts from a day on; the row stays."""
        data = self.read(step_inputs.WithdrawInput)
        withdraw_qualification(person_qualification_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class InspectionPointViewSet(DocumentViewSet):
    """Points to be inspected in steps."""

    queryset = InspectionPoint.objects.all()
    serializer_class = InspectionPointSerializer
    filterset_fields = {"operation": ["exact"], "operation__work_order": ["exact"], "is_dropped": ["exact"]}

    @extend_schema(request=step_inputs.PointReadingInput, responses={201: ReadingSerializer})
    @action(detail=True, methods=["post"], url_path="take-reading")
    def take_reading(self, request: Request, pk: str) -> Response:
        """Record what was found; the answer says whether it is in limits."""
        data = self.read(step_inputs.PointReadingInput)
        reading = take_reading(point_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(ReadingSerializer(reading, context=self.get_serializer_context()).data, status=201)


class ReadingViewSet(DocumentViewSet):
    """What was found at inspection points; the latest of a point counts."""

    queryset = Reading.objects.all()
    serializer_class = ReadingSerializer
    filterset_fields = {
        "point": ["exact"],
        "point__operation": ["exact"],
        "is_in_limits": ["exact"],
        "taken_at": ["lt", "gte"],
    }


class SignatureViewSet(DocumentViewSet):
    """Signatures of steps, valid and void. They are given by `POST operations/{id}/sign/`."""

    queryset = Signature.objects.all()
    serializer_class = SignatureSerializer
    filterset_fields = ("operation", "operation__work_order", "meaning", "signed_by")


class NonconformanceViewSet(DocumentViewSet):
    """Findings: raised, then reworked, conceded or dismissed."""

    queryset: QuerySet[Nonconformance] = Nonconformance.objects.all()
    serializer_class = NonconformanceSerializer
    filterset_fields = ("number", "status", "work_order", "operation", "created_by")

    @extend_schema(request=step_inputs.FindingInput, responses={201: NonconformanceSerializer})
    def create(self, request: Request) -> Response:
        """Raise one, on a work order, a step or a reading out of limits."""
        data = inputs.keys(self.read(step_inputs.FindingInput), "work_order", "operation", "reading", "photo")
        return self.answer(raise_nonconformance(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=step_inputs.ReworkInput, responses=NonconformanceSerializer)
    @action(detail=True, methods=["post"])
    def rework(self, request: Request, pk: str) -> Response:
        """Add a step that puts it right, named in `rework_operation`."""
        data = self.read(step_inputs.ReworkInput)
        decide_rework(nonconformance_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.ReasonInput, responses=NonconformanceSerializer)
    @action(detail=True, methods=["post"], url_path="ask-concession")
    def ask_concession(self, request: Request, pk: str) -> Response:
        """Ask that it be accepted as it is."""
        data = self.read(step_inputs.ReasonInput)
        ask_concession(nonconformance_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=ReasonSerializer, responses=NonconformanceSerializer)
    @action(detail=True, methods=["post"], url_path="approve-concession")
    def approve_concession(self, request: Request, pk: str) -> Response:
        """Accept it as it is; not by who asked."""
        data = self.read(ReasonSerializer)
        approve_concession(nonconformance_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.ReasonInput, responses=NonconformanceSerializer)
    @action(detail=True, methods=["post"], url_path="refuse-concession")
    def refuse_concession(self, request: Request, pk: str) -> Response:
        """Do not accept it: it is open again."""
        data = self.read(step_inputs.ReasonInput)
        refuse_concession(nonconformance_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=step_inputs.ReasonInput, responses=NonconformanceSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """It was none."""
        data = self.read(step_inputs.ReasonInput)
        dismiss_nonconformance(nonconformance_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()
