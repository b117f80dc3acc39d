"""Requisitions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.serializers import CostAwareSerializer, DocumentSerializer, PersonSerializer
from procurement.api.serializers.inputs import BoughtLineSerializer, bought_lines, found, price_field
from procurement.models import Approval, Requisition, RequisitionLine, Supplier


class ApprovalSerializer(CostAwareSerializer, serializers.ModelSerializer[Approval]):
    """One decision, with the rule it was made under."""

    decided_by = PersonSerializer(read_only=True)

    class Meta:
        model = Approval
        fields = ("id", "decision", "amount", "rule", "reason", "decided_at", "decided_by")
        read_only_fields = fields
        cost_fields = ("amount", "rule")


class RequisitionLineSerializer(CostAwareSerializer, serializers.ModelSerializer[RequisitionLine]):
    """One thing to buy and how much of it is ordered."""

    unit_code = serializers.CharField(source="unit.code", read_only=True)
    item_code = serializers.CharField(source="item.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = RequisitionLine
        fields = (
            "id", "line_number", "kind", "item", "item_code", "category", "description", "quantity", "unit",
            "unit_code", "estimated_unit_price", "suggested_supplier", "destination", "deliver_to",
            "needed_on", "origin_key", "origin_label", "quantity_ordered", "quantity_cancelled",
        )  # fmt: skip
        read_only_fields = fields
        cost_fields = ("estimated_unit_price",)


class RequisitionSerializer(DocumentSerializer[Requisition]):
    """A request to buy; `total` is an estimate in the base currency."""

    requester = PersonSerializer()
    lines = RequisitionLineSerializer(many=True)
    approvals = ApprovalSerializer(many=True)

    class Meta:
        model = Requisition
        fields = (
            "id", "number", "version", "status", "requester", "site", "cost_centre", "reason", "needed_on",
            "origin_key", "origin_label", "total", "created_at", "submitted_at", "decided_at", "lines",
            "approvals",
        )  # fmt: skip
        cost_fields = ("total",)


class RequestedLineSerializer(BoughtLineSerializer):
    """One thing to buy, as it is asked for; the estimate is in the base currency."""

    estimated_unit_price = price_field(default=Decimal(0))
    suggested_supplier = serializers.IntegerField(required=False, allow_null=True, default=None)


class CreateRequisitionSerializer(serializers.Serializer[Any]):
    """A new requisition; `submit` sends it for approval at once."""

    site = serializers.IntegerField()
    cost_centre = serializers.IntegerField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")
    needed_on = serializers.DateField(required=False, allow_null=True, default=None)
    submit = serializers.BooleanField(default=False)
    lines = RequestedLineSerializer(many=True, allow_empty=False)

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines as the service takes them."""
        completed = bought_lines(lines)
        found(Supplier, (line["suggested_supplier"] for line in completed), "lines")
        for line in completed:
            line["suggested_supplier_id"] = line.pop("suggested_supplier")
        return completed


class CancelRequisitionSerializer(serializers.Serializer[Any]):
    """Why it is no longer needed."""

    reason = serializers.CharField(max_length=200)
