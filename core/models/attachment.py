"""Files people and programs bring: photos, certificates, original invoices."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Attachment(models.Model):
    """A stored file, kept as it came; `digest` is the SHA-256 of its bytes in hexadecimal."""

    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="bytes")
    digest = models.CharField(max_length=64, db_index=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return self.name
