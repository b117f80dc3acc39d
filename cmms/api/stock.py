"""Collections of the stores: bins, lots, serial numbers, promises, transfers, counts, proposals to buy."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import stock_inputs as inputs
from cmms.api import stock_serializers as shown
from cmms.api.inputs import MustSayWhy, keys
from cmms.api.serializers import StockMovementSerializer
from cmms.models import (
    Bin,
    Fitting,
    Lot,
    Reservation,
    Serial,
    StockCount,
    StockCountLine,
    StockItem,
    StockLevel,
    StockPlacement,
    StockTransfer,
    StockTransferLine,
)
from cmms.selectors.reorder import to_reorder
from cmms.services.components import fit_component, remove_component, store_component
from cmms.services.promises import move_promise
from cmms.services.stock import (
    add_count_line,
    approve_count,
    ask_to_refill,
    cancel_count,
    receive_transfer,
    record_count,
    reopen_count,
    send_transfer,
    start_count,
    submit_count,
    undo_transfer,
)
from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet


class BinViewSet(MasterDataViewSet):
    """Shelf places."""

    queryset = Bin.objects.all()
    serializer_class = shown.BinSerializer
    filterset_fields = ("storeroom", "code")


class LotViewSet(DocumentViewSet):
    """Lots."""

    queryset = Lot.objects.all()
    serializer_class = shown.LotSerializer
    filterset_fields = {"item": ["exact"], "number": ["exact"], "expires_on": ["lt", "gte"]}


class SerialViewSet(DocumentViewSet):
    """Serial numbers, each in its one place."""

    queryset = Serial.objects.all()
    serializer_class = shown.SerialSerializer
    filterset_fields = ("item", "number", "status", "stock_item", "work_order", "asset")

    @extend_schema(request=inputs.StoreInput, responses={201: StockMovementSerializer})
    @action(detail=True, methods=["post"])
    def store(self, request: Request, pk: str) -> Response:
        """A removed part goes into a storeroom, at no value."""
        data = keys(self.read(inputs.StoreInput), "storeroom", "bin")
        movement = store_component(serial_id=self.document_id, **data, actor=self.actor, at=self.at)
        return Response(
            StockMovementSerializer(movement, context=self.get_serializer_context()).data, status=201
        )


class StockLevelViewSet(DocumentViewSet):
    """What lies in which bin, of which lot; balances that lie whole in one bin have none."""

    queryset = StockLevel.objects.filter(quantity__gt=0)
    serializer_class = shown.StockLevelSerializer
    filterset_fields = ("stock_item", "stock_item__storeroom", "bin", "lot")


class StockPlacementViewSet(DocumentViewSet):
    """How pieces came into their bins: where-used of lots and serial numbers."""

    queryset = StockPlacement.objects.select_related("movement")
    serializer_class = shown.StockPlacementSerializer
    filterset_fields = ("stock_item", "movement", "movement__work_order", "lot", "serial", "bin")


class FittingViewSet(DocumentViewSet):
    """Numbered parts in assets, now and before."""

    queryset = Fitting.objects.select_related("serial")
    serializer_class = shown.FittingSerializer
    filterset_fields = {
        "serial": ["exact"],
        "asset": ["exact"],
        "fitted_work_order": ["exact"],
        "removed_work_order": ["exact"],
        "removed_at": ["isnull"],
    }

    @extend_schema(request=inputs.FitInput, responses={201: shown.FittingSerializer})
    def create(self, request: Request) -> Response:
        """A part is in the asset from now on."""
        data = keys(self.read(inputs.FitInput), "work_order", "item", "asset")
        return self.answer(fit_component(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.RemoveInput, responses=shown.FittingSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """It comes out."""
        data = keys(self.read(inputs.RemoveInput), "work_order")
        remove_component(fitting_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class ReservationViewSet(DocumentViewSet):
    """Promises of stock."""

    queryset = Reservation.objects.select_related("request_line__parts_request__work_order")
    serializer_class = shown.ReservationSerializer
    filterset_fields = {
        "stock_item": ["exact"],
        "request_line": ["exact"],
        "request_line__parts_request__work_order": ["exact"],
        "quantity": ["gt"],
    }

    @extend_schema(request=inputs.MovePromiseInput, responses=shown.ReservationSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Give it to more urgent work; answers the promise that it became."""
        data = keys(self.read(inputs.MovePromiseInput), "to_line")
        return self.answer(
            move_promise(reservation_id=self.document_id, **data, actor=self.actor, at=self.at).pk
        )


