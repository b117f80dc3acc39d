"""Assets and locations: lists, the tree, what a subtree has cost."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from cmms.filters import AssetFilter, CostFilter, LocationFilter
from cmms.models import Asset, AssetDocument, AssetMove, CostEntry, DowntimeEvent, Location, SparePart
from cmms.selectors import asset_costs
from cmms.selectors.asset_tree import assets_above, keys_below
from cmms.views.bases import order_url
from cmms.views.parts import choices_of
from core.access import can_see_costs
from core.views.lists import BulkAction, Column, ListPage, PageAction
from core.views.pages import DetailPage


def asset_url(pk: int) -> str:
    """The page of an asset."""
    return reverse("cmms:asset", args=[pk])


def out_of_use(asset: Asset) -> str:
    """Fades what is no longer there."""
    return "" if asset.is_active else "is-done"


def came_late(entry: CostEntry) -> str:
    """Marks a cost that came after its order was closed."""
    return "is-stopped" if entry.is_late else ""


class AssetList(ListPage):
    """All assets."""

    title = "Assets"
    permission = "cmms.view_asset"
    queryset = Asset.objects.select_related("location", "parent", "site")
    filterset_class = AssetFilter
    search_fields = ("code", "name", "serial_number", "manufacturer", "location__code", "location__name")
    search_hint = "Code, name, serial number, place"
    is_scanned = True
    default_sort = "code"
    columns = (
        Column("code", "Code", kind="link", url_name="cmms:asset", sort="code"),
        Column("name", "Name", kind="link", url_name="cmms:asset", phone="title", sort="name"),
        Column("criticality", "Criticality", phone="hidden", sort="criticality"),
        Column("location", "Location", sort="location__code"),
        Column("parent.code", "Part of", sort="parent__code"),
        Column("site.code", "Site", sort="site__code"),
        Column("manufacturer", "Maker", phone="hidden", sort="manufacturer"),
    )
    row_class = out_of_use
    empty_title = "No assets yet"
    empty_text = "Add them under Administration, or import a list there."
    actions = (PageAction("Tree", "cmms:asset-tree", icon="diagram-3", tone="outline-secondary", key="t"),)
    bulk_actions = (BulkAction("Labels", "cmms:assets-labels", "cmms.view_asset", "qr-code"),)


class AssetPage(DetailPage):
    """One asset with all below it."""

    permission = "cmms.view_asset"
    queryset = Asset.objects.select_related("location", "site", "asset_class", "cost_centre", "parent")
    template_name = "cmms/asset.html"
    panel_page = "cmms.asset"

    def extra_context(self) -> dict[str, Any]:
        """Its place in the tree, its costs with those below it, its latest orders, its parts."""
        asset: Asset = self.object
        orders = asset.work_orders.select_related("assignee").order_by("-pk")[:15]
        parts = list(
            SparePart.objects.filter(asset=asset).select_related("item__unit").order_by("item__name")[:100]
        )
        notes = {part.item_id: part.note for part in parts}
        below = keys_below(asset.pk)
        stops = list(
            DowntimeEvent.objects.open().filter(asset__in=below).select_related("asset").order_by("pk")[:20]
        )
        return {
            "title": asset.name,
            "machine_state": ("DOWN" if stops else "UP") if asset.is_active else "",
            "machine_label": "Down" if stops else "Running",
            "own_stop": next((stop for stop in stops if stop.asset_id == asset.pk), None),
            "down": next((stop for stop in stops if stop.asset_id == asset.pk), stops[0] if stops else None),
            "above": assets_above(asset),
            "below": list(asset.children.annotate(parts=Count("children")).order_by("code")[:200]),
            "orders": list(orders),
            "open_faults": list(asset.work_requests.to_review().order_by("-pk")[:10]),
            "spares": list(
                zip(parts, choices_of([part.item for part in parts], asset.site_id, notes), strict=True)
            ),
            "costs": asset_costs(asset_ids=[asset.pk])[asset.pk] if can_see_costs(self.actor) else None,
            "currency": settings.BASE_CURRENCY,
            "documents": list(
                AssetDocument.objects.filter(asset=asset, removed_at=None)
                .select_related("attachment", "added_by")
                .order_by("kind", "-pk")[:100]
            ),
            "moves": list(
                AssetMove.objects.filter(asset=asset)
                .select_related("from_parent", "to_parent", "from_location", "to_location", "moved_by")
                .order_by("-moved_at", "-pk")[:20]
            ),
        }


class LocationList(ListPage):
    """All locations."""

    title = "Locations"
    permission = "cmms.view_location"
    queryset = Location.objects.select_related("site", "parent").annotate(held=Count("assets"))
    filterset_class = LocationFilter
    search_fields = ("code", "name")
    search_hint = "Code or name"
    default_sort = "code"
    columns = (
        Column("code", "Code", sort="code", phone="meta"),
        Column("name", "Name", phone="title", sort="name", kind="link", url_name="cmms:location"),
        Column("parent.code", "Part of", sort="parent__code"),
        Column("site.name", "Site", sort="site__name"),
        Column("held", "Assets", kind="number", sort="held", url=lambda row: _assets_at(row.code)),
    )
    empty_title = "No locations yet"
    empty_text = "Add them under Administration."
    actions = (PageAction("Tree", "cmms:location-tree", icon="diagram-3", tone="outline-secondary", key="t"),)


def _assets_at(code: str) -> str:
    return f"{reverse('cmms:assets')}?q={code}"


class CostList(ListPage):
    """The cost ledger."""

    title = "Cost entries"

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        """Which currency."""
        return f"In {settings.BASE_CURRENCY}. Nothing here is ever changed; corrections are entries of their own."

    permission = "cmms.view_costentry"
    queryset = CostEntry.objects.select_related("work_order", "asset", "operation", "posted_by")
    filterset_class = CostFilter
    search_fields = ("work_order__number", "asset__code", "document_number", "description", "source_key")
    search_hint = "Work order, asset, document"
    default_sort = "-pk"
    columns = (
        Column(
            "work_order.number", "Work order", phone="title", sort="work_order__number",
            url=lambda row: order_url(row.work_order_id),
        ),
        Column("stage", "Stage", phone="pill", sort="stage"),
        Column("bucket", "Kind", sort="bucket"),
        Column("description", "What", phone="text", sort="description"),
        Column("document_number", "Document", sort="document_number"),
        Column("asset.code", "Asset", sort="asset__code", url=lambda row: asset_url(row.asset_id) if row.asset_id else ""),
        Column("quantity", "Quantity", kind="quantity", phone="hidden", sort="quantity"),
        Column("amount", "Amount", kind="money", cost=True, sort="amount"),
        Column("reason", "Why", phone="hidden", sort="reason"),
        Column("occurred_on", "On", kind="date", sort="occurred_on"),
    )  # fmt: skip
    row_class = came_late
    empty_title = "No cost has been posted yet"
    empty_text = "Estimates, purchases, hours and parts post here by themselves."

    def get_queryset(self) -> Any:
        """Of one work order where it is named."""
        rows = super().get_queryset()
        order = self.request.GET.get("work_order", "")
        return rows.filter(work_order_id=int(order)) if order.isascii() and order.isdigit() else rows
