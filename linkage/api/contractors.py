"""Contractors on a work order: their hours and what an hour costs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import can_see_costs, require
from core.api.mixins import CommandAPIView
from linkage.selectors.contractors import ContractorHours, contractor_hours
from linkage.services.contractors import log_hours_on_order_line


class ContractorHoursSerializer(serializers.Serializer[Any]):
    """One order line that pays a contractor; amounts in the base currency, null without the right to see costs."""

    order_line = serializers.IntegerField()
    order = serializers.IntegerField()
    contractor = serializers.CharField()
    hours = serializers.DecimalField(max_digits=12, decimal_places=4)
    money = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    effective_rate = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True)
    agreed_rate = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    is_above_agreed = serializers.BooleanField(allow_null=True)


class LogContractorHoursInput(serializers.Serializer[Any]):
    """Hours on a day, paid by an order line that the work order bears."""

    order_line_id = serializers.IntegerField(min_value=1)
    hours = serializers.DecimalField(max_digits=8, decimal_places=4)
    worked_on = serializers.DateField()
    operation_id = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class ContractorHoursView(CommandAPIView):
    """Hours of contractors on one work order."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(responses=ContractorHoursSerializer(many=True))
    def get(self, request: Request, work_order: int) -> Response:
        """The order lines that pay contractors on it."""
        require(self.actor, "linkage.view_supplylink")
        return Response(self._rows(work_order))

    @extend_schema(request=LogContractorHoursInput, responses={201: ContractorHoursSerializer(many=True)})
    def post(self, request: Request, work_order: int) -> Response:
        """Log hours; the answer is as GET gives it."""
        data = self.read(LogContractorHoursInput)
        log_hours_on_order_line(work_order_id=work_order, **data, actor=self.actor, at=self.at)
        return Response(self._rows(work_order), status=201)

    def _rows(self, work_order: int) -> Any:
        costs = can_see_costs(self.actor)
        rows = contractor_hours(work_order, timezone.localdate())
        return ContractorHoursSerializer([_shown(row, costs) for row in rows], many=True).data


def _shown(row: ContractorHours, costs: bool) -> dict[str, Any]:
    return {
        "order_line": row.line.pk,
        "order": row.line.order_id,
        "contractor": row.line.order.supplier.name,
        "hours": row.rate.hours,
        "money": row.rate.money if costs else None,
        "effective_rate": row.rate.effective if costs else None,
        "agreed_rate": row.rate.agreed if costs else None,
        "is_above_agreed": row.rate.is_above if costs else None,
    }
