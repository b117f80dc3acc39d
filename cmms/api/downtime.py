"""Stops and failures: what people and machines say, and the vocabulary it is said in."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from cmms.api.inputs import KeyField, MustSayWhy, optional
from cmms.models import (
    Asset,
    DowntimeEvent,
    DowntimeRule,
    StopFeed,
    WorkOrder,
)
from cmms.services.downtime import (
    StopMessage,
    attach_downtime,
    correct_downtime,
    end_downtime,
    ingest_stops,
    start_downtime,
    void_downtime,
)
from cmms.services.downtime.feeds import BadSignature, StaleMessage, verified_feed
from cmms.services.downtime.ingesting import MOST_AT_ONCE
from core.api.mixins import CommandMixin
from core.api.serializers import DocumentSerializer, MasterDataSerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet


class DowntimeSerializer(DocumentSerializer[DowntimeEvent]):
    """A stretch in which an asset cannot run."""

    class Meta:
        model = DowntimeEvent
        fields = (
            "id", "asset", "source", "feed", "external_id", "started_at", "ended_at", "ended_by_next", "is_planned",
            "reason", "work_order", "work_request", "rule", "repeat_of", "reported_at", "reported_by", "said_at",
            "corrected_at", "voided_at", "void_reason",
        )  # fmt: skip


class StopInput(serializers.Serializer[Any]):
    """A stop, now or earlier."""

    asset = KeyField(Asset)
    started_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ended_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    is_planned = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)
    work_order = optional(WorkOrder)


class EndInput(serializers.Serializer[Any]):
    """When it ran again; left out: now."""

    ended_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class CorrectInput(MustSayWhy):
    """What the stop really was."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    is_planned = serializers.BooleanField(default=False)
    words = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why it stood; left out: as it was"
    )


class AttachInput(serializers.Serializer[Any]):
    """The work order that deals with it; null: none."""

    work_order = KeyField(WorkOrder, allow_null=True)


class DowntimeViewSet(DocumentViewSet):
    """Stops of assets."""

    queryset = DowntimeEvent.objects.all()
    serializer_class = DowntimeSerializer
    filterset_fields = {
        "asset": ["exact"],
        "source": ["exact"],
        "feed": ["exact"],
        "external_id": ["exact"],
        "is_planned": ["exact"],
        "work_order": ["exact"],
        "started_at": ["lt", "gte"],
        "ended_at": ["isnull", "lt", "gte"],
        "voided_at": ["isnull"],
    }

    @extend_schema(request=StopInput, responses={201: DowntimeSerializer})
    def create(self, request: Request) -> Response:
        """The asset is down."""
        data = self.read(StopInput)
        made = start_downtime(
            asset_id=data.pop("asset"),
            work_order_id=data.pop("work_order"),
            **data,
            actor=self.actor,
            at=self.at,
        )
        return self.answer(made.pk, status=201)

    @extend_schema(request=EndInput, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """The asset can run again."""
        end_downtime(downtime_id=self.document_id, **self.read(EndInput), actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=CorrectInput, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Put its times right; the history keeps the earlier ones."""
        data = self.read(CorrectInput)
        correct_downtime(downtime_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """It never was."""
        data = self.read(MustSayWhy)
        void_downtime(downtime_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=AttachInput, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def attach(self, request: Request, pk: str) -> Response:
        """Which work order deals with it."""
        order = self.read(AttachInput)["work_order"]
        attach_downtime(downtime_id=self.document_id, work_order_id=order, actor=self.actor, at=self.at)
        return self.answer()


class StopMessageSerializer(serializers.Serializer[Any]):
    """All that a platform knows of one stop at `said_at`."""

    external_id = serializers.CharField(max_length=120, help_text="The platform's own id of the stop")
    asset = serializers.CharField(max_length=40, help_text="The asset's code")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Left out: it still stands"
    )
    said_at = serializers.DateTimeField(
        help_text="By the platform's clock; the latest message of a stop holds"
    )
    is_planned = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class StopMessagesSerializer(serializers.Serializer[Any]):
    """Several stops at once: all are taken, or none."""

    events: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=StopMessageSerializer(), allow_empty=False, max_length=MOST_AT_ONCE
    )


class IngestedSerializer(serializers.Serializer[Any]):
    """The stops as they stand now, in the order they were sent."""

    results = DowntimeSerializer(many=True)


SIGNED = [
    OpenApiParameter("webhook-feed", str, OpenApiParameter.HEADER, required=True, description="The feed's code"),
    OpenApiParameter("webhook-id", str, OpenApiParameter.HEADER, required=True, description="Id of this message"),
    OpenApiParameter(
        "webhook-timestamp", str, OpenApiParameter.HEADER, required=True, description="Seconds since 1970"
    ),
    OpenApiParameter(
        "webhook-signature", str, OpenApiParameter.HEADER, required=True,
        description="Standard Webhooks: v1,base64(HMAC-SHA256(key, 'id.timestamp.body'))",
    ),
]  # fmt: skip


class Refused(AuthenticationFailed):
    """401 with a code of its own."""

    def __init__(self, refusal: BadSignature | StaleMessage) -> None:
        super().__init__(str(refusal), code=refusal.code)


class IngestView(CommandMixin, APIView):
    """Stops from machines, signed as Standard Webhooks. Any order, any number of times: the same state."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "machines"

    @extend_schema(
        operation_id="downtime_events_ingest",
        parameters=SIGNED,
        request=StopMessagesSerializer,
        responses={200: IngestedSerializer},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Take over what the platform says."""
        feed, body = self._verified(request._request)
        try:
            sent = json.loads(body)
        except ValueError as wrong:
            raise ParseError("The body is not JSON.") from wrong
        reader = StopMessagesSerializer(data=sent if isinstance(sent, dict) else {"events": sent})
        reader.is_valid(raise_exception=True)
        messages = [
            StopMessage(asset_code=each.pop("asset"), **each) for each in reader.validated_data["events"]
        ]
        stops = ingest_stops(feed=feed, messages=messages, at=self.at)
        return Response({"results": DowntimeSerializer(stops, many=True).data})

    def _verified(self, request: HttpRequest) -> tuple[StopFeed, bytes]:
        """The feed that signed the untouched body."""
        body, now = request.body, datetime.fromtimestamp(self.at.timestamp(), tz=self.at.tzinfo)
        header = request.headers.get
        try:
            feed = verified_feed(
                code=header("webhook-feed", "")[:40],
                message_id=header("webhook-id", "")[:200],
                timestamp=header("webhook-timestamp", ""),
                sent=header("webhook-signature", "")[:2000],
                body=body,
                at=now,
            )
        except (BadSignature, StaleMessage) as refusal:
            raise Refused(refusal) from refusal
        return feed, body

    def get_authenticate_header(self, request: Request) -> str:
        """So that a refused signature is a 401."""
        return 'Webhook realm="tenon"'


class DowntimeRuleSerializer(MasterDataSerializer[DowntimeRule]):
    """Which stops become work."""

    class Meta:
        model = DowntimeRule
        fields = (
            "id", "name", "asset", "asset_class", "site", "longer_than_minutes", "repeats", "within_hours",
            "link_within_hours", "opens", "priority", "is_active",
        )  # fmt: skip


class DowntimeRuleViewSet(MasterDataViewSet):
    """Rules of stops."""

    queryset = DowntimeRule.objects.all()
    serializer_class = DowntimeRuleSerializer
    filterset_fields = ("asset", "asset_class", "site", "is_active")
