"""Addresses of the app's pages."""

from django.urls import URLPattern, URLResolver, path

from linkage.views import buyer_tasks, contractors, panels, reconcile, trace

app_name = "linkage"

urlpatterns: list[URLPattern | URLResolver] = [
    path("trace/<slug:kind>/<int:pk>/", trace.TracePage.as_view(), name="trace"),
    path(
        "work-orders/<int:pk>/purchasing/",
        panels.WorkOrderPurchasing.as_view(),
        name="work-order-purchasing",
    ),
    path(
        "work-orders/<int:pk>/contractors/",
        contractors.ContractorsPanel.as_view(),
        name="work-order-contractors",
    ),
    path(
        "work-orders/<int:pk>/contractor-hours/",
        contractors.LogContractorHours.as_view(),
        name="contractor-hours",
    ),
    path("purchase-orders/<int:pk>/work/", panels.OrderWork.as_view(), name="purchase-order-work"),
    path("requisitions/<int:pk>/needs/", panels.RequisitionNeeds.as_view(), name="requisition-needs"),
    path("buyer-tasks/", buyer_tasks.BuyerTaskList.as_view(), name="buyer-tasks"),
    path("buyer-tasks/<int:pk>/done/", buyer_tasks.FinishBuyerTask.as_view(), name="buyer-task-done"),
    path("reconcile/", reconcile.ReconcilePage.as_view(), name="reconcile"),
]
