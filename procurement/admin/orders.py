"""Purchase orders: their verbs, lines, receipts, revisions, decisions."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from core.admin import DocumentAction, DocumentAdmin, ReadOnlyInline
from core.display import NO_DATA, price_text, quantity_text
from procurement.choices import OrderStatus
from procurement.models import Approval, GoodsReceipt, OrderRevision, PurchaseOrder, PurchaseOrderLine
from procurement.services.agreements import preferred_sources
from procurement.services.approval import approve_order, reject_order
from procurement.services.order_changes import cancel_order, close_order
from procurement.services.ordering import issue_order, submit_order


class LineInline(ReadOnlyInline):
    """What is ordered, with the agreed price beside the ordered one."""

    model = PurchaseOrderLine
    fields = ("description", "ordered", "price", "agreed_price", "needs", "progress", "promised_on")
    readonly_fields = ("ordered", "price", "agreed_price", "needs", "progress")
    cost_fields = ("price", "agreed_price")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrderLine]:
        """Lines with what they show."""
        rows = super().get_queryset(request).select_related("unit", "order")
        return cast(
            "QuerySet[PurchaseOrderLine]",
            rows.prefetch_related("sources__requisition_line__requisition").order_by("line_number"),
        )

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Look the agreed prices up once for all lines."""
        keys = obj.lines.exclude(item=None).values_list("item_id", flat=True) if obj else []
        self.offers = preferred_sources(item_ids=list(keys), on=obj.created_at.date()) if obj else {}
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description="Ordered")
    def ordered(self, line: PurchaseOrderLine) -> str:
        """How much."""
        return quantity_text(line.quantity, line.unit.code)

    @admin.display(description="Price each")
    def price(self, line: PurchaseOrderLine) -> str:
        """Before discount, in the order's currency."""
        return price_text(line.unit_price, line.order.currency)

    @admin.display(description="So far")
    def progress(self, line: PurchaseOrderLine) -> str:
        """What came, went back and was billed."""
        steps = (
            (line.quantity_received, "received"),
            (line.quantity_rejected, "rejected"),
            (line.quantity_returned, "returned"),
            (line.net_billed, "billed"),
            (line.quantity_cancelled, "cancelled"),
        )
        return ", ".join(f"{quantity_text(size)} {word}" for size, word in steps if size) or NO_DATA

    @admin.display(description="Agreed")
    def agreed_price(self, line: PurchaseOrderLine) -> str:
        """The agreement's price for this supplier and quantity, or who else has one."""
        prices = self.offers.get(line.item_id or 0, ())
        own = [
            price
            for price in prices
            if price.supplier_id == line.order.supplier_id and price.minimum_quantity <= line.quantity
        ]
        if not own:
            return "with another supplier" if prices else NO_DATA
        best = min(price.unit_price for price in own)
        mark = "" if line.net_unit_price <= best else " (order is above)"
        return f"{price_text(best, line.order.currency)}{mark}"

    @admin.display(description="For")
    def needs(self, line: PurchaseOrderLine) -> str:
        """Where the need came from."""
        labels = [
            source.requisition_line.origin_label
            or source.requisition_line.requisition.origin_label
            or source.requisition_line.requisition.number
            for source in line.sources.all()
        ]
        return ", ".join(dict.fromkeys(labels)) or NO_DATA


class ReceiptInline(ReadOnlyInline):
    """What came and went back."""

    model = GoodsReceipt
    fields = ("number", "kind", "delivery_note", "received_by", "received_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GoodsReceipt]:
        """With the people."""
        return cast("QuerySet[GoodsReceipt]", super().get_queryset(request).select_related("received_by"))


class RevisionInline(ReadOnlyInline):
    """What changed, and why."""

    model = OrderRevision
    fields = ("revision", "reason", "revised_by", "revised_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderRevision]:
        """With the people."""
        return cast("QuerySet[OrderRevision]", super().get_queryset(request).select_related("revised_by"))


class DecisionInline(ReadOnlyInline):
    """Decisions, with the words of the rule."""

    model = Approval
    fields = ("decision", "amount", "rule", "reason", "decided_by", "decided_at")
    cost_fields = ("amount", "rule")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        """With the people."""
        return cast("QuerySet[Approval]", super().get_queryset(request).select_related("decided_by"))


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(DocumentAdmin):
    """Orders: submit, approve, issue, close, cancel; revised on their own page."""

    list_display = ("number", "supplier", "status", "buyer", "net_total", "currency", "issued_at")
    list_select_related = ("supplier", "buyer")
    list_filter = ("status", "site", "supplier")
    search_fields = ("number", "supplier__name", "supplier__code")
    cost_fields = ("net_total", "tax_total")
    inlines = (LineInline, ReceiptInline, RevisionInline, DecisionInline)
    readonly_fields = ("pages",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("pages", "status", "revision"),
                    ("supplier", "agreement", "buyer"),
                    ("site", "cost_centre", "payment_terms_days"),
                    ("net_total", "tax_total", "currency"),
                    ("approved_by", "approved_at", "issued_at"),
                    ("delivery_terms", "closed_at", "close_reason"),
                    "note",
                )
            },
        ),
    )
    document_actions = (
        DocumentAction(
            "submit",
            "Send for approval",
            permission="procurement.create_purchase_order",
            bulk=True,
            available=lambda order: order.status == OrderStatus.DRAFT,
            run=lambda order, call: submit_order(order_id=order.pk, actor=call.actor, at=call.at),
        ),
        DocumentAction(
            "approve",
            "Approve",
            permission="procurement.approve_purchase_order",
            bulk=True,
            available=lambda order: order.status == OrderStatus.PENDING_APPROVAL,
            text="Within your limit. Your own order only where approved requisitions cover it.",
            run=lambda order, call: approve_order(
                order_id=order.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "reject",
            "Reject",
            permission="procurement.approve_purchase_order",
            bulk=True,
            tone="danger",
            needs_reason=True,
            available=lambda order: order.status == OrderStatus.PENDING_APPROVAL,
            run=lambda order, call: reject_order(
                order_id=order.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "issue",
            "Issue",
            permission="procurement.issue_purchase_order",
            bulk=True,
            available=lambda order: order.status == OrderStatus.APPROVED,
            run=lambda order, call: issue_order(order_id=order.pk, actor=call.actor, at=call.at),
        ),
        DocumentAction(
            "close",
            "Close",
            permission="procurement.issue_purchase_order",
            tone="default",
            needs_reason=True,
            available=lambda order: order.can(OrderStatus.CLOSED),
            text="What has not come is cancelled and no longer counts as committed.",
            run=lambda order, call: close_order(
                order_id=order.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "cancel",
            "Cancel",
            permission="procurement.issue_purchase_order",
            tone="danger",
            needs_reason=True,
            available=lambda order: order.can(OrderStatus.CANCELLED),
            run=lambda order, call: cancel_order(
                order_id=order.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
    )

    @admin.display(description="Pages")
    def pages(self, order: PurchaseOrder) -> str:
        """Links to the order's own pages."""
        return format_html(
            '<a href="{}">Open</a> · <a href="{}">Revise</a> · <a href="{}">Print</a>',
            reverse("procurement:order", args=[order.pk]),
            reverse("procurement:order-revise", args=[order.pk]),
            reverse("procurement:order-print", args=[order.pk]),
        )
