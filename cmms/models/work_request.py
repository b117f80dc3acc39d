"""A fault someone reported."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cmms.choices import WORK_REQUEST_TRANSITIONS, Priority, WorkRequestStatus
from cmms.querysets import WorkRequestQuerySet
from core.history import history_records
from core.models import Document
from core.states import Stateful


class WorkRequest(Stateful, Document):
    """Reported by anyone; reviewed into a work order, joined to one, or rejected with a reason."""

    TRANSITIONS = WORK_REQUEST_TRANSITIONS

    description = models.TextField()
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.PROTECT, related_name="work_requests"
    )
    location = models.ForeignKey(
        "cmms.Location", null=True, blank=True, on_delete=models.PROTECT, related_name="work_requests"
    )
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=80, blank=True)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="work_requests",
    )
    requester_name = models.CharField(max_length=120, blank=True)
    requester_email = models.EmailField(blank=True)
    status_token = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    is_asset_down = models.BooleanField(default=False, help_text="The asset has stopped")
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    photo = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=10, choices=WorkRequestStatus.choices, default=WorkRequestStatus.NEW)
    work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="work_requests"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.CharField(max_length=300, blank=True)
    history = history_records(excluded_fields=["status_token"])

    objects = WorkRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False) | Q(location__isnull=False),
                name="workrequest_somewhere",
                violation_error_message="Say which asset or location the problem is at.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ACCEPTED", "JOINED"]) | Q(work_order__isnull=False),
                name="workrequest_accepted_has_work_order",
                violation_error_message="An accepted request points at its work order.",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"])]
        permissions = [
            ("report_fault", "Can report a fault"),
            ("review_work_request", "Can review work requests"),
        ]
