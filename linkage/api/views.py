"""The bridge's collections and the trace."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import require
from core.api.mixins import CommandAPIView
from core.api.viewsets import DocumentViewSet
from linkage.api.serializers import (
    TRACE_KINDS,
    AllocationSerializer,
    BuyerTaskSerializer,
    ResolutionSerializer,
    SetAllocationsSerializer,
    SpendEntrySerializer,
    TraceSerializer,
)
from linkage.filters import AllocationFilter, BuyerTaskFilter, SpendEntryFilter
from linkage.models import Allocation, BuyerTask, SpendEntry
from linkage.selectors.addresses import page_of_node
from linkage.selectors.graph import KINDS, LINE_KINDS, as_seen_by
from linkage.selectors.trace import Scope, trace
from linkage.services.allocations import Share, set_allocations
from linkage.services.handoff import finish_buyer_task


class AllocationViewSet(DocumentViewSet):
    """Who bears which order line."""

    queryset = Allocation.objects.select_related("order_line__order", "work_order").order_by("pk")
    serializer_class = AllocationSerializer
    filterset_class = AllocationFilter

    @extend_schema(request=SetAllocationsSerializer, responses=AllocationSerializer(many=True), filters=False)
    @action(detail=False, methods=["post"], url_path="set", pagination_class=None)
    def set_shares(self, request: Request) -> Response:
        """Change who bears an order line; what is already posted moves along."""
        data = self.read(SetAllocationsSerializer)
        set_allocations(
            order_line_id=data["order_line"],
            shares=[Share(**share) for share in data["shares"]],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )
        rows = self.get_queryset().filter(order_line=data["order_line"])
        return Response(self.get_serializer(rows, many=True).data)


class BuyerTaskViewSet(DocumentViewSet):
    """Needs that went away, for a buyer to decide about."""

    queryset = BuyerTask.objects.select_related(
        "request_line__parts_request__work_order",
        "requisition_line__requisition",
        "order_line__order",
        "done_by",
    ).order_by("pk")
    serializer_class = BuyerTaskSerializer
    filterset_class = BuyerTaskFilter

    @extend_schema(request=ResolutionSerializer, responses=BuyerTaskSerializer)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Tick it off with what was done about it."""
        data = self.read(ResolutionSerializer)
        finish_buyer_task(
            buyer_task_id=self.document_id, resolution=data["resolution"], actor=self.actor, at=self.at
        )
        return self.answer()


class SpendEntryViewSet(DocumentViewSet):
    """Spend that is no work order's."""

    queryset = SpendEntry.objects.select_related("order_line__order").order_by("pk")
    serializer_class = SpendEntrySerializer
    filterset_class = SpendEntryFilter


class TraceView(CommandAPIView):
    """From any document of the chain to all the others."""

    permission_classes = (IsAuthenticated,)
    http_method_names = ["get", "head", "options"]

    @extend_schema(
        operation_id="trace",
        responses=TraceSerializer,
        parameters=[
            OpenApiParameter(
                "kind", str, OpenApiParameter.PATH, enum=TRACE_KINDS, description="The kind of document"
            ),
            OpenApiParameter("id", int, OpenApiParameter.PATH, description="Its id"),
            OpenApiParameter(
                "scope",
                str,
                enum=["all", "direct"],
                default="all",
                description="`direct`: only what led to it and what came of it",
            ),
        ],
    )
    def get(self, request: HttpRequest, kind: str, id: int) -> Response:
        """The whole graph in one call, in a constant number of database statements."""
        require(self.actor, "linkage.view_supplylink")
        if kind in TRACE_KINDS:
            require(self.actor, KINDS[LINE_KINDS.get(kind, kind)][1])
        scope: Scope = "direct" if request.GET.get("scope") == "direct" else "all"
        graph = as_seen_by(trace(kind, id, scope), self.actor)
        body: dict[str, Any] = {
            "root": graph.root,
            "nodes": [
                {
                    "key": node.key, "kind": node.kind, "pk": node.pk, "number": node.number,
                    "title": node.title, "status": node.status, "amount": node.amount,
                    "currency": node.currency, "on": node.on, "url": page_of_node(node, self.actor),
                }
                for node in graph.nodes
            ],
            "edges": [
                {"source": edge.source, "target": edge.target, "label": edge.label} for edge in graph.edges
            ],
            "note": graph.note,
        }  # fmt: skip
        return Response(TraceSerializer(body, context={"request": request}).data)
