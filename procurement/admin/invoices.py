"""Invoices and holds, for looking things up; the work is done in the finance pages."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin import DocumentAction, DocumentAdmin, ReadOnlyInline
from procurement.choices import HoldStatus, InvoiceStatus
from procurement.models import Hold, Invoice, InvoiceLine
from procurement.services.holds import release_hold
from procurement.services.invoicing import reject_invoice


class LineInline(ReadOnlyInline):
    """What is billed."""

    model = InvoiceLine
    fields = ("line_number", "kind", "description", "quantity", "unit_price", "net_amount", "order_line")
    cost_fields = ("unit_price", "net_amount")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceLine]:
        """Lines with their order lines."""
        rows = super().get_queryset(request).select_related("order_line")
        return cast("QuerySet[InvoiceLine]", rows.order_by("line_number"))


class HoldInline(ReadOnlyInline):
    """Why it waits."""

    model = Hold
    fk_name = "invoice"
    fields = ("kind", "status", "blocks", "explanation", "release_reason")
    cost_fields = ("explanation",)


@admin.register(Invoice)
class InvoiceAdmin(DocumentAdmin):
    """Invoices and credit notes."""

    list_display = (
        "number", "supplier", "supplier_number", "kind", "status", "issued_on", "gross_total", "currency",
    )  # fmt: skip
    list_select_related = ("supplier",)
    list_filter = ("status", "kind", "source")
    search_fields = ("number", "supplier_number", "supplier__name", "order_reference")
    cost_fields = (
        "net_total", "tax_total", "gross_total", "rounding_amount", "prepaid_amount", "payable_amount",
    )  # fmt: skip
    inlines = (LineInline, HoldInline)
    document_actions = (
        DocumentAction(
            "reject",
            "Reject",
            permission="procurement.place_hold",
            tone="danger",
            needs_reason=True,
            available=lambda invoice: invoice.can(InvoiceStatus.REJECTED),
            run=lambda invoice, call: reject_invoice(
                invoice_id=invoice.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
    )


@admin.register(Hold)
class HoldAdmin(DocumentAdmin):
    """Why invoices wait."""

    list_display = ("__str__", "invoice", "kind", "status", "blocks", "placed_at", "waits_for")
    list_select_related = ("invoice",)
    list_filter = ("status", "kind", "blocks")
    search_fields = ("invoice__number", "invoice__supplier__name")
    cost_fields = ("variance", "limit", "limit_source", "explanation", "inputs", "accepted_variance")
    document_actions = (
        DocumentAction(
            "release",
            "Release",
            permission="procurement.release_hold",
            needs_reason=True,
            available=lambda hold: hold.status == HoldStatus.ACTIVE,
            text="The difference is accepted. Not for who entered the invoice.",
            run=lambda hold, call: release_hold(
                hold_id=hold.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
    )
