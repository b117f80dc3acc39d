"""How recurring work is done: job plans with revisions that are approved on their own path."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import REVISION_TRANSITIONS, Execution, RevisionStatus
from core.history import history_records
from core.states import Stateful


class JobPlan(models.Model):
    """A piece of recurring work, e.g. the annual service of a feed pump; what it takes is in its revisions."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        permissions = [
            ("write_job_plan", "Can write job plans"),
            ("approve_job_plan", "Can approve job plans"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class JobPlanRevision(Stateful, models.Model):
    """One state of a job plan: written, approved by somebody else, superseded. Orders keep the one they were made from."""

    TRANSITIONS = REVISION_TRANSITIONS

    job_plan = models.ForeignKey(JobPlan, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=RevisionStatus.choices, default=RevisionStatus.DRAFT)
    instructions = models.TextField(blank=True, help_text="Goes into the description of the work order")
    change_note = models.CharField(max_length=300, blank=True, help_text="What is new, and why")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_plan", "number"], name="jobplanrevision_unique_number"),
            models.UniqueConstraint(
                fields=["job_plan"],
                condition=Q(status__in=["DRAFT", "SUBMITTED"]),
                name="jobplanrevision_one_in_work",
                violation_error_message="A revision of this job plan is already being written.",
            ),
            models.UniqueConstraint(
                fields=["job_plan"], condition=Q(status="APPROVED"), name="jobplanrevision_one_valid"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "SUBMITTED"])
                | (Q(approved_at__isnull=False) & Q(approved_by__isnull=False)),
                name="jobplanrevision_approved_has_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("author")),
                name="jobplanrevision_approver_is_not_author",
                violation_error_message="Who wrote a revision cannot approve it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_plan.code} rev {self.number}"


class JobPlanStep(models.Model):
    """One step of a revision; becomes an operation of the work order."""

    revision = models.ForeignKey(JobPlanRevision, on_delete=models.CASCADE, related_name="steps")
    sequence = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    instructions = models.TextField(blank=True)
    execution = models.CharField(max_length=8, choices=Execution.choices, default=Execution.INTERNAL)
    craft = models.ForeignKey("cmms.Craft", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    estimated_hours = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    outside_cost = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Of an outside step, in the base currency",
    )
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "sequence"], name="jobplanstep_unique_sequence"),
            models.CheckConstraint(
                condition=Q(estimated_hours__gte=0),
                name="jobplanstep_hours_not_negative",
                violation_error_message="Estimated hours cannot be negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.title}"


class JobPlanPart(models.Model):
    """An item that the work takes each time, in the item's own unit."""

    revision = models.ForeignKey(JobPlanRevision, on_delete=models.CASCADE, related_name="parts")
    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(1))
    lead_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days from asking to delivery; empty: the plan's own"
    )
    estimated_unit_cost = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        null=True,
        blank=True,
        help_text="Where it is not in stock; base currency",
    )
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "item"],
                name="jobplanpart_unique_item",
                violation_error_message="This part is already on the list.",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0),
                name="jobplanpart_quantity_positive",
                violation_error_message="The quantity must be greater than zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f} x {self.item_id}"
