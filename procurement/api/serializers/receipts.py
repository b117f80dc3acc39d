"""Receipts, acceptances, returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from core.api.serializers import DocumentSerializer, PersonSerializer
from procurement.api.serializers.inputs import quantity_field
from procurement.choices import ReceiptKind
from procurement.models import GoodsReceipt, GoodsReceiptLine


class GoodsReceiptLineSerializer(serializers.ModelSerializer[GoodsReceiptLine]):
    """How much of one order line."""

    class Meta:
        model = GoodsReceiptLine
        fields = ("id", "order_line", "quantity", "quantity_rejected", "rejection_reason")
        read_only_fields = fields


class GoodsReceiptSerializer(DocumentSerializer[GoodsReceipt]):
    """What came or went back; the kind gives the direction."""

    order_number = serializers.CharField(source="order.number")
    received_by = PersonSerializer()
    lines = GoodsReceiptLineSerializer(many=True)

    class Meta:
        model = GoodsReceipt
        fields = (
            "id", "number", "order", "order_number", "kind", "delivery_note", "note", "reverses", "received_at",
            "received_by", "lines",
        )  # fmt: skip


class ReceivedLineSerializer(serializers.Serializer[Any]):
    """How much came, rejected pieces included."""

    order_line = serializers.IntegerField()
    quantity = quantity_field()
    quantity_rejected = quantity_field(default=Decimal(0))
    rejection_reason = serializers.CharField(max_length=200, allow_blank=True, default="")


class ReturnedLineSerializer(serializers.Serializer[Any]):
    """How much goes back."""

    order_line = serializers.IntegerField()
    quantity = quantity_field()


class ReceiveSerializer(serializers.Serializer[Any]):
    """A delivery, or the acceptance of a service."""

    kind = serializers.ChoiceField(
        choices=[ReceiptKind.DELIVERY, ReceiptKind.ACCEPTANCE], default=ReceiptKind.DELIVERY
    )
    delivery_note = serializers.CharField(max_length=60, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    lines = ReceivedLineSerializer(many=True, allow_empty=False)


class ReturnSerializer(serializers.Serializer[Any]):
    """Goods that go back to the supplier."""

    delivery_note = serializers.CharField(max_length=60, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    lines = ReturnedLineSerializer(many=True, allow_empty=False)
