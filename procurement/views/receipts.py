"""Receipts: list, one, reversing."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage
from procurement.filters import ReceiptFilter
from procurement.models import GoodsReceipt
from procurement.services.receiving import reverse_receipt


class ReceiptList(ListPage):
    """What came and what went back."""

    title = "Receipts"
    permission = "procurement.view_goodsreceipt"
    queryset = GoodsReceipt.objects.select_related("order__supplier", "received_by")
    filterset_class = ReceiptFilter
    search_fields = ("number", "order__number", "delivery_note", "order__supplier__name")
    search_hint = "Receipt, order, delivery note"
    default_sort = "-number"
    columns = (
        Column(
            "number", "Receipt", kind="link", url_name="procurement:receipt", phone="title", sort="number"
        ),
        Column("kind", "Kind", phone="pill", sort="kind"),
        Column(
            "order.number",
            "Order",
            sort="order__number",
            url=lambda row: reverse("procurement:order", args=[row.order_id]),
        ),
        Column("order.supplier.name", "Supplier", phone="text", sort="order__supplier__name"),
        Column("delivery_note", "Delivery note", sort="delivery_note"),
        Column("received_by", "By", phone="hidden", sort="received_by__last_name"),
        Column("received_at", "When", kind="datetime", sort="received_at"),
    )
    empty_title = "Nothing received yet"
    empty_text = "Book a delivery on an issued order."


class ReceiptDetail(DetailPage):
    """One receipt."""

    permission = "procurement.view_goodsreceipt"
    queryset = GoodsReceipt.objects.select_related(
        "order__supplier", "received_by", "reverses", "reversed_by"
    )
    template_name = "procurement/receipt_detail.html"
    panel_page = "procurement.goodsreceipt"

    def extra_context(self) -> dict[str, Any]:
        """Its lines, and whether it can be reversed."""
        reversed_already = hasattr(self.object, "reversed_by")
        right = "return_goods" if self.object.kind == "RETURN" else "receive_goods"
        return {
            "lines": self.object.lines.select_related("order_line__unit").order_by("order_line__line_number"),
            "may_reverse": not reversed_already
            and self.object.kind != "REVERSAL"
            and self.actor.has_perm(f"procurement.{right}"),
            "is_reversed": reversed_already,
        }


class ReverseReceipt(CommandView):
    """Undo a receipt by one that points back at it."""

    title = "Reverse the receipt"
    submit_label = "Reverse"
    tone = "danger"
    intro = "The receipt stays; a reversal that points at it is added."
    queryset = GoodsReceipt.objects.select_related("order")
    permission = "procurement.view_goodsreceipt"
    form_class = ReasonForm
    success_message = "{object} is reversed by {result}."

    def run(self, form: Any) -> object:
        """Reverse it."""
        return reverse_receipt(
            receipt_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )

    def success_url(self, result: Any) -> str:
        """The reversal."""
        return reverse("procurement:receipt", args=[result.pk])

    def cancel_url(self) -> str:
        """The receipt."""
        return reverse("procurement:receipt", args=[self.object.pk])
