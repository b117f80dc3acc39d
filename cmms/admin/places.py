"""Moves, files and links: read here, changed on their pages."""

from __future__ import annotations

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin

from cmms.models import AssetDocument, AssetMove, RequestLink, WorkOrderDocument
from core.admin import ReadOnlyAdmin


@admin.register(AssetMove)
class AssetMoveAdmin(ReadOnlyAdmin):
    """Where assets have been."""

    list_display = (
        "asset",
        "moved_at",
        "from_location",
        "to_location",
        "from_parent",
        "to_parent",
        "moved_by",
    )
    list_select_related = (
        "asset", "from_location", "to_location", "from_parent", "to_parent", "moved_by",
    )  # fmt: skip
    search_fields = ("asset__code", "asset__name", "reason")
    date_hierarchy = "moved_at"


@admin.register(AssetDocument)
class AssetDocumentAdmin(SimpleHistoryAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """Files about assets."""

    list_display = ("asset", "title", "kind", "attachment", "added_at", "added_by", "removed_at")
    list_select_related = ("asset", "attachment", "added_by")
    search_fields = ("asset__code", "asset__name", "title")
    list_filter = ("kind",)


@admin.register(WorkOrderDocument)
class WorkOrderDocumentAdmin(SimpleHistoryAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """Files about work."""

    list_display = ("work_order", "title", "is_evidence", "attachment", "added_at", "added_by")
    list_select_related = ("work_order", "attachment", "added_by")
    search_fields = ("work_order__number", "title")
    list_filter = ("is_evidence",)


@admin.register(RequestLink)
class RequestLinkAdmin(SimpleHistoryAdmin, ReadOnlyAdmin):  # type: ignore[misc]
    """Links for reporting without login; the address itself is on the location's page."""

    list_display = ("location", "is_active", "renewed_at", "renewed_by")
    list_select_related = ("location", "renewed_by")
    search_fields = ("location__code", "location__name")
    list_filter = ("is_active",)
    exclude = ("token",)
