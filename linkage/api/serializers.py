"""What the API says of links, shares, spend and traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework import serializers

from core.api.serializers import CostAwareSerializer, DocumentSerializer, PersonSerializer
from linkage.choices import AllocationTarget
from linkage.models import Allocation, BuyerTask, SpendEntry
from linkage.selectors.graph import ROOT_KINDS


class AllocationSerializer(DocumentSerializer[Allocation]):
    """A share of an order line: who bears it, in proportion to `weight`; a share that ended keeps weight 0."""

    purchase_order = serializers.IntegerField(source="order_line.order_id")
    purchase_order_number = serializers.CharField(source="order_line.order.number")
    order_line_number = serializers.IntegerField(source="order_line.line_number")
    work_order_number = serializers.CharField(source="work_order.number", default=None, allow_null=True)

    class Meta:
        model = Allocation
        fields = (
            "id", "purchase_order", "purchase_order_number", "order_line", "order_line_number", "target",
            "work_order", "work_order_number", "operation", "request_line", "weight",
        )  # fmt: skip


class ShareSerializer(serializers.Serializer[Any]):
    """A bearer of an order line. Without a work order it is stock or the order's cost centre (`target`)."""

    target = serializers.ChoiceField(choices=AllocationTarget.choices, default=AllocationTarget.WORK_ORDER)
    work_order = serializers.IntegerField(source="work_order_id", min_value=1, default=None, allow_null=True)
    operation = serializers.IntegerField(source="operation_id", min_value=1, default=None, allow_null=True)
    request_line = serializers.IntegerField(
        source="request_line_id", min_value=1, default=None, allow_null=True
    )
    weight = serializers.DecimalField(
        max_digits=18,
        decimal_places=6,
        min_value=0,
        help_text="A quantity, an amount or a percentage; only the proportions count.",
    )


class SetAllocationsSerializer(serializers.Serializer[Any]):
    """Who bears an order line from now on; shares that are not named end."""

    order_line = serializers.IntegerField(min_value=1)
    shares = ShareSerializer(many=True, allow_empty=False)
    reason = serializers.CharField(max_length=200, help_text="Kept in the history")


class BuyerTaskSerializer(DocumentSerializer[BuyerTask]):
    """A need that went away after it was asked for or ordered."""

    work_order = serializers.IntegerField(source="request_line.parts_request.work_order_id")
    work_order_number = serializers.CharField(source="request_line.parts_request.work_order.number")
    requisition = serializers.IntegerField(source="requisition_line.requisition_id")
    requisition_number = serializers.CharField(source="requisition_line.requisition.number")
    purchase_order = serializers.IntegerField(source="order_line.order_id", default=None, allow_null=True)
    purchase_order_number = serializers.CharField(
        source="order_line.order.number", default=None, allow_null=True
    )
    done_by = PersonSerializer(allow_null=True)

    class Meta:
        model = BuyerTask
        fields = (
            "id", "kind", "status", "text", "quantity", "request_line", "work_order", "work_order_number",
            "requisition_line", "requisition", "requisition_number", "order_line", "purchase_order",
            "purchase_order_number", "created_at", "done_at", "done_by", "resolution",
        )  # fmt: skip


class ResolutionSerializer(serializers.Serializer[Any]):
    """What the buyer did about it."""

    resolution = serializers.CharField(
        max_length=300, help_text="For example: kept for stock, cancelled with the supplier"
    )


class SpendEntrySerializer(DocumentSerializer[SpendEntry]):
    """Spend that is no work order's: stock, a cost centre or a variance account; base currency."""

    purchase_order = serializers.IntegerField(source="order_line.order_id")
    purchase_order_number = serializers.CharField(source="order_line.order.number")

    class Meta:
        model = SpendEntry
        cost_fields = ("amount",)
        fields = (
            "id", "account", "stage", "amount", "cost_centre", "purchase_order", "purchase_order_number",
            "order_line", "source_key", "occurred_on", "posted_at",
        )  # fmt: skip


class TraceNodeSerializer(CostAwareSerializer):
    """A document of the chain."""

    cost_fields: ClassVar[Sequence[str]] = ("amount",)

    key = serializers.CharField(read_only=True, help_text="'<kind>:<id>', unique in the graph")
    kind = serializers.CharField(read_only=True)
    id = serializers.IntegerField(source="pk", read_only=True)
    number = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    amount = serializers.DecimalField(max_digits=16, decimal_places=4, read_only=True, allow_null=True)
    currency = serializers.CharField(read_only=True)
    date = serializers.DateField(source="on", read_only=True, allow_null=True)
    url = serializers.CharField(read_only=True, help_text="Its page, empty where there is none for you")


class TraceEdgeSerializer(serializers.Serializer[Any]):
    """One document led to another."""

    source = serializers.CharField(read_only=True)  # type: ignore[assignment]
    target = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)  # type: ignore[assignment]


class TraceSerializer(serializers.Serializer[Any]):
    """The chain of a document as a graph."""

    root = serializers.CharField(  # type: ignore[assignment]
        read_only=True, help_text="The key of the document asked for"
    )
    nodes = TraceNodeSerializer(many=True, read_only=True)
    edges = TraceEdgeSerializer(many=True, read_only=True)
    note = serializers.CharField(read_only=True, help_text="What was left out, if anything")


TRACE_KINDS: Sequence[str] = ROOT_KINDS
