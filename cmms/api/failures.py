"""Failures: the vocabulary by equipment class, and what is recorded on work orders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api.inputs import KeyField, optional
from cmms.models import ClassFailureCode, FailureCode, FailureRecord, WorkOrder
from cmms.services.failures import record_failure
from core.api.serializers import DocumentSerializer, MasterDataSerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet


class FailureCodeSerializer(MasterDataSerializer[FailureCode]):
    """A word of the failure vocabulary (ISO 14224)."""

    class Meta:
        model = FailureCode
        fields = ("id", "kind", "code", "name", "description", "is_active")


class FailureCodeViewSet(MasterDataViewSet):
    """Failure codes."""

    queryset = FailureCode.objects.all()
    serializer_class = FailureCodeSerializer
    filterset_fields = ("kind", "code", "is_active", "classes__asset_class")


class ClassFailureCodeSerializer(MasterDataSerializer[ClassFailureCode]):
    """A code that fits an equipment class."""

    class Meta:
        model = ClassFailureCode
        fields = ("id", "asset_class", "failure_code", "sequence")


class ClassFailureCodeViewSet(MasterDataViewSet):
    """Failure codes by class."""

    queryset = ClassFailureCode.objects.all()
    serializer_class = ClassFailureCodeSerializer
    filterset_fields = ("asset_class", "failure_code")


class FailureRecordSerializer(DocumentSerializer[FailureRecord]):
    """How an asset failed."""

    class Meta:
        model = FailureRecord
        fields = (
            "id", "work_order", "asset", "mode", "mechanism", "cause", "detection", "is_functional_failure",
            "occurred_at", "note", "reason", "corrects", "recorded_at", "recorded_by",
        )  # fmt: skip


class FailureInput(serializers.Serializer[Any]):
    """A failure, or with `reason` the correction of what was recorded."""

    work_order = KeyField(WorkOrder)
    mode = KeyField(FailureCode)
    mechanism = optional(FailureCode)
    cause = optional(FailureCode)
    detection = optional(FailureCode)
    is_functional_failure = serializers.BooleanField(default=True)
    occurred_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class FailureRecordViewSet(DocumentViewSet):
    """What is recorded about failures, corrected records among them (`corrected_by__isnull=true`: those that hold)."""

    queryset = FailureRecord.objects.all()
    serializer_class = FailureRecordSerializer
    filterset_fields = {
        "work_order": ["exact"],
        "asset": ["exact"],
        "mode": ["exact"],
        "is_functional_failure": ["exact"],
        "occurred_at": ["lt", "gte"],
        "corrected_by": ["isnull"],
    }

    @extend_schema(request=FailureInput, responses={201: FailureRecordSerializer})
    def create(self, request: Request) -> Response:
        """Record or correct."""
        data = self.read(FailureInput)
        names = ("work_order", "mode", "mechanism", "cause", "detection")
        keys = {f"{name}_id": data.pop(name) for name in names}
        return self.answer(record_failure(**keys, **data, actor=self.actor, at=self.at).pk, status=201)
