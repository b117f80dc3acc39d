"""Addresses of the collections of the work half."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from cmms.api import (
    downtime,
    failures,
    figures,
    master_data,
    operations,
    places,
    recurring,
    steps,
    stock,
    supply,
    viewsets,
)

router = SimpleRouter()
router.register("locations", master_data.LocationViewSet)
router.register("asset-classes", master_data.AssetClassViewSet)
router.register("assets", master_data.AssetViewSet)
router.register("spare-parts", master_data.SparePartViewSet)
router.register("asset-moves", places.AssetMoveViewSet)
router.register("asset-documents", places.AssetDocumentViewSet)
router.register("work-order-documents", places.WorkOrderDocumentViewSet)
router.register("request-links", places.RequestLinkViewSet)
router.register("crafts", master_data.CraftViewSet)
router.register("craft-rates", master_data.CraftRateViewSet)
router.register("storerooms", master_data.StoreroomViewSet)
router.register("work-requests", viewsets.WorkRequestViewSet)
router.register("work-orders", viewsets.WorkOrderViewSet)
router.register("operations", operations.OperationViewSet)
router.register("qualifications", steps.QualificationViewSet)
router.register("person-qualifications", steps.PersonQualificationViewSet)
router.register("inspection-templates", steps.InspectionTemplateViewSet)
router.register("inspection-template-points", steps.InspectionTemplatePointViewSet)
router.register("inspection-points", steps.InspectionPointViewSet)
router.register("readings", steps.ReadingViewSet)
router.register("signatures", steps.SignatureViewSet)
router.register("nonconformances", steps.NonconformanceViewSet)
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
router.register("meters", recurring.MeterViewSet)
router.register("meter-readings", recurring.MeterReadingViewSet)
router.register("job-plans", recurring.JobPlanViewSet)
router.register("job-plan-revisions", recurring.JobPlanRevisionViewSet)
router.register("maintenance-plans", recurring.MaintenancePlanViewSet)
router.register("plan-cycles", recurring.PlanCycleViewSet)
router.register("downtime-events", downtime.DowntimeViewSet)
router.register("downtime-rules", downtime.DowntimeRuleViewSet)
router.register("failure-codes", failures.FailureCodeViewSet)
router.register("class-failure-codes", failures.ClassFailureCodeViewSet)
router.register("failure-records", failures.FailureRecordViewSet)
router.register("week-schedules", figures.WeekScheduleViewSet)
router.register("scheduled-work", figures.ScheduledWorkViewSet)

urlpatterns: list[URLPattern | URLResolver] = [
    path("downtime-events/ingest/", downtime.IngestView.as_view(), name="downtime-ingest"),
    path("kpis/", figures.FiguresView.as_view(), name="kpis"),
    path("kpis/<slug:kind>/", figures.FigureRowsView.as_view(), name="kpi-rows"),
    path(
        "reports/asset-costs/",
        figures.AssetCostReportViewSet.as_view({"get": "list"}),
        name="report-asset-costs",
    ),
    path("reports/failures/", figures.FailureReportView.as_view(), name="report-failures"),
    *router.urls,
]
