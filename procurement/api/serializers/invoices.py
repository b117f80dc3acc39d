"""Invoices, credit notes, match runs, holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.serializers import CostAwareSerializer, DocumentSerializer, PersonSerializer
from procurement.api.serializers.inputs import amount_field, percent_field, price_field
from procurement.choices import HoldBlocks, InvoiceKind, InvoiceLineKind
from procurement.models import Hold, Invoice, InvoiceLine, InvoiceTax, MatchRun


class HoldSerializer(CostAwareSerializer, serializers.ModelSerializer[Hold]):
    """Why an invoice waits, with its arithmetic."""

    invoice_number = serializers.CharField(source="invoice.number", read_only=True)
    resolved_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Hold
        fields = (
            "id", "invoice", "invoice_number", "invoice_line", "order_line", "kind", "blocks", "status",
            "variance", "limit", "limit_source", "explanation", "inputs", "waits_for", "remedy", "placed_at",
            "resolved_at", "resolved_by", "release_reason", "accepted_variance",
        )  # fmt: skip
        read_only_fields = fields
        cost_fields = ("variance", "limit", "limit_source", "explanation", "inputs", "accepted_variance")


class InvoiceLineSerializer(CostAwareSerializer, serializers.ModelSerializer[InvoiceLine]):
    """One billed line as sent."""

    class Meta:
        model = InvoiceLine
        fields = (
            "id", "line_number", "supplier_line_id", "kind", "description", "supplier_item_code",
            "buyer_item_code", "quantity", "unit_code", "unit_price", "net_amount", "tax_category",
            "tax_percent", "order_reference", "order_line_reference", "order_line", "cost_amount",
        )  # fmt: skip
        read_only_fields = fields
        cost_fields = ("unit_price", "net_amount", "cost_amount")


class InvoiceTaxSerializer(CostAwareSerializer, serializers.ModelSerializer[InvoiceTax]):
    """One row of the tax breakdown."""

    class Meta:
        model = InvoiceTax
        fields = ("id", "category", "percent", "taxable_amount", "tax_amount", "exemption_reason")
        read_only_fields = fields
        cost_fields = ("taxable_amount", "tax_amount")


class InvoiceSerializer(DocumentSerializer[Invoice]):
    """An invoice or credit note as the supplier sent it."""

    supplier_name = serializers.CharField(source="supplier.name")
    lines = InvoiceLineSerializer(many=True)
    taxes = InvoiceTaxSerializer(many=True)
    holds = HoldSerializer(many=True)

    class Meta:
        model = Invoice
        fields = (
            "id", "number", "version", "kind", "status", "source", "supplier", "supplier_name",
            "supplier_number", "issued_on", "due_on", "order_reference", "currency", "exchange_rate",
            "net_total", "tax_total", "gross_total", "rounding_amount", "prepaid_amount", "payable_amount",
            "note", "created_at", "matched_at", "posted_at", "lines", "taxes", "holds",
        )  # fmt: skip
        cost_fields = (
            "net_total", "tax_total", "gross_total", "rounding_amount", "prepaid_amount", "payable_amount",
        )  # fmt: skip


class BilledLineSerializer(serializers.Serializer[Any]):
    """One billed line; name its order line by `order_line`, or by the references as printed."""

    kind = serializers.ChoiceField(choices=InvoiceLineKind.choices, default=InvoiceLineKind.GOODS)
    description = serializers.CharField(max_length=300, allow_blank=True, default="")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, default=Decimal(0))
    unit_code = serializers.CharField(max_length=10, allow_blank=True, default="")
    unit_price = price_field(default=Decimal(0))
    net_amount = amount_field()
    tax_percent = percent_field(default=Decimal(0))
    tax_category = serializers.CharField(max_length=4, allow_blank=True, default="")
    order_line = serializers.IntegerField(required=False, allow_null=True, default=None)
    order_reference = serializers.CharField(max_length=60, allow_blank=True, default="")
    order_line_reference = serializers.CharField(max_length=60, allow_blank=True, default="")
    supplier_line_id = serializers.CharField(max_length=60, allow_blank=True, default="")
    supplier_item_code = serializers.CharField(max_length=80, allow_blank=True, default="")
    buyer_item_code = serializers.CharField(max_length=80, allow_blank=True, default="")


class BilledTaxSerializer(serializers.Serializer[Any]):
    """One row of the tax breakdown as printed."""

    category = serializers.CharField(max_length=4, allow_blank=True, default="S")
    percent = percent_field(default=Decimal(0))
    taxable_amount = amount_field()
    tax_amount = amount_field()
    exemption_reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class EnterInvoiceSerializer(serializers.Serializer[Any]):
    """An invoice as printed; totals that are left out are computed from the lines."""

    kind = serializers.ChoiceField(choices=InvoiceKind.choices, default=InvoiceKind.INVOICE)
    supplier = serializers.IntegerField()
    supplier_number = serializers.CharField(max_length=60)
    issued_on = serializers.DateField()
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    currency = serializers.CharField(max_length=3)
    order_reference = serializers.CharField(max_length=60, allow_blank=True, default="")
    net_total = amount_field(required=False, allow_null=True, default=None)
    tax_total = amount_field(required=False, allow_null=True, default=None)
    gross_total = amount_field(required=False, allow_null=True, default=None)
    rounding_amount = amount_field(default=Decimal(0))
    prepaid_amount = amount_field(default=Decimal(0))
    payable_amount = amount_field(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=4000, allow_blank=True, default="")
    lines = BilledLineSerializer(many=True, allow_empty=False)
    taxes = BilledTaxSerializer(many=True, required=False, default=list)


class ImportInvoiceSerializer(serializers.Serializer[Any]):
    """A UBL file, for a supplier where the file does not name one that is known."""

    file = serializers.FileField()
    supplier = serializers.IntegerField(required=False, allow_null=True, default=None)


class PlaceHoldSerializer(serializers.Serializer[Any]):
    """Why, and what it stops."""

    reason = serializers.CharField(max_length=200)
    blocks = serializers.ChoiceField(choices=HoldBlocks.choices, default=HoldBlocks.PAY)


class StartMatchRunSerializer(serializers.Serializer[Any]):
    """Which invoices; all that wait for a match where left out."""

    invoices = serializers.ListField(
        child=serializers.IntegerField(), required=False, allow_null=True, default=None
    )


class MatchRunSerializer(DocumentSerializer[MatchRun]):
    """A match run."""

    requested_by = PersonSerializer()

    class Meta:
        model = MatchRun
        fields = (
            "id", "number", "version", "status", "total", "requested_by", "created_at", "started_at",
            "finished_at",
        )  # fmt: skip


class RunProgressSerializer(serializers.Serializer[Any]):
    """How far a run is."""

    status = serializers.CharField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    passed = serializers.IntegerField()
    held = serializers.IntegerField()
    failed = serializers.IntegerField()
    percent = serializers.IntegerField()
