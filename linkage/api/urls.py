"""Addresses of the API collections."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from linkage.api.contractors import ContractorHoursView
from linkage.api.views import AllocationViewSet, BuyerTaskViewSet, SpendEntryViewSet, TraceView

router = SimpleRouter()
router.register("allocations", AllocationViewSet)
router.register("buyer-tasks", BuyerTaskViewSet)
router.register("spend-entries", SpendEntryViewSet)

urlpatterns: list[URLPattern | URLResolver] = [
    path("trace/<str:kind>/<int:id>/", TraceView.as_view(), name="trace"),
    path("contractor-hours/<int:work_order>/", ContractorHoursView.as_view(), name="contractor-hours"),
    *router.urls,
]
