"""The collection of receipts."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.viewsets import DocumentViewSet
from procurement.api.serializers.orders import WhySerializer
from procurement.api.serializers.receipts import GoodsReceiptSerializer
from procurement.filters import ReceiptApiFilter
from procurement.models import GoodsReceipt
from procurement.services.receiving import reverse_receipt


class GoodsReceiptViewSet(DocumentViewSet):
    """What came and what went back; booked through `POST /purchase-orders/{id}/receive/` and `.../return/`."""

    queryset = GoodsReceipt.objects.select_related("order", "received_by").prefetch_related("lines")
    serializer_class = GoodsReceiptSerializer
    filterset_class = ReceiptApiFilter

    @extend_schema(request=WhySerializer, responses={201: GoodsReceiptSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: str) -> Response:
        """Undo a receipt by one that points back at it."""
        data = self.read(WhySerializer)
        made = reverse_receipt(
            receipt_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at
        )
        return self.answer(made.pk, status=201)
