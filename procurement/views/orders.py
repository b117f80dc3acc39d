"""Purchase orders: list, one, its paper, its verbs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage
from procurement.choices import OPEN_ORDER, DocumentKind, LineKind, OrderStatus
from procurement.filters import OrderFilter
from procurement.models import PurchaseOrder
from procurement.services.approval import approve_order, explain_approval, order_amount, reject_order
from procurement.services.order_changes import cancel_order, close_order
from procurement.services.ordering import issue_order, submit_order
from procurement.views.approving import ApprovalOptionalReasonForm, back_to_queue


class OrderList(ListPage):
    """All purchase orders."""

    title = "Purchase orders"
    permission = "procurement.view_purchaseorder"
    queryset = PurchaseOrder.objects.select_related("supplier", "buyer")
    filterset_class = OrderFilter
    search_fields = ("number", "supplier__name", "lines__description", "lines__item__code")
    search_hint = "Number, supplier, item"
    default_sort = "-number"
    columns = (
        Column("number", "Order", kind="link", url_name="procurement:order", phone="title", sort="number"),
        Column("supplier.name", "Supplier", phone="text", sort="supplier__name"),
        Column("buyer", "Buyer", phone="hidden", sort="buyer__last_name"),
        Column("issued_at", "Issued", kind="date", sort="issued_at"),
        Column("net_total", "Net", kind="money", currency="currency", cost=True, sort="net_total"),
        Column("status", "Status", kind="status", phone="pill", sort="status"),
    )
    actions = (
        PageAction(
            "Lines to order",
            "procurement:home",
            permission="procurement.create_purchase_order",
            icon="cart-plus",
        ),
    )
    empty_title = "No purchase orders yet"
    empty_text = "A buyer makes them from approved requisition lines."

    def get_queryset(self) -> QuerySet[Any]:
        """Each order once, also where several of its lines match the search."""
        rows = super().get_queryset()
        return rows.distinct() if self.search_text else rows


class OrderDetail(DetailPage):
    """One purchase order."""

    permission = "procurement.view_purchaseorder"
    queryset = PurchaseOrder.objects.select_related("supplier", "buyer", "site", "cost_centre", "approved_by")
    template_name = "procurement/order_detail.html"
    panel_page = "procurement.purchaseorder"

    def extra_context(self) -> dict[str, Any]:
        """Lines, receipts, invoices, revisions, decisions, verbs."""
        order = self.object
        lines = list(
            order.lines.select_related("unit", "item")
            .prefetch_related("sources__requisition_line__requisition")
            .order_by("line_number")
        )
        return {
            "lines": lines,
            "receipts": order.receipts.select_related("received_by").order_by("-pk"),
            "approvals": order.approvals.select_related("decided_by").order_by("pk"),
            "revisions": order.revisions.select_related("revised_by").order_by("-revision"),
            "invoices": self._invoices(order) if self.actor.has_perm("procurement.view_invoice") else [],
            "may": self._offers(order, lines),
            "explanation": self._explanation(order),
            "base_currency": settings.BASE_CURRENCY,
            "has_services": any(line.kind == LineKind.SERVICE and line.outstanding > 0 for line in lines),
            "has_goods": any(line.kind == LineKind.ITEM and line.outstanding > 0 for line in lines),
        }

    def _invoices(self, order: PurchaseOrder) -> QuerySet[Any]:
        lines = PurchaseOrder.objects.filter(pk=order.pk).values("lines__invoice_lines__invoice")
        return order.supplier.invoices.filter(pk__in=lines).order_by("-pk")

    def _offers(self, order: PurchaseOrder, lines: list[Any]) -> dict[str, bool]:
        creates = self.actor.has_perm("procurement.create_purchase_order")
        issues = self.actor.has_perm("procurement.issue_purchase_order")
        is_open = order.status in OPEN_ORDER
        return {
            "submit": creates and order.status == OrderStatus.DRAFT,
            "decide": self.actor.has_perm("procurement.approve_purchase_order")
            and order.status == OrderStatus.PENDING_APPROVAL,
            "issue": issues and order.status == OrderStatus.APPROVED,
            "revise": creates and (is_open or order.status in {OrderStatus.DRAFT, OrderStatus.APPROVED}),
            "close": issues and order.can(OrderStatus.CLOSED),
            "cancel": issues and order.can(OrderStatus.CANCELLED),
            "receive": self.actor.has_perm("procurement.receive_goods") and is_open,
            "return": self.actor.has_perm("procurement.return_goods")
            and any(line.net_received > 0 for line in lines),
        }

    def _explanation(self, order: PurchaseOrder) -> Any:
        if order.status != OrderStatus.PENDING_APPROVAL or not self.actor.has_perm(
            "procurement.approve_purchase_order"
        ):
            return None
        return explain_approval(
            document_kind=DocumentKind.PURCHASE_ORDER,
            amount=order_amount(order=order),
            cost_centre_id=order.cost_centre_id,
            actor=self.actor,
        )


class OrderPaper(DetailPage):
    """The order as the supplier gets it, for the printer."""

    permission = "procurement.view_purchaseorder"
    queryset = PurchaseOrder.objects.select_related("supplier", "buyer", "site")
    template_name = "procurement/order_print.html"
    shows_history = False

    def extra_context(self) -> dict[str, Any]:
        """Lines with their amounts."""
        lines = [
            {"line": line, "amount": line.amount_of(line.quantity_open_order, self.object.currency)}
            for line in self.object.lines.select_related("unit", "item").order_by("line_number")
        ]
        return {"lines": lines, "company": getattr(settings, "COMPANY_NAME", "")}


class OrderCommand(CommandView):
    """A verb of one order."""

    queryset = PurchaseOrder.objects.select_related("supplier")

    def success_url(self, result: Any) -> str:
        """The order, or the queue that the person came from."""
        return back_to_queue(self.request) or reverse("procurement:order", args=[self.object.pk])

    def cancel_url(self) -> str:
        """Where the person came from."""
        return back_to_queue(self.request) or reverse("procurement:order", args=[self.object.pk])


class SubmitOrder(OrderCommand):
    """Send it for approval."""

    title = "Send for approval"
    permission = "procurement.create_purchase_order"
    success_message = "{object} waits for approval."

    def run(self, form: Any) -> object:
        """Submit it."""
        return submit_order(order_id=self.object.pk, actor=self.actor, at=self.at)


class ApproveOrder(OrderCommand):
    """Approve it."""

    title = "Approve"
    permission = "procurement.approve_purchase_order"
    form_class = ApprovalOptionalReasonForm
    success_message = "{object} is approved."

    def run(self, form: Any) -> object:
        """Approve it."""
        return approve_order(
            order_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class RejectOrder(OrderCommand):
    """Send it back to its buyer."""

    title = "Reject"
    tone = "danger"
    permission = "procurement.approve_purchase_order"
    form_class = ReasonForm
    success_message = "{object} went back to its buyer."

    def run(self, form: Any) -> object:
        """Reject it."""
        return reject_order(
            order_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class IssueOrder(OrderCommand):
    """Send it to the supplier."""

    title = "Issue"
    permission = "procurement.issue_purchase_order"
    success_message = "{object} is issued. Print it or send it to the supplier."

    def run(self, form: Any) -> object:
        """Issue it."""
        return issue_order(order_id=self.object.pk, actor=self.actor, at=self.at)


class CloseOrder(OrderCommand):
    """Close it short."""

    title = "Close the order"
    intro = "What has not come is cancelled and no longer counts as committed."
    permission = "procurement.issue_purchase_order"
    form_class = ReasonForm
    success_message = "{object} is closed."

    def run(self, form: Any) -> object:
        """Close it."""
        return close_order(
            order_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class CancelOrder(OrderCommand):
    """Cancel it."""

    title = "Cancel the order"
    tone = "danger"
    permission = "procurement.issue_purchase_order"
    form_class = ReasonForm
    success_message = "{object} is cancelled."

    def run(self, form: Any) -> object:
        """Cancel it."""
        return cancel_order(
            order_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )
