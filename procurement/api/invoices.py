"""The collection of invoices and credit notes."""

from __future__ import annotations

import base64
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.serializers import EmptySerializer
from core.api.viewsets import DocumentViewSet
from procurement.api.parsers import TextXmlFileParser, XmlFileParser
from procurement.api.serializers.inputs import found
from procurement.api.serializers.invoices import (
    EnterInvoiceSerializer,
    ImportInvoiceSerializer,
    InvoiceSerializer,
    PlaceHoldSerializer,
)
from procurement.api.serializers.orders import WhySerializer
from procurement.choices import InvoiceSource
from procurement.filters import InvoiceApiFilter
from procurement.models import Invoice, PurchaseOrderLine, Supplier
from procurement.services.invoicing import (
    InvoiceLineInput,
    InvoiceTaxInput,
    enter_invoice,
    place_hold,
    reject_invoice,
)
from procurement.services.matching import match_invoices
from procurement.services.ubl_import import import_invoice

FILES = {"multipart/form-data": ImportInvoiceSerializer, "application/xml": OpenApiTypes.BINARY}


class InvoiceViewSet(DocumentViewSet):
    """Invoices and credit notes."""

    queryset = Invoice.objects.select_related("supplier").prefetch_related(
        "lines", "taxes", "holds__resolved_by", "holds__invoice"
    )
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceApiFilter

    @extend_schema(request=EnterInvoiceSerializer, responses={201: InvoiceSerializer})
    def create(self, request: Request) -> Response:
        """Enter an invoice as printed."""
        data = self.read(EnterInvoiceSerializer)
        found(Supplier, [data["supplier"]], "supplier")
        found(PurchaseOrderLine, (line["order_line"] for line in data["lines"]), "lines")
        values: dict[str, Any] = {
            **data,
            "lines": [
                InvoiceLineInput(order_line_id=line.pop("order_line"), **line) for line in data["lines"]
            ],
            "taxes": [InvoiceTaxInput(**tax) for tax in data["taxes"]],
        }
        made = enter_invoice(
            supplier_id=values.pop("supplier"),
            source=InvoiceSource.API,
            actor=self.actor,
            at=self.at,
            **values,
        )
        return self.answer(made.pk, status=201)

    @extend_schema(request=FILES, responses={201: InvoiceSerializer})
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        parser_classes=[MultiPartParser, XmlFileParser, TextXmlFileParser],
    )
    def import_file(self, request: Request) -> Response:
        """Take in a UBL file; the same bytes again lead to the same invoice."""
        if isinstance(request.data, dict) and set(request.data) == {"xml"}:
            content, name, supplier = base64.b64decode(request.data["xml"]), "invoice.xml", None
        else:
            data = self.read(ImportInvoiceSerializer)
            content, name, supplier = data["file"].read(), data["file"].name, data["supplier"]
        found(Supplier, [supplier], "supplier")
        made = import_invoice(content=content, name=name, supplier_id=supplier, actor=self.actor, at=self.at)
        return self.answer(made.pk, status=201)

    @extend_schema(request=EmptySerializer, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def match(self, request: Request, pk: str) -> Response:
        """Match this invoice now; the answer shows its holds."""
        match_invoices(invoice_ids=[self.document_id], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=WhySerializer, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Send it back to the supplier, and say why."""
        data = self.read(WhySerializer)
        reject_invoice(invoice_id=self.document_id, reason=data["reason"], actor=self.actor, at=self.at)
        return self.answer()

    @extend_schema(request=PlaceHoldSerializer, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Hold it by hand; only a person releases it."""
        data = self.read(PlaceHoldSerializer)
        place_hold(
            invoice_id=self.document_id,
            reason=data["reason"],
            blocks=data["blocks"],
            actor=self.actor,
            at=self.at,
        )
        return self.answer()
