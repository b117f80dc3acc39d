"""How steps, inspection, signatures, findings and qualifications are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

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
from cmms.selectors.signed import SignatureView, signature_views
from core.api.serializers import DocumentSerializer, MasterDataSerializer


class QualificationSerializer(MasterDataSerializer[Qualification]):
    """A qualification."""

    class Meta:
        model = Qualification
        fields = ("id", "code", "name", "valid_months", "is_active")


class InspectionTemplateSerializer(MasterDataSerializer[InspectionTemplate]):
    """A list of inspection points."""

    class Meta:
        model = InspectionTemplate
        fields = ("id", "code", "name", "is_active")


POINT = ("position", "name", "kind", "unit", "lower_limit", "upper_limit", "is_mandatory")


class InspectionTemplatePointSerializer(MasterDataSerializer[InspectionTemplatePoint]):
    """A point of a template; limits in `unit`, null: none."""

    class Meta:
        model = InspectionTemplatePoint
        fields = ("id", "template", *POINT)


class PersonQualificationSerializer(DocumentSerializer[PersonQualification]):
    """A person holds a qualification from a day to a day, both included."""

    class Meta:
        model = PersonQualification
        fields = (
            "id", "person", "qualification", "valid_from", "valid_until", "certificate_number", "certificate",
            "withdrawn_on", "withdrawal_reason",
        )  # fmt: skip


class InspectionPointSerializer(DocumentSerializer[InspectionPoint]):
    """A point of a step; limits in `unit`, null: none."""

    class Meta:
        model = InspectionPoint
        fields = ("id", "operation", *POINT, "is_dropped")


class ReadingSerializer(DocumentSerializer[Reading]):
    """What was found, with the limits of that moment."""

    class Meta:
        model = Reading
        fields = (
            "id", "point", "value", "is_in_order", "lower_limit", "upper_limit", "is_in_limits", "note", "taken_at",
            "taken_by",
        )  # fmt: skip


def compared(signatures: Iterable[Signature]) -> dict[int, SignatureView]:
    """Signatures compared with the present content, by key; five statements."""
    views = signature_views({each.operation_id for each in signatures})
    return {view.signature.pk: view for found in views.values() for view in found}


class SignatureListSerializer(serializers.ListSerializer[Any]):
    """Several signatures, compared together."""

    def to_representation(self, data: Any) -> Any:
        """The rows, after one comparison for all."""
        rows = list(data)
        _known(self).update(compared(rows))
        return super().to_representation(rows)


def _known(serializer: serializers.BaseSerializer[Any]) -> dict[int, SignatureView]:
    """What was compared already for this answer, by signature."""
    context = cast(dict[str, Any], serializer.context)
    return cast(dict[int, SignatureView], context.setdefault("signature_views", {}))


class SignatureSerializer(DocumentSerializer[Signature]):
    """A signature; `is_valid` compares it with the present content, `changes` says what differs."""

    is_valid = serializers.SerializerMethodField()  # type: ignore[assignment]
    changes = serializers.SerializerMethodField()

    class Meta:
        model = Signature
        list_serializer_class = SignatureListSerializer
        fields = (
            "id", "operation", "meaning", "signed_by", "signed_name", "signed_at", "digest", "content", "is_valid",
            "changes",
        )  # fmt: skip

    @extend_schema_field(serializers.BooleanField())
    def get_is_valid(self, signature: Signature) -> bool:
        """Whether it still counts."""
        return self._view(signature).is_valid

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_changes(self, signature: Signature) -> list[str]:
        """What differs since, in words."""
        return self._view(signature).changes

    def _view(self, signature: Signature) -> SignatureView:
        known = _known(self)
        if signature.pk not in known:
            known.update(compared([signature]))
        return known[signature.pk]


class NonconformanceSerializer(DocumentSerializer[Nonconformance]):
    """A finding and what was decided about it."""

    class Meta:
        model = Nonconformance
        fields = (
            "id", "number", "status", "work_order", "operation", "reading", "description", "photo", "rework_operation",
            "concession_reason", "concession_asked_by", "decision_reason", "decided_by", "decided_at", "settled_at",
            "created_at", "created_by", "version",
        )  # fmt: skip
