"""The address under which people without a login report problems at a location."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.history import history_records


class RequestLink(models.Model):
    """One per location. Who knows `token` may report there; renewing it ends every printed code.

    The history does not keep tokens: an old one opens nothing, a current one is nobody else's business.
    """

    location = models.OneToOneField("cmms.Location", on_delete=models.CASCADE, related_name="request_link")
    token = models.CharField(max_length=64, unique=True, editable=False)
    is_active = models.BooleanField(default=True, editable=False)
    renewed_at = models.DateTimeField(editable=False)
    renewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    history = history_records(excluded_fields=["token"])

    class Meta:
        permissions = [("manage_request_links", "Can make, renew and end links for reporting without login")]

    def __str__(self) -> str:
        return f"Link of {self.location}"
