"""Suppliers and agreements."""

from __future__ import annotations

from rest_framework import serializers

from core.api.serializers import CostAwareSerializer, DocumentSerializer, MasterDataSerializer
from procurement.models import Agreement, AgreementLine, Supplier


class SupplierSerializer(MasterDataSerializer[Supplier]):
    """A firm we buy from; its status changes by approving and blocking."""

    class Meta:
        model = Supplier
        fields = (
            "id", "code", "name", "status", "tax_number", "endpoint_id", "currency", "payment_terms_days",
            "email", "phone", "address", "match_level",
        )  # fmt: skip
        read_only_fields = ("status",)


class AgreementLineSerializer(CostAwareSerializer, serializers.ModelSerializer[AgreementLine]):
    """A price for an item from a quantity on."""

    item_code = serializers.CharField(source="item.code", read_only=True)

    class Meta:
        model = AgreementLine
        fields = ("id", "item", "item_code", "minimum_quantity", "unit_price", "lead_time_days", "rank")
        read_only_fields = fields
        cost_fields = ("unit_price",)


class AgreementSerializer(DocumentSerializer[Agreement]):
    """What a supplier has agreed to."""

    supplier_name = serializers.CharField(source="supplier.name")
    lines = AgreementLineSerializer(many=True)

    class Meta:
        model = Agreement
        fields = (
            "id", "number", "version", "supplier", "supplier_name", "title", "currency", "valid_from",
            "valid_to", "is_active", "lines",
        )  # fmt: skip
