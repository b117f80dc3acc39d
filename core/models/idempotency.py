"""What a command answered the first time, so that its second delivery gets the same answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """One delivered command: key, who sent it, a digest of what was sent, and the stored answer."""

    key = models.CharField(max_length=200)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    command = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "key"], name="idempotencyrecord_unique_key", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.key}"
