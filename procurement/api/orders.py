"""The collection of purchase orders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import EmptySerializer, ReasonSerializer
from core.api.viewsets import DocumentViewSet
from core.models import CostCentre, Site
from procurement.api.serializers.inputs import found
from procurement.api.serializers.orders import (
    CreateOrderSerializer,
    PurchaseOrderSerializer,
    ReviseOrderSerializer,
    WhySerializer,
)
from procurement.api.serializers.receipts import GoodsReceiptSerializer, ReceiveSerializer, ReturnSerializer
from procurement.choices import ReceiptKind
from procurement.filters import OrderApiFilter
from procurement.models import Agreement, GoodsReceipt, PurchaseOrder, Supplier
from procurement.services.approval import approve_order, reject_order
from procurement.services.order_changes import LineChange, cancel_order, close_order, revise_order
from procurement.services.ordering import (
    OrderLineInput,
    create_order,
    issue_order,
    order_requisition_lines,
    submit_order,
)
from procurement.services.receiving import ReceiptLineInput, accept_service, receive_goods, return_goods


class PurchaseOrderViewSet(DocumentViewSet):
    """Purchase orders."""

    queryset = PurchaseOrder.objects.select_related("supplier", "buyer").prefetch_related(
        "lines__unit",
        "lines__item",
        "lines__sources__requisition_line",
        "approvals__decided_by",
        "revisions__revised_by",
    )
    serializer_class = PurchaseOrderSerializer
    filterset_class = OrderApiFilter

    @extend_schema(request=CreateOrderSerializer, responses={201: PurchaseOrderSerializer})
    def create(self, request: Request) -> Response:
        """Make an order of lines, or of approved requisition lines."""
        data = self.read(CreateOrderSerializer)
        found(Supplier, [data["supplier"]], "supplier")
        made = self._of_requisitions(data) if data.get("requisition_lines") else self._of_lines(data)
        return self.answer(made.pk, status=201)

    def _of_requisitions(self, data: dict[str, Any]) -> PurchaseOrder:
        return order_requisition_lines(
            requisition_line_ids=data["requisition_lines"],
            supplier_id=data["supplier"],
            unit_prices=data.get("unit_prices"),
            merge_same_items=data["merge_same_items"],
            actor=self.actor,
            at=self.at,
        )

    def _of_lines(self, data: dict[str, Any]) -> PurchaseOrder:
        found(Site, [data["site"]], "site")
        found(CostCentre, [data["cost_centre"]], "cost_centre")
        found(Agreement, [data["agreement"]], "agreement")
        return create_order(
            supplier_id=data["supplier"],
            site_id=data["site"],
            lines=[OrderLineInput(**line) for line in data["lines"]],
            currency=data["currency"],
            cost_centre_id=data["cost_centre"],
            agreement_id=data["agreement"],
            delivery_terms=data["delivery_terms"],
            note=data["note"],
            actor=self.actor,
            at=self.at,
        )

    @extend_schema(request=EmptySerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Send it for approval."""
        submit_order(order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=ReasonSerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve it, within one's own limit."""
        data = self.read(ReasonSerializer)
        approve_order(order_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=WhySerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Send it back to its buyer, and say why."""
        data = self.read(WhySerializer)
        reject_order(order_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=EmptySerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Send it to the supplier."""
        issue_order(order_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=ReviseOrderSerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str) -> Response:
        """Change it; what it said before is kept."""
        data = self.read(ReviseOrderSerializer)
        changes = [
            LineChange(
                order_line_id=each["order_line"], **{k: v for k, v in each.items() if k != "order_line"}
            )
            for each in data["changes"]
        ]
        revise_order(
            order_id=self.document_id,
            changes=changes,
            new_lines=[OrderLineInput(**line) for line in data["new_lines"]],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )
        return self.answer()

    @extend_schema(request=WhySerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close it; what has not come is cancelled."""
        data = self.read(WhySerializer)
        close_order(order_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=WhySerializer, responses=PurchaseOrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it before anything has come."""
        data = self.read(WhySerializer)
        cancel_order(order_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=ReceiveSerializer, responses={201: GoodsReceiptSerializer})
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str) -> Response:
        """Book a delivery, or accept a service."""
        data = self.read(ReceiveSerializer)
        lines = [
            ReceiptLineInput(
                order_line_id=line["order_line"],
                quantity=line["quantity"],
                quantity_rejected=line["quantity_rejected"],
                rejection_reason=line["rejection_reason"],
            )
            for line in data["lines"]
        ]
        if data["kind"] == ReceiptKind.ACCEPTANCE:
            made = accept_service(
                order_id=self.document_id, lines=lines, note=data["note"], actor=self.actor, at=self.at
            )
        else:
            made = receive_goods(
                order_id=self.document_id,
                lines=lines,
                delivery_note=data["delivery_note"],
                note=data["note"],
                actor=self.actor,
                at=self.at,
            )
        return self._receipt(made.pk)

    @extend_schema(request=ReturnSerializer, responses={201: GoodsReceiptSerializer})
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, pk: str) -> Response:
        """Send goods back to the supplier."""
        data = self.read(ReturnSerializer)
        made = return_goods(
            order_id=self.document_id,
            lines=[
                ReceiptLineInput(order_line_id=line["order_line"], quantity=line["quantity"])
                for line in data["lines"]
            ],
            note=data["note"],
            delivery_note=data["delivery_note"],
            actor=self.actor,
            at=self.at,
        )
        return self._receipt(made.pk)

    def _receipt(self, pk: int) -> Response:
        receipt = (
            GoodsReceipt.objects.select_related("order", "received_by").prefetch_related("lines").get(pk=pk)
        )
        return Response(
            GoodsReceiptSerializer(receipt, context=self.get_serializer_context()).data, status=201
        )
