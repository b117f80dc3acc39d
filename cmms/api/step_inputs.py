"""What the verbs about steps take."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from cmms.api.inputs import KeyField, optional
from cmms.choices import Execution, PointKind, SignatureMeaning, SignOff
from cmms.models import Craft, InspectionTemplate, Operation, Qualification, Reading, WorkOrder
from core.models import Attachment, User


def limit(**options: Any) -> serializers.DecimalField:
    """A limit or a measured value."""
    return serializers.DecimalField(max_digits=18, decimal_places=6, **options)


class ReasonInput(serializers.Serializer[Any]):
    """Why: kept with it."""

    reason = serializers.CharField(max_length=4000)


class PointInputSerializer(serializers.Serializer[Any]):
    """A point to be inspected; limits in `unit`, null: none."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(PointKind.choices, default=PointKind.MEASURE)
    unit = serializers.CharField(max_length=20, default="", allow_blank=True)
    lower_limit = limit(required=False, allow_null=True, default=None)
    upper_limit = limit(required=False, allow_null=True, default=None)
    is_mandatory = serializers.BooleanField(default=True)


class StepChangeInput(serializers.Serializer[Any]):
    """What shall change of a step; what is left out stays. `after`: keys of the steps it waits for."""

    title = serializers.CharField(max_length=160, required=False)
    instructions = serializers.CharField(required=False, allow_blank=True)
    execution = serializers.ChoiceField(Execution.choices, required=False)
    needs_certificate = serializers.BooleanField(required=False)
    craft = KeyField(Craft, required=False, allow_null=True)
    estimated_hours = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=Decimal(0), required=False
    )
    sign_off = serializers.ChoiceField(SignOff.choices, required=False)
    after: serializers.ListField = serializers.ListField(
        child=KeyField(Operation), required=False, max_length=200
    )
    qualifications: serializers.ListField = serializers.ListField(
        child=KeyField(Qualification), required=False, max_length=50
    )
    points: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=PointInputSerializer(), required=False, max_length=100
    )


class TemplateInput(serializers.Serializer[Any]):
    """The template whose points are added."""

    template = KeyField(InspectionTemplate)


class SignInput(serializers.Serializer[Any]):
    """A signature; the password is the caller's own, entered anew, and kept nowhere."""

    meaning = serializers.ChoiceField(SignatureMeaning.choices)
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}, max_length=200
    )


class CertificateInput(serializers.Serializer[Any]):
    """The stored file."""

    certificate = KeyField(Attachment)


class PointReadingInput(serializers.Serializer[Any]):
    """A value in the point's unit, or whether it is in order."""

    value = limit(required=False, allow_null=True, default=None)
    is_in_order = serializers.BooleanField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class FindingInput(serializers.Serializer[Any]):
    """What is not as it should be; with `concession_reason` a concession is asked for at once."""

    work_order = KeyField(WorkOrder)
    operation = optional(Operation)
    reading = optional(Reading)
    description = serializers.CharField(max_length=4000, default="", allow_blank=True)
    photo = optional(Attachment)
    concession_reason = serializers.CharField(max_length=4000, default="", allow_blank=True)


class ReworkInput(serializers.Serializer[Any]):
    """Title and instructions of the step that puts it right; left out: from the failed one."""

    title = serializers.CharField(max_length=160, default="", allow_blank=True)
    instructions = serializers.CharField(default="", allow_blank=True)


class GrantInput(serializers.Serializer[Any]):
    """Who holds what from when to when."""

    person = KeyField(User)
    qualification = KeyField(Qualification)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(required=False, allow_null=True, default=None)
    never_ends = serializers.BooleanField(default=False)
    certificate_number = serializers.CharField(max_length=60, default="", allow_blank=True)
    certificate = optional(Attachment)


class WithdrawInput(serializers.Serializer[Any]):
    """From which day (today unless said), and why."""

    withdrawn_on = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=200)


class PermitInput(serializers.Serializer[Any]):
    """The permit in force."""

    permit_number = serializers.CharField(max_length=40)
    valid_until = serializers.DateTimeField()


class NeedsPermitInput(serializers.Serializer[Any]):
    """Whether the work needs a permit."""

    needs_permit = serializers.BooleanField()


class CloseInput(serializers.Serializer[Any]):
    """Consent to purchases that are still open, where the plant asks for it."""

    confirm_open_purchases = serializers.BooleanField(default=False)
