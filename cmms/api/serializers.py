"""How the documents and facts of the work half are read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cmms.choices import RequestLineKind
from cmms.decisions.supply_words import Need, need_in_words
from cmms.models import (
    CostEntry,
    EstimateLine,
    LaborEntry,
    Operation,
    PartsRequest,
    PartsRequestLine,
    StockItem,
    StockMovement,
    WorkOrder,
    WorkRequest,
)
from core.api.serializers import CostAwareSerializer, DocumentSerializer


class WorkRequestSerializer(DocumentSerializer[WorkRequest]):
    """A reported fault."""

    class Meta:
        model = WorkRequest
        fields = (
            "id", "number", "status", "description", "asset", "location", "site", "department", "requester",
            "requester_name", "requester_email", "is_asset_down", "priority", "photo", "work_order", "decided_at", "decided_by",
            "decision_reason", "created_at", "created_by", "version",
        )  # fmt: skip


class OperationSerializer(DocumentSerializer[Operation]):
    """One step of a work order; `after`: the steps it waits for."""

    after = serializers.SerializerMethodField()
    qualifications = serializers.SerializerMethodField(help_text="Asked for on the day of the work")

    class Meta:
        model = Operation
        fields = (
            "id", "work_order", "sequence", "title", "instructions", "instructions_revision", "execution", "craft",
            "estimated_hours", "status", "done_at", "done_by", "sign_off", "times_reopened", "needs_certificate",
            "certificate", "rework_of", "after", "qualifications",
        )  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_after(self, step: Operation) -> list[int]:
        """Keys of the steps it waits for (links are fetched with the steps)."""
        return sorted(link.predecessor_id for link in step.predecessor_links.all())

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_qualifications(self, step: Operation) -> list[int]:
        """Keys of the qualifications."""
        return sorted(link.qualification_id for link in step.qualification_links.all())


class EstimateLineSerializer(DocumentSerializer[EstimateLine]):
    """One line of an estimate, in the base currency."""

    class Meta:
        model = EstimateLine
        fields = ("id", "operation", "bucket", "description", "quantity", "unit_cost", "amount")
        cost_fields = ("unit_cost", "amount")


class WorkOrderSerializer(DocumentSerializer[WorkOrder]):
    """A work order in a list."""

    class Meta:
        model = WorkOrder
        fields: tuple[str, ...] = (
            "id", "number", "title", "description", "type", "priority", "status", "asset", "location", "site",
            "cost_centre", "program", "parent", "requester", "department", "assignee", "contractor_name", "due_at",
            "reported_at", "approved_at", "approved_by", "released_at", "started_at", "work_done_at", "completed_at",
            "closed_at", "cancelled_at", "hold_reason", "completion_note", "closing_note",
            "needs_permit", "permit_number", "permit_valid_until", "created_at", "created_by", "version",
        )  # fmt: skip


class FiguresSerializer(serializers.Serializer[Any]):
    """Cost by stage, in the base currency."""

    estimate = serializers.DecimalField(max_digits=16, decimal_places=4)
    committed = serializers.DecimalField(max_digits=16, decimal_places=4)
    accrued = serializers.DecimalField(max_digits=16, decimal_places=4)
    actual = serializers.DecimalField(max_digits=16, decimal_places=4)
    currency = serializers.CharField()


class AssetCostsSerializer(CostAwareSerializer):
    """Cost of an asset with everything below it."""

    cost_fields = ("costs",)
    asset = serializers.IntegerField()
    costs = FiguresSerializer(allow_null=True)


class FlagsSerializer(serializers.Serializer[Any]):
    """What is computed about a work order."""

    overdue = serializers.BooleanField()
    parts = serializers.CharField(help_text="none, short, on_order, arrived, reserved or complete")
    open_operations = serializers.IntegerField()
    is_part_late = serializers.BooleanField(help_text="Something missing was expected before today")
    vendor = serializers.CharField(help_text="none, requested, ordered, late or arrived")
    permit = serializers.CharField(help_text="none (not needed), missing, over or in_force")
    signature = serializers.CharField(help_text="none (not needed), missing (or void) or signed")
    is_inspection_open = serializers.BooleanField()
    open_findings = serializers.IntegerField(help_text="Nonconformances that are not settled")
    is_over_estimate = serializers.BooleanField(
        allow_null=True,
        help_text="Spent, received and ordered exceed the estimate; null without the right to see costs",
    )


class NeedStateSerializer(serializers.Serializer[Any]):
    """One part of a need's state, in words."""

    text = serializers.CharField()
    tone = serializers.CharField(help_text="good, busy, wait, bad or calm")


