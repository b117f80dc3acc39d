"""One work order as a whole."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cmms.api.serializers import (
    EstimateLineSerializer,
    FiguresSerializer,
    FlagsSerializer,
    OperationSerializer,
    WorkOrderSerializer,
)
from cmms.models import WorkOrder
from cmms.selectors import work_order_flags
from core.access import can_see_costs


class WorkOrderDetailSerializer(WorkOrderSerializer):
    """A work order with its steps, its estimate, its cost by stage and its flags."""

    operations = OperationSerializer(many=True)
    estimate_lines = EstimateLineSerializer(many=True)
    costs = serializers.SerializerMethodField(help_text="By stage, in the base currency")
    flags = serializers.SerializerMethodField(help_text="Computed, not states")

    class Meta(WorkOrderSerializer.Meta):
        fields = (*WorkOrderSerializer.Meta.fields, "operations", "estimate_lines", "costs", "flags")
        cost_fields = ("costs",)

    @extend_schema_field(FiguresSerializer(allow_null=True))
    def get_costs(self, order: WorkOrder) -> dict[str, Any] | None:
        """Cost by stage; one statement, none for who may not see it."""
        request = self.context.get("request")
        if request is None or not can_see_costs(request.user):
            return None
        figures = {**order.cost_entries.by_stage(), "currency": settings.BASE_CURRENCY}
        return dict(FiguresSerializer(figures).data)

    @extend_schema_field(FlagsSerializer())
    def get_flags(self, order: WorkOrder) -> dict[str, Any]:
        """What is computed about it."""
        shown = dict(FlagsSerializer(work_order_flags([order.pk], timezone.now())[order.pk]).data)
        request = self.context.get("request")
        if request is None or not can_see_costs(request.user):
            shown["is_over_estimate"] = None
        return shown
