"""What people are allowed to do: qualifications, who holds them, which steps ask for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.querysets import PersonQualificationQuerySet
from core.history import history_records


class Qualification(models.Model):
    """A permission of the trade: welder, gas tester, high-voltage switching."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    valid_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Usual validity in months; empty: it does not expire"
    )
    is_active = models.BooleanField(default=True)
    history = history_records()

    def __str__(self) -> str:
        return self.name


class PersonQualification(models.Model):
    """A person holds a qualification from a day to a day, both included; no last day: until it is withdrawn."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="qualifications"
    )
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="holders")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    certificate_number = models.CharField(max_length=60, blank=True)
    certificate = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_on = models.DateField(
        null=True, blank=True, help_text="From this day on it does not count any more"
    )
    withdrawal_reason = models.CharField(max_length=200, blank=True)
    history = history_records()

    objects = PersonQualificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "qualification", "valid_from"],
                name="personqualification_unique_start",
                violation_error_message="This person already holds it from that day.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="personqualification_ends_after_start",
                violation_error_message="A qualification cannot end before it starts.",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawal_reason="")
                | (Q(withdrawn_on__isnull=False) & ~Q(withdrawal_reason="")),
                name="personqualification_withdrawal_says_why",
                violation_error_message="Say why it is withdrawn.",
            ),
        ]
        indexes = [models.Index(fields=["qualification", "valid_until"])]
        permissions = [("manage_qualifications", "Can grant and withdraw qualifications")]

    def __str__(self) -> str:
        return f"{self.qualification} of {self.person}"


class OperationQualification(models.Model):
    """Who does this step must hold this qualification on the day of the work."""

    operation = models.ForeignKey(
        "cmms.Operation", on_delete=models.CASCADE, related_name="qualification_links"
    )
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="+")
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "qualification"], name="operationqualification_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.qualification_id} for {self.operation_id}"
