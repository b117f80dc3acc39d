"""What the verbs of the API take."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from rest_framework import serializers

from cmms.choices import (
    CostBucket,
    Execution,
    HoldReason,
    LaborKind,
    Priority,
    RequestLineKind,
    SignOff,
    WorkOrderType,
)
from cmms.models import Asset, Craft, Location, Operation, Serial, Storeroom, WorkOrder
from core.models import Attachment, CostCentre, Item, Program, Unit, User


class KeyField(serializers.IntegerField):
    """The key of a row that exists."""

    def __init__(self, model: type[Model], **options: Any) -> None:
        self.model = model
        options.setdefault("min_value", 1)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        """The key; refused where there is no such row."""
        key = super().to_internal_value(data)
        try:
            self.model._default_manager.only("pk").get(pk=key)
        except (ObjectDoesNotExist, OverflowError) as missing:
            name = self.model._meta.verbose_name
            raise serializers.ValidationError(f"There is no {name} {key}.") from missing
        return key


def quantity(**options: Any) -> serializers.DecimalField:
    """A quantity."""
    return serializers.DecimalField(max_digits=14, decimal_places=4, **options)


def optional(model: type[Model]) -> KeyField:
    """A key that may be left out."""
    return KeyField(model, required=False, allow_null=True, default=None)


class ReportInput(serializers.Serializer[Any]):
    """A fault; name its asset or its location."""

    description = serializers.CharField(max_length=4000)
    asset = optional(Asset)
    location = optional(Location)
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    is_asset_down = serializers.BooleanField(default=False)
    department = serializers.CharField(max_length=80, default="", allow_blank=True)
    requester_name = serializers.CharField(max_length=120, default="", allow_blank=True)
    requester_email = serializers.EmailField(default="", allow_blank=True)
    photo = optional(Attachment)


class OperationInputSerializer(serializers.Serializer[Any]):
    """A step."""

    title = serializers.CharField(max_length=160)
    sequence = serializers.IntegerField(
        min_value=1, max_value=9999, required=False, allow_null=True, default=None
    )
    execution = serializers.ChoiceField(Execution.choices, default=Execution.INTERNAL)
    craft = optional(Craft)
    estimated_hours = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=Decimal(0), default=Decimal(0)
    )
    instructions = serializers.CharField(default="", allow_blank=True)
    sign_off = serializers.ChoiceField(SignOff.choices, default=SignOff.NONE)
    needs_certificate = serializers.BooleanField(default=False)
    after: serializers.ListField = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=9999), default=list, max_length=200,
        help_text="Numbers of the steps it waits for",
    )  # fmt: skip


class EstimateInputSerializer(serializers.Serializer[Any]):
    """An estimated cost, in the base currency."""

    bucket = serializers.ChoiceField(CostBucket.choices)
    description = serializers.CharField(max_length=160)
    quantity = quantity(default=Decimal(1))
    unit_cost = serializers.DecimalField(max_digits=18, decimal_places=6)
    operation_sequence = serializers.IntegerField(required=False, allow_null=True, default=None)


class AcceptInput(serializers.Serializer[Any]):
    """A reported fault becomes a work order."""

    title = serializers.CharField(max_length=200, default="", allow_blank=True)
    type = serializers.ChoiceField(WorkOrderType.choices, default=WorkOrderType.CORRECTIVE)
    priority = serializers.ChoiceField(Priority.choices, required=False, allow_null=True, default=None)
    assignee = optional(User)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    operations = OperationInputSerializer(many=True, default=list)
    estimate = EstimateInputSerializer(many=True, default=list)


class JoinInput(serializers.Serializer[Any]):
    """The order that takes care of it."""

    work_order = KeyField(WorkOrder)


class WorkOrderInput(serializers.Serializer[Any]):
    """A work order; name its asset or its location."""

    title = serializers.CharField(max_length=200)
    asset = optional(Asset)
    location = optional(Location)
    type = serializers.ChoiceField(WorkOrderType.choices, default=WorkOrderType.CORRECTIVE)
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    description = serializers.CharField(default="", allow_blank=True)
    assignee = optional(User)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    cost_centre = optional(CostCentre)
    program = optional(Program)
    parent = optional(WorkOrder)  # type: ignore[assignment]
    department = serializers.CharField(max_length=80, default="", allow_blank=True)
    contractor_name = serializers.CharField(max_length=120, default="", allow_blank=True)
    operations = OperationInputSerializer(many=True, default=list)
    estimate = EstimateInputSerializer(many=True, default=list)


class HoldInput(serializers.Serializer[Any]):
    """Why work stands still."""

    hold_reason = serializers.ChoiceField(HoldReason.choices)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class NoteInput(serializers.Serializer[Any]):
    """What was found and done."""

    note = serializers.CharField(default="", allow_blank=True)


class MustSayWhy(serializers.Serializer[Any]):
    """Why: kept in the history."""

    reason = serializers.CharField(max_length=100, help_text="Kept in the history")


class AssignInput(serializers.Serializer[Any]):
    """Who does it; null takes it from everybody."""

    assignee = KeyField(User, allow_null=True)


class NeedInput(serializers.Serializer[Any]):
    """One line of a parts request."""

    kind = serializers.ChoiceField(RequestLineKind.choices, default=RequestLineKind.ITEM)
    quantity = quantity()
    item = optional(Item)
    description = serializers.CharField(max_length=300, default="", allow_blank=True)
    unit = optional(Unit)
    storeroom = optional(Storeroom)
    operation = optional(Operation)
    estimated_unit_cost = serializers.DecimalField(
        max_digits=18, decimal_places=6, required=False, allow_null=True, default=None
    )
    photo = optional(Attachment)


class RequestPartsInput(serializers.Serializer[Any]):
    """Parts and services that a work order needs."""

    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=NeedInput(), allow_empty=False, max_length=200
    )
    needed_on = serializers.DateField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=300, default="", allow_blank=True)


class LaborInput(serializers.Serializer[Any]):
    """Hours: either `started_at` and `ended_at`, or `hours` and `worked_on`."""

    started_at = serializers.DateTimeField(required=False)
    ended_at = serializers.DateTimeField(required=False)
    hours = serializers.DecimalField(max_digits=8, decimal_places=4, required=False)
    worked_on = serializers.DateField(required=False)
    person = optional(User)
    operation = optional(Operation)
    kind = serializers.ChoiceField(LaborKind.choices, default=LaborKind.WRENCH)
    is_overtime = serializers.BooleanField(default=False)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two ways, whole."""
        clock = {"started_at", "ended_at"} & attrs.keys()
        day = {"hours", "worked_on"} & attrs.keys()
        if bool(clock) == bool(day) or len(clock or day) != 2:
            raise serializers.ValidationError("Give started_at and ended_at, or hours and worked_on.")
        return attrs


class QuantityInput(serializers.Serializer[Any]):
    """How much; left out: all."""

    quantity = quantity(required=False, allow_null=True, default=None)


class CancelNeedInput(QuantityInput):
    """How much is no longer needed, and why."""

    reason = serializers.CharField(max_length=100)


class ReturnInput(serializers.Serializer[Any]):
    """What comes back, and why."""

    quantity = quantity()
    serials = serializers.ListField(
        child=KeyField(Serial), default=list, max_length=1000, help_text="Which of the numbers come back"
    )
    reason = serializers.CharField(max_length=100)


class CountInput(serializers.Serializer[Any]):
    """What was counted, and why."""

    counted_quantity = quantity(min_value=Decimal(0))
    reason = serializers.CharField(max_length=100)


class TransferInput(serializers.Serializer[Any]):
    """Where to, how much, why."""

    to_storeroom = KeyField(Storeroom)
    quantity = quantity()
    reason = serializers.CharField(max_length=100)


def keys(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The body as arguments of a service: `asset` -> `asset_id` for these names."""
    return {f"{name}_id" if name in names else name: value for name, value in data.items()}
