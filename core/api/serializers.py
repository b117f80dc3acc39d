"""Shapes that the API's serializers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from core.access import can_see_costs
from core.models import User
from core.services.master_data import store_master_data

ModelT = TypeVar("ModelT", bound=Model)
COST_NOTE = "null for users without the right to see costs."


class CostAwareSerializer(serializers.Serializer[Any]):
    """Leaves amounts of money out (null) for users without `core.view_costs`.

    Name the fields in `cost_fields`; it works at every depth of nested serializers.
    """

    cost_fields: ClassVar[Sequence[str]] = ()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The fields, amounts marked as possibly null."""
        fields = super().get_fields()
        for name in self._names_of_costs():
            field = fields.get(name)
            if field is not None and field.read_only:
                field.allow_null = True
                field.help_text = f"{field.help_text or ''} {COST_NOTE}".strip()
        return fields

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The body, amounts hidden where the reader may not see them."""
        shown: dict[str, Any] = super().to_representation(instance)
        request = self.context.get("request")
        if request is not None and not can_see_costs(request.user):
            shown.update({name: None for name in self._names_of_costs() if name in shown})
        return shown

    def _names_of_costs(self) -> Sequence[str]:
        meta = getattr(self, "Meta", None)
        return [*self.cost_fields, *getattr(meta, "cost_fields", ())]


class DocumentSerializer(CostAwareSerializer, serializers.ModelSerializer[ModelT]):
    """A business document as it is read; it is changed by its verbs, never by writing its fields."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Every field read-only."""
        fields = super().get_fields()
        for field in fields.values():
            field.read_only = True
            field.required = False
        return fields


class MasterDataSerializer(serializers.ModelSerializer[ModelT]):
    """Master data: stored through the model's own validation, so the words are the same at every door."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """The field without a uniqueness check of its own: the model's is the one that speaks."""
        field_class, options = super().build_standard_field(field_name, model_field)
        validators = options.get("validators")
        if validators:
            options["validators"] = [each for each in validators if not isinstance(each, UniqueValidator)]
        return field_class, options

    def get_validators(self) -> list[Any]:
        """None: constraints are checked by the model."""
        return []

    def create(self, validated_data: dict[str, Any]) -> ModelT:
        """Store a new row."""
        model: type[ModelT] = self.Meta.model
        return self._store(model(), validated_data)

    def update(self, instance: ModelT, validated_data: dict[str, Any]) -> ModelT:
        """Store changes of a row."""
        return self._store(instance, validated_data)

    def _store(self, row: ModelT, values: dict[str, Any]) -> ModelT:
        return store_master_data(row=row, values=values, actor=self.context["request"].user)


class ReasonSerializer(serializers.Serializer[Any]):
    """Why: kept in the history."""

    reason = serializers.CharField(
        max_length=200, allow_blank=True, default="", help_text="Kept in the history"
    )


class EmptySerializer(serializers.Serializer[Any]):
    """No input."""


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField(help_text="urn:tenon:problem:<code>")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for people: what was refused and what to do")
    code = serializers.CharField(help_text="A stable word for programs")
    instance = serializers.CharField()
    request_id = serializers.CharField()
    field = serializers.CharField(required=False)
    remedy = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person, as shown beside documents."""

    full_name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = User
        fields = ("id", "username", "full_name", "job_title")
        read_only_fields = fields
