"""Something found that is not as it should be, and what was decided about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import NONCONFORMANCE_TRANSITIONS, SETTLED_NONCONFORMANCE, NonconformanceStatus
from cmms.querysets import NonconformanceQuerySet
from core.history import history_records
from core.models import Document
from core.states import Stateful


class Nonconformance(Stateful, Document):
    """A finding on a work order: reworked, conceded by somebody other than who asked, or dismissed."""

    TRANSITIONS = NONCONFORMANCE_TRANSITIONS

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="nonconformances")
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="nonconformances"
    )
    reading = models.OneToOneField(
        "cmms.Reading", null=True, blank=True, on_delete=models.PROTECT, related_name="nonconformance"
    )
    description = models.TextField()
    photo = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(
        max_length=16, choices=NonconformanceStatus.choices, default=NonconformanceStatus.OPEN
    )
    rework_operation = models.OneToOneField(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="reworks_finding"
    )
    concession_reason = models.TextField(blank=True)
    concession_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    objects = NonconformanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="CONCEDED")
                | (
                    Q(concession_asked_by__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("concession_asked_by"))
                ),
                name="nonconformance_conceded_by_another",
                violation_error_message="Who asks for a concession cannot grant it.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["IN_REWORK", "REWORKED"], rework_operation__isnull=False)
                | (~Q(status__in=["IN_REWORK", "REWORKED"]) & Q(rework_operation__isnull=True)),
                name="nonconformance_rework_has_step",
                violation_error_message="Rework names the step that does it.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["CONCEDED", "REWORKED", "DISMISSED"], settled_at__isnull=False)
                | (~Q(status__in=["CONCEDED", "REWORKED", "DISMISSED"]) & Q(settled_at__isnull=True)),
                name="nonconformance_settled_at",
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"]), models.Index(fields=["work_order", "status"])]
        permissions = [
            ("raise_nonconformance", "Can raise nonconformances"),
            ("decide_nonconformance", "Can decide on nonconformances"),
            ("approve_concession", "Can approve concessions"),
        ]

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.status in SETTLED_NONCONFORMANCE
