"""Purchase orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.serializers import CostAwareSerializer, DocumentSerializer, PersonSerializer
from procurement.api.serializers.inputs import (
    BoughtLineSerializer,
    bought_lines,
    percent_field,
    price_field,
    quantity_field,
)
from procurement.api.serializers.requisitions import ApprovalSerializer
from procurement.choices import MatchLevel
from procurement.models import OrderLineSource, OrderRevision, PurchaseOrder, PurchaseOrderLine


class SourceSerializer(serializers.ModelSerializer[OrderLineSource]):
    """So much of a requisition line."""

    requisition = serializers.IntegerField(source="requisition_line.requisition_id", read_only=True)
    origin_label = serializers.CharField(source="requisition_line.origin_label", read_only=True)

    class Meta:
        model = OrderLineSource
        fields = ("requisition_line", "requisition", "origin_label", "quantity")
        read_only_fields = fields


class PurchaseOrderLineSerializer(CostAwareSerializer, serializers.ModelSerializer[PurchaseOrderLine]):
    """One bought thing with its quantities, each kept apart."""

    unit_code = serializers.CharField(source="unit.code", read_only=True)
    item_code = serializers.CharField(source="item.code", read_only=True, allow_null=True, default=None)
    outstanding = quantity_field(read_only=True)
    sources = SourceSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseOrderLine
        fields = (
            "id", "line_number", "kind", "item", "item_code", "item_revision", "category", "description",
            "unit", "unit_code", "quantity", "quantity_cancelled", "unit_price", "discount_percent",
            "tax_percent", "tax_recoverable", "needed_on", "promised_on", "match_level", "destination",
            "deliver_to", "quantity_received", "quantity_rejected", "quantity_returned", "quantity_billed",
            "quantity_credited", "amount_billed", "outstanding", "sources",
        )  # fmt: skip
        read_only_fields = fields
        cost_fields = ("unit_price", "discount_percent", "amount_billed")


class RevisionSerializer(CostAwareSerializer, serializers.ModelSerializer[OrderRevision]):
    """What the order said before a change."""

    revised_by = PersonSerializer(read_only=True)

    class Meta:
        model = OrderRevision
        fields = ("id", "revision", "before", "reason", "revised_at", "revised_by")
        read_only_fields = fields
        cost_fields = ("before",)


class PurchaseOrderSerializer(DocumentSerializer[PurchaseOrder]):
    """An order in its own currency."""

    supplier_name = serializers.CharField(source="supplier.name")
    buyer = PersonSerializer()
    lines = PurchaseOrderLineSerializer(many=True)
    approvals = ApprovalSerializer(many=True)
    revisions = RevisionSerializer(many=True)

    class Meta:
        model = PurchaseOrder
        fields = (
            "id", "number", "version", "status", "revision", "supplier", "supplier_name", "agreement", "site",
            "cost_centre", "currency", "exchange_rate", "buyer", "payment_terms_days", "delivery_terms", "note",
            "net_total", "tax_total", "created_at", "approved_at", "issued_at", "closed_at", "close_reason",
            "lines", "approvals", "revisions",
        )  # fmt: skip
        cost_fields = ("net_total", "tax_total")


class OrderedRequisitionLineSerializer(serializers.Serializer[Any]):
    """So much of a requisition line goes into an order line."""

    requisition_line = serializers.IntegerField()
    quantity = quantity_field()


class OrderedLineSerializer(BoughtLineSerializer):
    """One thing to order; the price is per unit in the order's currency."""

    unit_price = price_field()
    discount_percent = percent_field(default=Decimal(0))
    tax_percent = percent_field(default=Decimal(0))
    tax_recoverable = serializers.BooleanField(default=True)
    match_level = serializers.ChoiceField(
        choices=MatchLevel.choices, required=False, allow_null=True, default=None
    )
    requisition_lines = OrderedRequisitionLineSerializer(many=True, required=False, default=list)


def ordered_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines as the service takes them."""
    completed = bought_lines(lines)
    for line in completed:
        line["requisition_lines"] = tuple(
            (source["requisition_line"], source["quantity"]) for source in line["requisition_lines"]
        )
    return completed


class CreateOrderSerializer(serializers.Serializer[Any]):
    """A new order: either `lines` and `site`, or `requisition_lines`, which bring theirs along."""

    supplier = serializers.IntegerField()
    site = serializers.IntegerField(required=False)
    currency = serializers.CharField(max_length=3, required=False, allow_null=True, default=None)
    cost_centre = serializers.IntegerField(required=False, allow_null=True, default=None)
    agreement = serializers.IntegerField(required=False, allow_null=True, default=None)
    delivery_terms = serializers.CharField(max_length=80, allow_blank=True, default="")
    note = serializers.CharField(allow_blank=True, default="", max_length=4000)
    lines = OrderedLineSerializer(many=True, required=False)
    requisition_lines = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Approved lines to order together"
    )
    unit_prices = serializers.DictField(
        child=price_field(), required=False, help_text="Requisition line id to price, where no agreement says"
    )
    merge_same_items = serializers.BooleanField(default=True)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines as the service takes them."""
        return ordered_lines(lines)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two ways."""
        if bool(attrs.get("lines")) == bool(attrs.get("requisition_lines")):
            raise serializers.ValidationError({"lines": ["Send either lines or requisition_lines."]})
        if attrs.get("lines") and "site" not in attrs:
            raise serializers.ValidationError({"site": ["Name the site that the order is for."]})
        return attrs

    def validate_unit_prices(self, prices: dict[str, Any]) -> dict[int, Any]:
        """Keys as numbers."""
        if not all(key.isascii() and key.isdigit() for key in prices):
            raise serializers.ValidationError("The keys are ids of requisition lines.")
        return {int(key): price for key, price in prices.items()}


class LineChangeSerializer(serializers.Serializer[Any]):
    """What changes on a line; what is left out stays."""

    order_line = serializers.IntegerField()
    quantity = quantity_field(required=False)
    unit_price = price_field(required=False)
    discount_percent = percent_field(required=False)
    needed_on = serializers.DateField(required=False)
    promised_on = serializers.DateField(required=False)


class ReviseOrderSerializer(serializers.Serializer[Any]):
    """A revision: changed lines, new lines, and why."""

    reason = serializers.CharField(max_length=200)
    changes = LineChangeSerializer(many=True, required=False, default=list)
    new_lines = OrderedLineSerializer(many=True, required=False, default=list)

    def validate_new_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines as the service takes them."""
        return ordered_lines(lines)


class WhySerializer(serializers.Serializer[Any]):
    """A reason that may not be left out."""

    reason = serializers.CharField(max_length=200, help_text="Kept in the history")
