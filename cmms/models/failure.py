"""How equipment fails, in the terms of ISO 14224: observed mode, mechanism, cause, detection method."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import FailureCodeKind
from cmms.querysets import FailureRecordQuerySet
from core.history import history_records
from core.models import Fact


class FailureCode(models.Model):
    """One word of the vocabulary. Codes that are put on no asset class are offered for every class."""

    kind = models.CharField(max_length=9, choices=FailureCodeKind.choices, default=FailureCodeKind.MODE)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code"],
                name="failurecode_unique_code",
                violation_error_message="There already is such a code.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ClassFailureCode(models.Model):
    """A code that fits an equipment class, and its place in the list that technicians choose from."""

    asset_class = models.ForeignKey("cmms.AssetClass", on_delete=models.CASCADE, related_name="failure_codes")
    failure_code = models.ForeignKey(FailureCode, on_delete=models.CASCADE, related_name="classes")
    sequence = models.PositiveSmallIntegerField(default=10)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset_class", "failure_code"],
                name="classfailurecode_unique",
                violation_error_message="This code is already on the class's list.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.failure_code_id} of {self.asset_class_id}"


class FailureRecord(Fact):
    """How a work order's asset failed. Corrected by a new record that points at the one it replaces."""

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="failure_records")
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.PROTECT, related_name="failure_records",
        help_text="The asset at that time",
    )  # fmt: skip
    mode = models.ForeignKey(
        FailureCode, on_delete=models.PROTECT, related_name="+", verbose_name="Observed mode (ISO 14224)"
    )
    mechanism = models.ForeignKey(
        FailureCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cause = models.ForeignKey(FailureCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    detection = models.ForeignKey(
        FailureCode, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_functional_failure = models.BooleanField(
        default=True, help_text="It could no longer do what it is for"
    )
    occurred_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Why the earlier record was wrong")
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = FailureRecordQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["work_order"],
                condition=Q(corrects__isnull=True),
                name="failurerecord_one_first",
                violation_error_message="The failure is already recorded; correct that record instead.",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(reason=""),
                name="failurerecord_correction_has_reason",
                violation_error_message="Say why the earlier record was wrong.",
            ),
        ]
        indexes = [
            models.Index(fields=["asset", "occurred_at"]),
            models.Index(fields=["mode", "occurred_at"]),
        ]
        permissions = [("record_failure", "Can record how an asset failed")]

    def __str__(self) -> str:
        return f"Failure of {self.work_order_id}"
