"""Addresses of the app's pages."""

from django.urls import URLPattern, URLResolver, path

from procurement.views import (
    approvals,
    home,
    invoice_entry,
    invoices,
    matching,
    orders,
    receipts,
    receiving,
    requisitions,
    revising,
)

app_name = "procurement"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.PurchasingHome.as_view(), name="home"),
    path("approvals/", approvals.Approvals.as_view(), name="approvals"),
    path("requisitions/", requisitions.RequisitionList.as_view(), name="requisitions"),
    path("requisitions/new/", requisitions.NewRequisition.as_view(), name="requisition-new"),
    path("requisitions/<int:pk>/", requisitions.RequisitionDetail.as_view(), name="requisition"),
    path(
        "requisitions/<int:pk>/submit/", requisitions.SubmitRequisition.as_view(), name="requisition-submit"
    ),
    path(
        "requisitions/<int:pk>/approve/",
        requisitions.ApproveRequisition.as_view(),
        name="requisition-approve",
    ),
    path(
        "requisitions/<int:pk>/reject/", requisitions.RejectRequisition.as_view(), name="requisition-reject"
    ),
    path(
        "requisitions/<int:pk>/cancel/", requisitions.CancelRequisition.as_view(), name="requisition-cancel"
    ),
    path("orders/", orders.OrderList.as_view(), name="orders"),
    path("orders/<int:pk>/", orders.OrderDetail.as_view(), name="order"),
    path("orders/<int:pk>/print/", orders.OrderPaper.as_view(), name="order-print"),
    path("orders/<int:pk>/submit/", orders.SubmitOrder.as_view(), name="order-submit"),
    path("orders/<int:pk>/approve/", orders.ApproveOrder.as_view(), name="order-approve"),
    path("orders/<int:pk>/reject/", orders.RejectOrder.as_view(), name="order-reject"),
    path("orders/<int:pk>/issue/", orders.IssueOrder.as_view(), name="order-issue"),
    path("orders/<int:pk>/close/", orders.CloseOrder.as_view(), name="order-close"),
    path("orders/<int:pk>/cancel/", orders.CancelOrder.as_view(), name="order-cancel"),
    path("orders/<int:pk>/revise/", revising.ReviseOrder.as_view(), name="order-revise"),
    path("orders/<int:pk>/receive/", receiving.ReceiveGoods.as_view(), name="order-receive"),
    path("orders/<int:pk>/accept/", receiving.AcceptService.as_view(), name="order-accept"),
    path("orders/<int:pk>/return/", receiving.ReturnGoods.as_view(), name="order-return"),
    path("receive/", receiving.ToReceive.as_view(), name="receiving"),
    path("receipts/", receipts.ReceiptList.as_view(), name="receipts"),
    path("receipts/<int:pk>/", receipts.ReceiptDetail.as_view(), name="receipt"),
    path("receipts/<int:pk>/reverse/", receipts.ReverseReceipt.as_view(), name="receipt-reverse"),
    path("invoices/", invoices.InvoiceInbox.as_view(), name="invoices"),
    path("invoices/new/", invoice_entry.StartInvoice.as_view(), name="invoice-new"),
    path("invoices/enter/", invoice_entry.EnterInvoice.as_view(), name="invoice-enter"),
    path("invoices/upload/", invoice_entry.UploadInvoices.as_view(), name="invoice-upload"),
    path("invoices/<int:pk>/", invoices.InvoiceDetail.as_view(), name="invoice"),
    path("invoices/<int:pk>/match/", matching.MatchOne.as_view(), name="invoice-match"),
    path("invoices/<int:pk>/hold/", invoices.PlaceHold.as_view(), name="invoice-hold"),
    path("invoices/<int:pk>/reject/", invoices.RejectInvoice.as_view(), name="invoice-reject"),
    path("holds/", matching.HoldQueue.as_view(), name="holds"),
    path("holds/<int:pk>/release/", invoices.ReleaseHold.as_view(), name="hold-release"),
    path("match-runs/", matching.MatchRunList.as_view(), name="match-runs"),
    path("match-runs/start/", matching.StartMatch.as_view(), name="match-start"),
    path("match-runs/<int:pk>/", matching.MatchRunPage.as_view(), name="match-run"),
    path("match-runs/<int:pk>/progress/", matching.MatchRunProgress.as_view(), name="match-run-progress"),
]
