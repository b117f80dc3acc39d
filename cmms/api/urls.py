"""Addresses of the collections of the work half."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from cmms.api import master_data, operations, recurring, steps, supply, viewsets

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
router.register("cost-entries", supply.CostEntryViewSet)
router.register("meters", recurring.MeterViewSet)
router.register("meter-readings", recurring.MeterReadingViewSet)
router.register("job-plans", recurring.JobPlanViewSet)
router.register("job-plan-revisions", recurring.JobPlanRevisionViewSet)
router.register("maintenance-plans", recurring.MaintenancePlanViewSet)
router.register("plan-cycles", recurring.PlanCycleViewSet)

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
