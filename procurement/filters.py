"""Filters of lists and collections, the same on pages and in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone

from core.models import Site
from procurement.choices import HoldStatus, InvoiceStatus
from procurement.models import (
    Agreement,
    GoodsReceipt,
    Hold,
    Invoice,
    MatchRun,
    PurchaseOrder,
    Requisition,
    RequisitionLine,
    Supplier,
)

OLDER_THAN = (
    (1, "More than 1 day"),
    (3, "More than 3 days"),
    (7, "More than 7 days"),
    (30, "More than 30 days"),
)


class SupplierFilter(filters.FilterSet):  # type: ignore[misc]
    """Suppliers by code, name and status."""

    name = filters.CharFilter(lookup_expr="icontains")

    class Meta:
        model = Supplier
        fields = ("code", "name", "status")


class AgreementFilter(filters.FilterSet):  # type: ignore[misc]
    """Agreements by supplier, item and day."""

    item = filters.NumberFilter(field_name="lines__item", distinct=True)
    valid_on = filters.DateFilter(method="on_day")

    class Meta:
        model = Agreement
        fields = ("supplier", "is_active")

    def on_day(self, rows: QuerySet[Any], name: str, day: Any) -> QuerySet[Any]:
        """Those that hold on a day."""
        return rows.filter(valid_from__lte=day).exclude(valid_to__lt=day)


class LineToOrderFilter(filters.FilterSet):  # type: ignore[misc]
    """Lines to order by site, supplier, kind and need."""

    site = filters.ModelChoiceFilter(
        field_name="requisition__site", queryset=Site.objects.filter(is_active=True).order_by("code")
    )
    needed_by = filters.DateFilter(field_name="needed_on", lookup_expr="lte", label="Needed by")

    class Meta:
        model = RequisitionLine
        fields = ("site", "suggested_supplier", "kind")


class RequisitionFilter(filters.FilterSet):  # type: ignore[misc]
    """Requisitions by state, site and need."""

    mine = filters.BooleanFilter(label="Mine", method="of_the_person")

    class Meta:
        model = Requisition
        fields = ("status", "site")

    def of_the_person(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Asked for by the person who looks, or by others."""
        mine = {"requester": self.request.user}
        return rows.filter(**mine) if value else rows.exclude(**mine)


class RequisitionApiFilter(RequisitionFilter):
    """Requisitions for programs: also by requester and by where the need came from."""

    class Meta:
        model = Requisition
        fields = ("number", "status", "site", "requester", "cost_centre", "origin_key")


class OrderFilter(filters.FilterSet):  # type: ignore[misc]
    """Purchase orders by state, supplier and site."""

    class Meta:
        model = PurchaseOrder
        fields = ("status", "supplier", "site")


class ToReceiveFilter(filters.FilterSet):  # type: ignore[misc]
    """Orders to receive by supplier and site."""

    class Meta:
        model = PurchaseOrder
        fields = ("supplier", "site")


class OrderApiFilter(OrderFilter):
    """Purchase orders for programs."""

    class Meta:
        model = PurchaseOrder
        fields = ("number", "status", "supplier", "site", "buyer", "currency")


class ReceiptFilter(filters.FilterSet):  # type: ignore[misc]
    """Receipts by kind and order."""

    order_number = filters.CharFilter(field_name="order__number", label="Order", lookup_expr="icontains")
    since = filters.DateFilter(field_name="received_at", lookup_expr="date__gte", label="Since")

    class Meta:
        model = GoodsReceipt
        fields = ("kind",)


class ReceiptApiFilter(ReceiptFilter):
    """Receipts for programs."""

    class Meta:
        model = GoodsReceipt
        fields = ("number", "kind", "order", "delivery_note", "received_by")


class InvoiceFilter(filters.FilterSet):  # type: ignore[misc]
    """Invoices by state, kind, supplier and day."""

    status = filters.ChoiceFilter(choices=InvoiceStatus.choices)
    since = filters.DateFilter(field_name="issued_on", lookup_expr="gte", label="Dated since")

    class Meta:
        model = Invoice
        fields = ("status", "kind", "source", "supplier")


class InvoiceApiFilter(InvoiceFilter):
    """Invoices for programs."""

    class Meta:
        model = Invoice
        fields = ("number", "status", "kind", "source", "supplier", "supplier_number", "order_reference")


class HoldFilter(filters.FilterSet):  # type: ignore[misc]
    """Holds by cause, what they stop, supplier and age."""

    supplier = filters.ModelChoiceFilter(
        field_name="invoice__supplier", queryset=Supplier.objects.order_by("name"), label="Supplier"
    )
    older_than = filters.ChoiceFilter(
        choices=OLDER_THAN, method="placed_before", label="Waiting", empty_label="Any time"
    )

    class Meta:
        model = Hold
        fields = ("kind", "blocks")

    def placed_before(self, rows: QuerySet[Any], name: str, days: str) -> QuerySet[Any]:
        """Placed at least so many days ago."""
        return rows.filter(placed_at__lte=timezone.now() - timedelta(days=int(days)))


class HoldApiFilter(HoldFilter):
    """Holds for programs, cleared and released ones too."""

    status = filters.ChoiceFilter(choices=HoldStatus.choices)

    class Meta:
        model = Hold
        fields = ("status", "kind", "blocks", "invoice", "order_line")


class MatchRunFilter(filters.FilterSet):  # type: ignore[misc]
    """Match runs by state."""

    class Meta:
        model = MatchRun
        fields = ("status", "requested_by")
