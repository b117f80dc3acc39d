"""Collections of suppliers and agreements."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet, MasterDataViewSet
from procurement.api.serializers.orders import WhySerializer
from procurement.api.serializers.suppliers import AgreementSerializer, SupplierSerializer
from procurement.filters import AgreementFilter, SupplierFilter
from procurement.models import Agreement, Supplier
from procurement.services.suppliers import approve_supplier, block_supplier


class SupplierViewSet(MasterDataViewSet):
    """Suppliers."""

    queryset = Supplier.objects.all()
    serializer_class = SupplierSerializer
    filterset_class = SupplierFilter

    @extend_schema(request=EmptySerializer, responses=SupplierSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Orders may be sent to this supplier from now on."""
        approve_supplier(supplier_id=self.document_id, actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=WhySerializer, responses=SupplierSerializer)
    @action(detail=True, methods=["post"])
    def block(self, request: Request, pk: str) -> Response:
        """No new orders, and its invoices are held."""
        data = self.read(WhySerializer)
        block_supplier(supplier_id=self.document_id, actor=self.actor, at=self.at, reason=data["reason"])
        return self.answer()


class AgreementViewSet(DocumentViewSet):
    """Contract prices, read only; they are kept in the administration."""

    queryset = Agreement.objects.select_related("supplier").prefetch_related("lines__item")
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter
    http_method_names = ["get", "head", "options"]
