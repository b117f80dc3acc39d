"""Collections of needs, stock and cost."""

from __future__ import annotations

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import inputs, stock_inputs
from cmms.api.serializers import (
    CostEntrySerializer,
    PartsRequestLineSerializer,
    PartsRequestSerializer,
    StockItemSerializer,
    StockMovementSerializer,
)
from cmms.models import CostEntry, PartsRequest, PartsRequestLine, Reservation, StockItem, StockMovement
from cmms.services.counter import issue_over_the_counter
from cmms.services.parts import cancel_request_line
from cmms.services.stock import (
    adjust_stock,
    issue_parts,
    issue_request,
    move_between_bins,
    put_away,
    return_parts,
    set_tracking,
    transfer_stock,
)
from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet

KEPT = Reservation.objects.select_related("stock_item__bin", "stock_item__storeroom")
LINES = (
    PartsRequestLine.objects.select_related("unit")
    .prefetch_related(Prefetch("reservations", queryset=KEPT))
    .order_by("line_number")
)


class PartsRequestViewSet(DocumentViewSet):
    """Parts requests with their lines."""

    queryset = PartsRequest.objects.prefetch_related(Prefetch("lines", queryset=LINES))
    serializer_class = PartsRequestSerializer
    filterset_fields = {
        "number": ["exact"],
        "work_order": ["exact"],
        "requested_by": ["exact"],
        "needed_on": ["lte", "gte"],
    }

    @extend_schema(request=EmptySerializer, responses=PartsRequestSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Hand over all that is reserved."""
        issue_request(parts_request_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()


class PartsRequestLineViewSet(DocumentViewSet):
    """Lines of parts requests."""

    queryset = LINES
    serializer_class = PartsRequestLineSerializer
    filterset_fields = {
        "parts_request": ["exact"],
        "parts_request__work_order": ["exact"],
        "item": ["exact"],
        "kind": ["exact"],
        "supply_state": ["exact"],
        "quantity_reserved": ["gt"],
    }

    @extend_schema(request=stock_inputs.HandOverInput, responses=PartsRequestLineSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Hand over what is reserved, or part of it."""
        data = self.read(stock_inputs.HandOverInput)
        data["picks"] = stock_inputs.picks_of(data["picks"])
        issue_parts(request_line_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.CancelNeedInput, responses=PartsRequestLineSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """The need has gone."""
        data = self.read(inputs.CancelNeedInput)
        cancel_request_line(request_line_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class StockItemViewSet(DocumentViewSet):
    """Balances of items in storerooms."""

    queryset = StockItem.objects.select_related("bin")
    serializer_class = StockItemSerializer
    filterset_fields = {
        "item": ["exact"],
        "item__code": ["exact"],
        "storeroom": ["exact"],
        "quantity_on_hand": ["gt", "lte"],
    }

    @extend_schema(request=inputs.CountInput, responses=StockItemSerializer)
    @action(detail=True, methods=["post"])
    def adjust(self, request: Request, pk: str) -> Response:
        """Book a count."""
        data = self.read(inputs.CountInput)
        adjust_stock(stock_item_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=inputs.TransferInput, responses=StockItemSerializer)
    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, pk: str) -> Response:
        """Move stock to another storeroom."""
        data = inputs.keys(self.read(inputs.TransferInput), "to_storeroom")
        transfer_stock(stock_item_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=stock_inputs.CounterInput, responses={201: StockMovementSerializer})
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Over the counter: ask for it and hand it over in one."""
        data = inputs.keys(self.read(stock_inputs.CounterInput), "work_order")
        picks = stock_inputs.picks_of(data.pop("picks"))
        out = issue_over_the_counter(
            stock_item_id=self.document_id, **data, picks=picks, actor=self.actor, at=self.at
        )
        return Response(StockMovementSerializer(out, context=self.get_serializer_context()).data, status=201)

    @extend_schema(request=stock_inputs.PutAwayInput, responses=StockItemSerializer)
    @action(detail=True, methods=["post"], url_path="put-away")
    def put_away(self, request: Request, pk: str) -> Response:
        """Name the lots or serial numbers of pieces that came without."""
        data = inputs.keys(self.read(stock_inputs.PutAwayInput), "from_bin")
        pieces = stock_inputs.pieces_of(data.pop("pieces"))
        put_away(stock_item_id=self.document_id, pieces=pieces, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=stock_inputs.MoveBinInput, responses=StockItemSerializer)
    @action(detail=True, methods=["post"], url_path="move-bin")
    def move_bin(self, request: Request, pk: str) -> Response:
        """Move pieces to another bin."""
        data = inputs.keys(self.read(stock_inputs.MoveBinInput), "to_bin", "from_bin", "lot")
        data["serial_ids"] = data.pop("serials")
        move_between_bins(stock_item_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=stock_inputs.TrackingInput, responses=StockItemSerializer)
    @action(detail=True, methods=["post"], url_path="set-tracking")
    def set_tracking(self, request: Request, pk: str) -> Response:
        """Track the item by lot or serial number, in all storerooms."""
        data = self.read(stock_inputs.TrackingInput)
        set_tracking(item_id=self.get_object().item_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class StockMovementViewSet(DocumentViewSet):
    """Every change of a balance."""

    queryset = StockMovement.objects.select_related("stock_item")
    serializer_class = StockMovementSerializer
    filterset_fields = {
        "stock_item": ["exact"],
        "stock_item__item": ["exact"],
        "kind": ["exact"],
        "work_order": ["exact"],
        "request_line": ["exact"],
        "document_number": ["exact"],
        "moved_at": ["lt", "gte"],
    }

    @extend_schema(request=inputs.ReturnInput, responses={201: StockMovementSerializer})
    @action(detail=True, methods=["post"], url_path="return")
    def take_back(self, request: Request, pk: str) -> Response:
        """Parts of this issue come back at what they cost."""
        data = self.read(inputs.ReturnInput)
        data["serial_ids"] = data.pop("serials")
        back = return_parts(movement_id=self.document_id, **data, actor=self.actor, at=self.at)
        context = self.get_serializer_context()
        return Response(StockMovementSerializer(back, context=context).data, status=201)


class CostEntryViewSet(DocumentViewSet):
    """The cost ledger of work orders."""

    queryset = CostEntry.objects.all()
    serializer_class = CostEntrySerializer
    filterset_fields = {
        "work_order": ["exact"],
        "operation": ["exact"],
        "asset": ["exact"],
        "cost_centre": ["exact"],
        "bucket": ["exact"],
        "stage": ["exact"],
        "reason": ["exact"],
        "source_key": ["exact"],
        "document_number": ["exact"],
        "is_late": ["exact"],
        "occurred_on": ["lte", "gte"],
    }
