"""Codes around assets and locations."""

from __future__ import annotations

from django.db import models


class DocumentKind(models.TextChoices):
    """What a file of an asset is."""

    PHOTO = "PHOTO", "Photo"
    MANUAL = "MANUAL", "Manual"
    DRAWING = "DRAWING", "Drawing"
    CERTIFICATE = "CERTIFICATE", "Certificate"
    OTHER = "OTHER", "Other"
