"""Receiving, accepting, giving back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F, Prefetch, Q, QuerySet
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from procurement.choices import LineKind
from procurement.filters import ToReceiveFilter
from procurement.forms.lines import typed
from procurement.forms.receiving import (
    AcceptForm,
    ReceiveForm,
    ReturnForm,
    booked_lines,
)
from procurement.models import PurchaseOrder, PurchaseOrderLine
from procurement.services.receiving import (
    ReceiptLineInput,
    accept_service,
    receive_goods,
    return_goods,
)


class ToReceive(ListPage):
    """Orders that something is still to come of; a full order number goes straight to its page."""

    title = "Receive"
    subtitle = "Find the order by the number on the delivery note, or choose it below."
    permission = "procurement.receive_goods"
    filterset_class = ToReceiveFilter
    search_fields = ("number", "supplier__name", "lines__description", "lines__item__code")
    search_hint = "Order number, supplier or item"
    is_scanned = True
    default_sort = "-number"
    columns = (
        Column("number", "Order", kind="link", url_name="procurement:order-receive", phone="title", sort="number"),
        Column("supplier.name", "Supplier", phone="text", sort="supplier__name"),
        Column(lambda row: _still_to_come(row), "Still to come", key="open", phone="text"),
        Column(lambda row: _first_due(row), "Due", kind="date", key="due"),
        Column("status", "Status", kind="status", phone="pill", sort="status"),
    )  # fmt: skip
    empty_title = "Nothing to receive"
    empty_text = "Orders come here when they are issued to the supplier."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Straight to the order where its whole number is typed."""
        text = self.search_text
        if text and request.GET.get("export") is None and request.headers.get("HX-Request") != "true":
            found = PurchaseOrder.objects.open().filter(number__iexact=text).first()
            if found is not None:
                return HttpResponseRedirect(reverse("procurement:order-receive", args=[found.pk]))
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        """Issued orders with their lines."""
        lines = PurchaseOrderLine.objects.select_related("unit").order_by("line_number")
        rows = PurchaseOrder.objects.to_receive().select_related("supplier")
        rows = rows.prefetch_related(Prefetch("lines", queryset=lines))
        return rows.distinct() if self.search_text else rows


def _still_to_come(order: PurchaseOrder) -> str:
    waiting = [line for line in order.lines.all() if line.needs_receipt and line.outstanding > 0]
    if not waiting:
        return ""
    first = waiting[0]
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return f"{first.outstanding.normalize():f} {first.unit.code} {first.description}{more}"


def _first_due(order: PurchaseOrder) -> Any:
    days = [line.promised_on or line.needed_on for line in order.lines.all() if line.outstanding > 0]
    return min((day for day in days if day is not None), default=None)


class BookOnOrder(CommandView):
    """A receiving document on one order."""

    queryset = PurchaseOrder.objects.select_related("supplier", "site")
    template_name = "procurement/receive.html"
    shows_rejects: ClassVar[bool] = False

    def order_lines(self) -> list[PurchaseOrderLine]:
        """The lines that it may be about."""
        raise TypeError(f"{type(self).__name__} names no lines")

    def prefilled(self, line: PurchaseOrderLine) -> Any:
        """The quantity that stands there at first."""
        return typed(line.outstanding) if line.outstanding else None

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """One form per line."""
        self.lines = self.order_lines()
        initial = [{"quantity": self.prefilled(line)} for line in self.lines]
        return {"lines": booked_lines(data, self.lines, initial, with_rejects=self.shows_rejects)}

    def extra_context(self) -> dict[str, Any]:
        """What kinds of line the order has."""
        kinds = set(self.object.lines.values_list("kind", flat=True)) if self.object else set()
        return {"has_services": LineKind.SERVICE in kinds, "has_goods": LineKind.ITEM in kinds}

    def given(self) -> list[ReceiptLineInput]:
        """The lines with a quantity."""
        return [
            ReceiptLineInput(
                order_line_id=line.pk,
                quantity=entered["quantity"],
                quantity_rejected=entered.get("quantity_rejected") or Decimal(0),
                rejection_reason=entered.get("rejection_reason") or "",
            )
            for line, entered in self.formsets["lines"].given  # type: ignore[attr-defined]
        ]

    def success_url(self, result: Any) -> str:
        """The receipt."""
        return reverse("procurement:receipt", args=[result.pk])

    def cancel_url(self) -> str:
        """The order."""
        return reverse("procurement:order", args=[self.object.pk])


class ReceiveGoods(BookOnOrder):
    """Book a delivery."""

    title = "Receive"
    submit_label = "Book the delivery"
    permission = "procurement.receive_goods"
    form_class = ReceiveForm
    shows_rejects = True
    success_message = "{result} is booked on {object}."

    def order_lines(self) -> list[PurchaseOrderLine]:
        """Goods; those still to come first."""
        rows = self.object.lines.filter(kind=LineKind.ITEM).select_related("unit", "item")
        return sorted(rows, key=lambda line: (line.outstanding <= 0, line.line_number))

    def run(self, form: Any) -> object:
        """Receive it."""
        return receive_goods(
            order_id=self.object.pk,
            lines=self.given(),
            delivery_note=form.cleaned_data["delivery_note"],
            note=form.cleaned_data["note"],
            actor=self.actor,
            at=self.at,
        )


class AcceptService(BookOnOrder):
    """Accept a service as done."""

    title = "Accept a service"
    submit_label = "Accept"
    permission = "procurement.receive_goods"
    form_class = AcceptForm
    success_message = "{result}: the service on {object} is accepted."

    def order_lines(self) -> list[PurchaseOrderLine]:
        """Services."""
        return list(
            self.object.lines.filter(kind=LineKind.SERVICE)
            .select_related("unit", "item")
            .order_by("line_number")
        )

    def run(self, form: Any) -> object:
        """Accept it."""
        return accept_service(
            order_id=self.object.pk,
            lines=self.given(),
            note=form.cleaned_data["note"],
            actor=self.actor,
            at=self.at,
        )


class ReturnGoods(BookOnOrder):
    """Send goods back to the supplier."""

    title = "Return to the supplier"
    submit_label = "Book the return"
    permission = "procurement.return_goods"
    form_class = ReturnForm
    success_message = "{result}: the return on {object} is booked."

    def order_lines(self) -> list[PurchaseOrderLine]:
        """What we hold."""
        return list(
            self.object.lines.filter(Q(quantity_received__gt=F("quantity_rejected") + F("quantity_returned")))
            .select_related("unit", "item")
            .order_by("line_number")
        )

    def prefilled(self, line: PurchaseOrderLine) -> Any:
        """Nothing: what goes back is typed."""
        return None

    def run(self, form: Any) -> object:
        """Return it."""
        return return_goods(
            order_id=self.object.pk,
            lines=self.given(),
            note=form.cleaned_data["note"],
            delivery_note=form.cleaned_data["delivery_note"],
            actor=self.actor,
            at=self.at,
        )