class PartsRequestLineSerializer(DocumentSerializer[PartsRequestLine]):
    """One need: what is reserved, handed over, on its way."""

    unit = serializers.CharField(source="unit.code")
    short = serializers.DecimalField(source="quantity_short", max_digits=14, decimal_places=4)
    state = serializers.SerializerMethodField(help_text="What became of it, in words")

    class Meta:
        model = PartsRequestLine
        fields = (
            "id", "parts_request", "line_number", "kind", "operation", "item", "storeroom", "description", "photo",
            "unit", "quantity", "estimated_unit_cost", "quantity_reserved", "quantity_issued", "quantity_arrived",
            "quantity_cancelled", "short", "supply_state", "supply_document", "expected_on", "arrived_at", "state",
        )  # fmt: skip
        cost_fields = ("estimated_unit_cost",)

    @extend_schema_field(NeedStateSerializer(many=True))
    def get_state(self, line: PartsRequestLine) -> list[dict[str, str]]:
        """The same words as on the pages."""
        return [{"text": phrase.text, "tone": phrase.tone} for phrase in need_in_words(_need(line))]


def _need(line: PartsRequestLine) -> Need:
    kept = [each.stock_item for each in line.reservations.all() if each.quantity]
    return Need(
        quantity=line.quantity,
        unit=line.unit.code,
        reserved=line.quantity_reserved,
        issued=line.quantity_issued,
        arrived=line.quantity_arrived,
        cancelled=line.quantity_cancelled,
        is_service=line.kind == RequestLineKind.SERVICE,
        places=[f"bin {each.bin.code}" if each.bin else each.storeroom.name for each in kept],
        supply_state=line.supply_state,
        supply_document=line.supply_document,
        expected_on=line.expected_on,
    )


class PartsRequestSerializer(DocumentSerializer[PartsRequest]):
    """One asking, with its lines."""

    lines = PartsRequestLineSerializer(many=True)

    class Meta:
        model = PartsRequest
        fields = (
            "id", "number", "work_order", "requested_by", "needed_on", "note", "lines", "created_at", "created_by",
            "version",
        )  # fmt: skip


class LaborEntrySerializer(DocumentSerializer[LaborEntry]):
    """Hours worked, at the rate of that day."""

    class Meta:
        model = LaborEntry
        fields = (
            "id", "work_order", "operation", "person", "contractor_name", "charge_key", "craft", "kind", "is_overtime",
            "started_at", "ended_at", "hours", "hourly_rate",
            "amount", "note", "reverses", "entered_at", "entered_by",
        )  # fmt: skip
        cost_fields = ("hourly_rate", "amount")


class StockItemSerializer(DocumentSerializer[StockItem]):
    """A balance, in the item's unit; value in the base currency."""

    available = serializers.SerializerMethodField(help_text="On hand and promised to nobody")
    bin_code = serializers.CharField(source="bin.code", default="", help_text="Where it lies")

    class Meta:
        model = StockItem
        fields = (
            "id", "item", "storeroom", "bin", "bin_code", "quantity_on_hand", "quantity_reserved", "available", "value",
            "reorder_point", "reorder_quantity", "max_level", "safety_stock", "lead_time_days", "abc_class", "tracking",
            "is_detailed",
        )  # fmt: skip
        cost_fields = ("value",)

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=4))
    def get_available(self, row: StockItem) -> str:
        """On hand less promised."""
        free: Decimal = row.quantity_on_hand - row.quantity_reserved
        return f"{free:.4f}"


class StockMovementSerializer(DocumentSerializer[StockMovement]):
    """One change of a balance."""

    item = serializers.IntegerField(source="stock_item.item_id")
    storeroom = serializers.IntegerField(source="stock_item.storeroom_id")

    class Meta:
        model = StockMovement
        fields = (
            "id", "stock_item", "item", "storeroom", "kind", "quantity", "unit_cost", "value", "quantity_after",
            "value_after", "work_order", "request_line", "transfer_line", "source_key", "document_number", "note", "reverses", "moved_at",
            "moved_by",
        )  # fmt: skip
        cost_fields = ("unit_cost", "value", "value_after")


class CostEntrySerializer(DocumentSerializer[CostEntry]):
    """One posting of the cost ledger; `amount` in the base currency, `amount_document` in `currency`."""

    class Meta:
        model = CostEntry
        fields = (
            "id", "work_order", "operation", "asset", "cost_centre", "bucket", "stage", "reason", "quantity",
            "unit_cost", "amount", "currency", "amount_document", "source_key", "document_number", "description",
            "is_late", "reverses", "occurred_on", "posted_at", "posted_by",
        )  # fmt: skip
        cost_fields = ("unit_cost", "amount", "amount_document")
