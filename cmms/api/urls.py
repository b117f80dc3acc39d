"""Addresses of the collections of the work half."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from cmms.api import master_data, stock, supply, viewsets

router = SimpleRouter()
router.register("locations", master_data.LocationViewSet)
router.register("asset-classes", master_data.AssetClassViewSet)
router.register("assets", master_data.AssetViewSet)
router.register("spare-parts", master_data.SparePartViewSet)
router.register("crafts", master_data.CraftViewSet)
router.register("craft-rates", master_data.CraftRateViewSet)
router.register("storerooms", master_data.StoreroomViewSet)
router.register("work-requests", viewsets.WorkRequestViewSet)
router.register("work-orders", viewsets.WorkOrderViewSet)
router.register("operations", viewsets.OperationViewSet)
router.register("labor-entries", viewsets.LaborEntryViewSet)
router.register("parts-requests", supply.PartsRequestViewSet)
router.register("parts-request-lines", supply.PartsRequestLineViewSet)
router.register("stock-items", supply.StockItemViewSet)
router.register("stock-movements", supply.StockMovementViewSet)
router.register("bins", stock.BinViewSet)
router.register("lots", stock.LotViewSet)
router.register("serials", stock.SerialViewSet)
router.register("stock-levels", stock.StockLevelViewSet)
router.register("stock-placements", stock.StockPlacementViewSet)
router.register("fittings", stock.FittingViewSet)
router.register("reservations", stock.ReservationViewSet)
router.register("stock-transfers", stock.StockTransferViewSet)
router.register("stock-counts", stock.StockCountViewSet)
router.register("stock-count-lines", stock.StockCountLineViewSet)
router.register("reorder-proposals", stock.ProposalViewSet, basename="reorder-proposal")
router.register("cost-entries", supply.CostEntryViewSet)

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
