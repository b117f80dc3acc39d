"""What is to happen in the world outside, stored with the change that causes it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from core.choices import OutboxStatus


class OutboxQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Messages by where they stand."""

    def due(self, now: object) -> Self:
        """To be sent now: whose time has come, and those whose sender died on the way."""
        return self.filter(
            Q(status=OutboxStatus.DUE, due_at__lte=now)
            | Q(status=OutboxStatus.SENDING, claimed_until__lte=now)
        )


class OutboxMessage(models.Model):
    """One effect on the outside world: due from the moment its cause is stored, done once it was sent.

    `key` names the cause, so that one cause sends one message. `kind` names who delivers it, `payload` what is
    delivered (see core.services.outbox).
    """

    key = models.CharField(max_length=160, unique=True, editable=False)
    kind = models.CharField(max_length=40, editable=False)
    payload = models.JSONField(editable=False)
    status = models.CharField(
        max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.DUE, editable=False
    )
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(editable=False)
    due_at = models.DateTimeField(editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "outgoing message"
        verbose_name_plural = "outgoing messages"
        constraints = [
            models.CheckConstraint(
                condition=Q(status=OutboxStatus.SENT, sent_at__isnull=False)
                | (~Q(status=OutboxStatus.SENT) & Q(sent_at__isnull=True)),
                name="outboxmessage_sent_has_time",
                violation_error_message="A message that was sent says when.",
            ),
            models.CheckConstraint(
                condition=~Q(status=OutboxStatus.SENDING) | Q(claimed_until__isnull=False),
                name="outboxmessage_sending_has_claim",
                violation_error_message="A message that is being sent says until when.",
            ),
        ]
        indexes = [
            models.Index(F("due_at"), name="outbox_waiting", condition=Q(status__in=["DUE", "SENDING"]))
        ]
        permissions = [("retry_outbox", "Can send outgoing messages again")]

    def __str__(self) -> str:
        return self.key
