"""The buyers' first page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from core.views.lists import Column, ListPage, PageAction
from procurement.filters import LineToOrderFilter
from procurement.models import RequisitionLine
from procurement.selectors.buying import buyers_day


def worklist_url() -> str:
    """The buyers' worklist in the administration, where lines are ordered together."""
    return reverse("admin:procurement_requisitionline_changelist")


class PurchasingHome(ListPage):
    """What waits for a buyer: figures, then the lines to order."""

    title = "Purchasing"
    permission = "procurement.create_purchase_order"
    template_name = "procurement/home.html"
    filterset_class = LineToOrderFilter
    search_fields = ("description", "requisition__number", "item__code", "origin_label")
    search_hint = "Search the lines to order"
    default_sort = "needed_on"
    columns = (
        Column(
            "description",
            "To order",
            kind="link",
            phone="title",
            sort="description",
            url=lambda row: reverse("procurement:requisition", args=[row.requisition_id]),
        ),
        Column("requisition.number", "Requisition", sort="requisition__number"),
        Column(
            lambda row: row.origin_label or row.requisition.origin_label,
            "For",
            key="origin",
            sort="origin_label",
        ),
        Column("open_quantity", "Open", kind="quantity", unit="unit.code", sort="open_quantity"),
        Column("needed_on", "Needed", kind="date", sort="needed_on"),
        Column(
            "suggested_supplier.name", "Suggested supplier", phone="hidden", sort="suggested_supplier__name"
        ),
        Column(
            "estimated_unit_price",
            "Estimate each",
            kind="price",
            cost=True,
            phone="hidden",
            sort="estimated_unit_price",
        ),
    )
    actions = (
        PageAction("Order these", "admin:procurement_requisitionline_changelist", icon="cart-plus", key="o"),
    )
    empty_title = "Nothing to order"
    empty_text = "Lines come here when their requisition is approved."

    def get_queryset(self) -> QuerySet[Any]:
        """Approved lines that are not fully ordered."""
        return RequisitionLine.objects.to_order().select_related("requisition", "unit", "suggested_supplier")

    def extra_context(self) -> dict[str, Any]:
        """The figures above the list."""
        return {"day": buyers_day(timezone.localdate())}
