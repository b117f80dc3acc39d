"""Files that belong to assets and work orders, and where assets have been."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices.places import DocumentKind
from core.history import history_records
from core.models import Fact


class AssetDocument(models.Model):
    """A file about an asset. One that is taken off the page stays stored, with who took it off."""

    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="documents")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=DocumentKind.choices, default=DocumentKind.OTHER)
    title = models.CharField(max_length=160)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    history = history_records()

    class Meta:
        indexes = [models.Index(fields=["asset", "kind"])]

    def __str__(self) -> str:
        return self.title


class WorkOrderDocument(models.Model):
    """A file that shows what was found or done; an audit finding is completed with one that is evidence."""

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="documents")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=160)
    is_evidence = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    history = history_records()

    def __str__(self) -> str:
        return self.title


class AssetMove(Fact):
    """An asset came to stand elsewhere or to belong to another one. Costs posted before stay where they are."""

    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="moves")
    from_parent = models.ForeignKey("cmms.Asset", null=True, on_delete=models.PROTECT, related_name="+")
    to_parent = models.ForeignKey("cmms.Asset", null=True, on_delete=models.PROTECT, related_name="+")
    from_location = models.ForeignKey("cmms.Location", null=True, on_delete=models.PROTECT, related_name="+")
    to_location = models.ForeignKey("cmms.Location", null=True, on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(to_parent=F("asset")),
                name="assetmove_not_into_itself",
                violation_error_message="An asset cannot be part of itself.",
            )
        ]
        indexes = [models.Index(fields=["asset", "-moved_at"])]

    def __str__(self) -> str:
        return f"{self.asset_id} at {self.moved_at:%Y-%m-%d}"
