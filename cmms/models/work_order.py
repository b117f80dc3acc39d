"""The record of work on an asset: work order, its steps, its estimate, its waiting times."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import (
    FINISHED,
    WORK_ORDER_TRANSITIONS,
    WORKABLE,
    CostBucket,
    Execution,
    HoldReason,
    OperationStatus,
    Priority,
    SignOff,
    WorkOrderStatus,
    WorkOrderType,
)
from cmms.querysets import OperationQuerySet, WorkOrderQuerySet
from core.history import history_records
from core.models import Document
from core.states import Stateful


class WorkOrder(Stateful, Document):
    """Who does what, when, on which asset, and how it ended."""

    TRANSITIONS = WORK_ORDER_TRANSITIONS

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=14, choices=WorkOrderType.choices, default=WorkOrderType.CORRECTIVE)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=12, choices=WorkOrderStatus.choices, default=WorkOrderStatus.DRAFT)
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.PROTECT, related_name="work_orders"
    )
    location = models.ForeignKey(
        "cmms.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="work_orders"
    )
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    program = models.ForeignKey(
        "core.Program", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    department = models.CharField(max_length=80, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_work_orders",
    )
    contractor_name = models.CharField(
        max_length=120, blank=True, help_text="Outside firm doing the work, if any"
    )
    due_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    work_done_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    hold_reason = models.CharField(max_length=12, choices=HoldReason.choices, blank=True)
    completion_note = models.TextField(blank=True)
    closing_note = models.CharField(
        max_length=300, blank=True, help_text="What was knowingly left open at closing, and who confirmed it"
    )
    needs_permit = models.BooleanField(default=False, help_text="Work starts only under a work permit")
    permit_number = models.CharField(max_length=40, blank=True)
    permit_valid_until = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False) | Q(location__isnull=False),
                name="workorder_somewhere",
                violation_error_message="A work order is for an asset or a location.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "CANCELLED"])
                | (Q(approved_at__isnull=False) & Q(approved_by__isnull=False)),
                name="workorder_approved_has_approver",
                violation_error_message="An approved work order names its approver.",
            ),
            models.CheckConstraint(
                condition=(Q(status="ON_HOLD") & ~Q(hold_reason=""))
                | (~Q(status="ON_HOLD") & Q(hold_reason="")),
                name="workorder_hold_has_reason",
                violation_error_message="Say why the work is on hold.",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="workorder_not_own_parent",
                violation_error_message="A work order cannot be its own parent.",
            ),
            models.CheckConstraint(
                condition=Q(permit_number="", permit_valid_until__isnull=True)
                | (~Q(permit_number="") & Q(permit_valid_until__isnull=False)),
                name="workorder_permit_whole",
                violation_error_message="A permit has a number and an end.",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["assignee", "status"]),
            models.Index(fields=["asset", "-id"]),
            models.Index(fields=["due_at"], name="workorder_by_due"),
            models.Index(fields=["title"], name="workorder_by_title"),
        ]
        permissions = [
            ("plan_work_order", "Can plan work orders"),
            ("approve_work_order", "Can approve work orders"),
            ("execute_work_order", "Can start, hold and finish work"),
            ("complete_work_order", "Can complete and close work orders"),
            ("issue_permit", "Can record work permits"),
        ]

    @property
    def is_workable(self) -> bool:
        """Whether labor and parts may be booked by the people doing the work."""
        return self.status in WORKABLE

    @property
    def is_finished(self) -> bool:
        """Whether nothing more is planned on it."""
        return self.status in FINISHED


class Operation(models.Model):
    """One step of a work order, done by our people or outside."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="operations")
    sequence = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    instructions = models.TextField(blank=True)
    instructions_revision = models.PositiveSmallIntegerField(
        default=1, help_text="Grows when title or instructions change"
    )
    execution = models.CharField(max_length=8, choices=Execution.choices, default=Execution.INTERNAL)
    craft = models.ForeignKey("cmms.Craft", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    estimated_hours = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    status = models.CharField(max_length=8, choices=OperationStatus.choices, default=OperationStatus.PLANNED)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sign_off = models.CharField(max_length=4, choices=SignOff.choices, default=SignOff.NONE)
    times_reopened = models.PositiveSmallIntegerField(default=0)
    needs_certificate = models.BooleanField(
        default=False, help_text="An outside step is done only with its certificate"
    )
    certificate = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rework_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reworks"
    )
    history = history_records()

    objects = OperationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["work_order", "sequence"],
                name="operation_unique_sequence",
                violation_error_message="This work order already has a step with that number.",
            ),
            models.CheckConstraint(
                condition=Q(estimated_hours__gte=0),
                name="operation_hours_not_negative",
                violation_error_message="Estimated hours cannot be negative.",
            ),
            models.CheckConstraint(
                condition=~Q(rework_of=F("id")),
                name="operation_not_own_rework",
                violation_error_message="A step cannot rework itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.title}"


class OperationPredecessor(models.Model):
    """`operation` waits until `predecessor` (a step of the same work order) is done."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="predecessor_links")
    predecessor = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="successor_links")
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "predecessor"], name="operationpredecessor_unique"),
            models.CheckConstraint(
                condition=~Q(operation=F("predecessor")),
                name="operationpredecessor_not_itself",
                violation_error_message="A step cannot wait for itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} after {self.predecessor_id}"


class EstimateLine(models.Model):
    """What one part of the work is expected to cost, in the base currency."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="estimate_lines")
    operation = models.ForeignKey(
        Operation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    bucket = models.CharField(max_length=8, choices=CostBucket.choices)
    description = models.CharField(max_length=160)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=6)
    amount = models.DecimalField(
        max_digits=16, decimal_places=4, help_text="quantity x unit cost, rounded once"
    )
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=0) & Q(unit_cost__gte=0),
                name="estimateline_not_negative",
                violation_error_message="An estimate cannot be negative.",
            )
        ]

    def __str__(self) -> str:
        return self.description


class HoldInterval(models.Model):
    """A stretch of waiting and its reason; open while `ended_at` is empty."""

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="hold_intervals")
    reason = models.CharField(max_length=12, choices=HoldReason.choices)
    note = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["work_order"], condition=Q(ended_at__isnull=True), name="holdinterval_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.work_order_id} {self.reason}"


class ImportedWorkOrder(models.Model):
    """Which row of which outside file a work order came from: makes an import safe to repeat.

    `source` names the file's content (its digest), `row_number` the line; equal rows are different records.
    """

    source = models.CharField(max_length=64)
    row_number = models.PositiveIntegerField()
    work_order = models.OneToOneField(WorkOrder, on_delete=models.PROTECT, related_name="imported_from")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "row_number"], name="importedworkorder_unique_row")
        ]

    def __str__(self) -> str:
        return f"{self.source[:8]}:{self.row_number}"
