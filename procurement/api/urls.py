"""Addresses of the API collections."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from procurement.api.invoices import InvoiceViewSet
from procurement.api.matching import HoldViewSet, MatchRunViewSet
from procurement.api.orders import PurchaseOrderViewSet
from procurement.api.receipts import GoodsReceiptViewSet
from procurement.api.requisitions import RequisitionViewSet
from procurement.api.suppliers import AgreementViewSet, SupplierViewSet

router = SimpleRouter()
router.register("suppliers", SupplierViewSet)
router.register("agreements", AgreementViewSet)
router.register("requisitions", RequisitionViewSet)
router.register("purchase-orders", PurchaseOrderViewSet)
router.register("receipts", GoodsReceiptViewSet)
router.register("invoices", InvoiceViewSet)
router.register("match-runs", MatchRunViewSet)
router.register("holds", HoldViewSet)

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