class StockTransferViewSet(DocumentViewSet):
    """Goods between storerooms."""

    queryset = StockTransfer.objects.prefetch_related(
        Prefetch("lines", queryset=StockTransferLine.objects.order_by("pk"))
    )
    serializer_class = shown.StockTransferSerializer
    filterset_fields = ("number", "status", "from_storeroom", "to_storeroom")

    @extend_schema(request=inputs.SendInput, responses={201: shown.StockTransferSerializer})
    def create(self, request: Request) -> Response:
        """Send goods."""
        data = keys(self.read(inputs.SendInput), "to_storeroom")
        lines = inputs.transfer_lines(data.pop("lines"))
        return self.answer(send_transfer(lines=lines, **data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.ReceiveInput, responses=shown.StockTransferSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:
        """Book what arrived."""
        lines = self.read(inputs.ReceiveInput)["lines"]
        receive_transfer(
            transfer_id=self.document_id,
            quantities=None if lines is None else {each["line"]: each["quantity"] for each in lines},
            bins={each["line"]: each["bin"] for each in lines or () if each["bin"]},
            actor=self.actor,
            at=self.at,
        )
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=shown.StockTransferSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Bring it back."""
        undo_transfer(transfer_id=self.document_id, **self.read(MustSayWhy), actor=self.actor, at=self.at)
        return self.answer()


class StockCountViewSet(DocumentViewSet):
    """Counts of the shelves."""

    queryset = StockCount.objects.all()
    serializer_class = shown.StockCountSerializer
    filterset_fields = ("number", "status", "storeroom")

    @extend_schema(request=inputs.StartCountInput, responses={201: shown.StockCountSerializer})
    def create(self, request: Request) -> Response:
        """Make a sheet."""
        data = keys(self.read(inputs.StartCountInput), "storeroom")
        data["bin_ids"], data["stock_item_ids"] = data.pop("bins"), data.pop("stock_items")
        return self.answer(start_count(**data, actor=self.actor, at=self.at).pk, status=201)

    @extend_schema(request=inputs.FoundInput, responses={201: shown.StockCountLineSerializer})
    @action(detail=True, methods=["post"], url_path="add-line")
    def add_line(self, request: Request, pk: str) -> Response:
        """A bin or lot that the sheet has not."""
        data = keys(self.read(inputs.FoundInput), "stock_item", "bin")
        line = add_count_line(count_id=self.document_id, **data, actor=self.actor, at=self.at)
        context = self.get_serializer_context()
        return Response(shown.StockCountLineSerializer(line, context=context).data, status=201)

    @extend_schema(request=inputs.SubmitInput, responses=shown.StockCountSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """All is counted: post the difference, or have it approved."""
        submit_count(count_id=self.document_id, **self.read(inputs.SubmitInput), actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=shown.StockCountSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """A second person agrees; it is posted."""
        approve_count(count_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=shown.StockCountSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """What differs is counted again."""
        reopen_count(count_id=self.document_id, **self.read(MustSayWhy), actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=MustSayWhy, responses=shown.StockCountSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give it up."""
        cancel_count(count_id=self.document_id, **self.read(MustSayWhy), actor=self.actor, at=self.at)
        return self.answer()


class StockCountLineViewSet(DocumentViewSet):
    """Lines of counts."""

    queryset = StockCountLine.objects.select_related("count")
    serializer_class = shown.StockCountLineSerializer
    filterset_fields = {"count": ["exact"], "stock_item": ["exact"], "counted_quantity": ["isnull"]}

    @extend_schema(request=inputs.RecordInput, responses=shown.StockCountLineSerializer)
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        """Note what lies there."""
        record_count(
            count_line_id=self.document_id, **self.read(inputs.RecordInput), actor=self.actor, at=self.at
        )
        return self.answer()


class ProposalViewSet(DocumentViewSet):
    """Balances at or below their reorder point, with what is coming counted."""

    queryset = StockItem.objects.select_related("item")
    serializer_class = shown.ProposalSerializer
    filterset_fields = ("storeroom", "item")

    def get_queryset(self) -> QuerySet[Any]:
        """Only those."""
        return to_reorder(super().get_queryset(), self.at)

    @extend_schema(request=inputs.RefillsInput, responses={201: inputs.PapersSerializer})
    def create(self, request: Request) -> Response:
        """Ask purchasing for balances of one storeroom."""
        lines = self.read(inputs.RefillsInput)["lines"]
        wanted = {each["stock_item"]: each["quantity"] for each in lines}
        papers = ask_to_refill(quantities=wanted, actor=self.actor, at=self.at)
        return Response({"documents": papers}, status=201)
