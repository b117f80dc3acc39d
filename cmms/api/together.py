"""Verbs on many work orders at once: moves that tell what was refused, and collective time confirmation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api.inputs import keys
from cmms.api.serializers import LaborEntrySerializer
from cmms.choices import LaborKind
from cmms.models import WorkOrder
from cmms.services.closing import close_work_orders, complete_work_orders
from cmms.services.confirming import ConfirmationLine, confirm_work
from cmms.services.moving import Moved, Refused
from cmms.services.planning import approve_work_orders, release_work_orders
from core.api.mixins import CommandMixin
from core.api.serializers import DocumentSerializer

MOST = 500


def key() -> serializers.IntegerField:
    """A primary key; whether the row exists is told with the verb's answer."""
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class WorkOrdersInput(serializers.Serializer[Any]):
    """Which work orders."""

    work_orders = serializers.ListField(child=key(), min_length=1, max_length=MOST)


class MovedOrderSerializer(DocumentSerializer[WorkOrder]):
    """A work order that made the move."""

    class Meta:
        model = WorkOrder
        fields = ("id", "number", "status", "version")


class RefusedOrderSerializer(serializers.Serializer[Refused]):
    """A work order that could not, and why; nothing of it was changed."""

    id = serializers.IntegerField(source="work_order_id")
    number = serializers.CharField(help_text="Empty where there is no such work order")
    code = serializers.CharField(source="error.code")
    detail = serializers.CharField(source="error.message")
    remedy = serializers.CharField(source="error.remedy")


class MovedSerializer(serializers.Serializer[Moved]):
    """What became of each work order."""

    done = MovedOrderSerializer(many=True)
    refused = RefusedOrderSerializer(many=True)


class ConfirmationLineInput(serializers.Serializer[Any]):
    """Hours of a person on a day of the site."""

    work_order = key()
    operation = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None
    )
    person = key()
    hours = serializers.DecimalField(max_digits=8, decimal_places=4)
    worked_on = serializers.DateField()
    kind = serializers.ChoiceField(LaborKind.choices, default=LaborKind.WRENCH)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    is_final = serializers.BooleanField(
        default=False, help_text="The step, or without one the whole work, is done"
    )


class ConfirmInput(serializers.Serializer[Any]):
    """Hours of many work orders."""

    lines: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ConfirmationLineInput(), allow_empty=False, max_length=MOST
    )


class ConfirmedSerializer(serializers.Serializer[Any]):
    """The hours that were booked, the work orders that started and those that are done by it."""

    entries = LaborEntrySerializer(many=True)
    started = MovedOrderSerializer(many=True)
    finished = MovedOrderSerializer(many=True)


TOGETHER = extend_schema(request=WorkOrdersInput, responses=MovedSerializer)


class TogetherMixin(CommandMixin):
    """Verbs of the collection of work orders. The statements do not grow with the number of work orders."""

    @TOGETHER
    @action(detail=False, methods=["post"], url_path="bulk/approve")
    def bulk_approve(self, request: Request) -> Response:
        """Approve those that are drafts; the answer names the others and why."""
        return self._together(approve_work_orders)

    @TOGETHER
    @action(detail=False, methods=["post"], url_path="bulk/release")
    def bulk_release(self, request: Request) -> Response:
        """Hand those that are approved to the floor; the answer names the others and why."""
        return self._together(release_work_orders)

    @TOGETHER
    @action(detail=False, methods=["post"], url_path="bulk/complete")
    def bulk_complete(self, request: Request) -> Response:
        """Agree to the work that is done; the answer names the others and why."""
        return self._together(complete_work_orders)

    @TOGETHER
    @action(detail=False, methods=["post"], url_path="bulk/close")
    def bulk_close(self, request: Request) -> Response:
        """Close those that are completed; the answer names the others and why."""
        return self._together(close_work_orders)

    @extend_schema(request=ConfirmInput, responses={201: ConfirmedSerializer})
    @action(detail=False, methods=["post"])
    def confirm(self, request: Request) -> Response:
        """Book the hours of many work orders, all or none; final lines end steps and work."""
        data = self.read(ConfirmInput)
        lines = [
            ConfirmationLine(**keys(line, "work_order", "operation", "person")) for line in data["lines"]
        ]
        done = confirm_work(lines=lines, actor=self.actor, at=self.at)
        context = self.get_serializer_context()  # type: ignore[attr-defined]
        return Response(ConfirmedSerializer(done, context=context).data, status=201)

    def _together(self, verb: Callable[..., Moved]) -> Response:
        chosen = self.read(WorkOrdersInput)["work_orders"]
        moved = verb(work_order_ids=chosen, actor=self.actor, at=self.at)
        context = self.get_serializer_context()  # type: ignore[attr-defined]
        return Response(MovedSerializer(moved, context=context).data)
