"""The collections of match runs and holds."""

from __future__ import annotations

from functools import partial

from celery import current_app
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import DocumentViewSet
from procurement.api.serializers.invoices import (
    HoldSerializer,
    MatchRunSerializer,
    RunProgressSerializer,
    StartMatchRunSerializer,
)
from procurement.api.serializers.orders import WhySerializer
from procurement.filters import HoldApiFilter, MatchRunFilter
from procurement.models import Hold, MatchRun
from procurement.services.holds import release_hold
from procurement.services.match_runs import run_progress, start_match_run


class MatchRunViewSet(DocumentViewSet):
    """Jobs that match any number of invoices."""

    queryset = MatchRun.objects.select_related("requested_by")
    serializer_class = MatchRunSerializer
    filterset_class = MatchRunFilter

    @extend_schema(request=StartMatchRunSerializer, responses={201: MatchRunSerializer})
    def create(self, request: Request) -> Response:
        """Start a run; read its progress under `progress`."""
        data = self.read(StartMatchRunSerializer)
        run = start_match_run(invoice_ids=data["invoices"], actor=self.actor, at=self.at)
        job = current_app.signature("procurement.run_match", args=(run.pk,))
        transaction.on_commit(partial(job.delay))
        return self.answer(run.pk, status=201)

    @extend_schema(responses=RunProgressSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def progress(self, request: Request, pk: str) -> Response:
        """How far the run is."""
        return Response(RunProgressSerializer(run_progress(run_id=self.get_object().pk)).data)


class HoldViewSet(DocumentViewSet):
    """Why invoices wait."""

    queryset = Hold.objects.select_related("invoice", "resolved_by")
    serializer_class = HoldSerializer
    filterset_class = HoldApiFilter

    @extend_schema(request=WhySerializer, responses=HoldSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Accept the variance with a reason; not for who entered the invoice."""
        data = self.read(WhySerializer)
        release_hold(hold_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()
