"""Typing an invoice in, and taking in files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from core.forms import deliver, style_fields
from core.money import round_money
from core.views.commands import CommandView
from core.views.pages import Page
from procurement.forms.invoices import (
    InvoiceForm,
    StartInvoiceForm,
    UploadForm,
    billed_lines,
    taxes_of,
)
from procurement.forms.lines import typed
from procurement.models import PurchaseOrder, PurchaseOrderLine, Supplier
from procurement.services.invoicing import enter_invoice
from procurement.services.ubl_import import import_invoice

MOST_FILES = 100
MOST_ORDERS = 300


class StartInvoice(Page):
    """Which order is it about? Its lines come prefilled."""

    title = "Enter an invoice"
    permission = "procurement.enter_invoice"
    template_name = "procurement/invoice_start.html"

    def extra_context(self) -> dict[str, Any]:
        """The question, and the open orders to choose from while typing."""
        form = StartInvoiceForm()
        style_fields(form)
        form.fields["order"].widget.attrs.update({"list": "orders", "autofocus": True})
        orders = PurchaseOrder.objects.open().select_related("supplier").order_by("-pk")[:MOST_ORDERS]
        return {"form": form, "orders": orders}


class EnterInvoice(CommandView):
    """The invoice as printed, lines prefilled from the order."""

    title = "Enter an invoice"
    submit_label = "Save"
    permission = "procurement.enter_invoice"
    form_class = InvoiceForm
    template_name = "procurement/invoice_entry.html"
    success_message = "{result} is entered."
    order: PurchaseOrder | None = None
    supplier: Supplier | None = None
    order_lines: list[PurchaseOrderLine] = []

    def load(self) -> None:
        """The order or supplier that the address names."""
        super().load()
        asked = self.request.GET.get("order", "").strip()[:40]
        supplier = self.request.GET.get("supplier", "")
        orders = PurchaseOrder.objects.select_related("supplier")
        self.order = orders.filter(number__iexact=asked).first() if asked else None
        self.supplier = self.order.supplier if self.order else None
        if self.supplier is None and supplier.isascii() and supplier.isdigit():
            self.supplier = Supplier.objects.filter(pk=int(supplier)).first()
        lines = self.order.lines.select_related("unit").order_by("line_number") if self.order else []
        self.order_lines = list(lines)

    def get_initial(self) -> dict[str, Any]:
        """What the order or the supplier says."""
        if self.order is not None:
            return {
                "supplier": self.order.supplier_id,
                "currency": self.order.currency,
                "order_reference": self.order.number,
            }
        known = self.supplier
        return {"supplier": known.pk, "currency": known.currency} if known else {"currency": "EUR"}

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """One form per order line that is still to be billed, and some empty ones."""
        choices = [
            ("", "—"),
            *((line.pk, f"{line.line_number}: {line.description}") for line in self.order_lines),
        ]
        currency = self.order.currency if self.order else ""
        initial = [row for line in self.order_lines if (row := _to_bill(line, currency))]
        return {"lines": billed_lines(data, {"order_line": choices}, initial)}

    def extra_context(self) -> dict[str, Any]:
        """What was asked for, and whether it was found."""
        asked = self.request.GET.get("order", "").strip()
        return {"order": self.order, "asked": asked, "is_missing": bool(asked) and self.order is None}

    def run(self, form: Any) -> object:
        """Enter it."""
        data = form.cleaned_data
        currency = data["currency"]
        lines = self.formsets["lines"].line_inputs(currency)  # type: ignore[attr-defined]
        return enter_invoice(
            kind=data["kind"],
            supplier_id=data["supplier"].pk,
            supplier_number=data["supplier_number"],
            issued_on=data["issued_on"],
            due_on=data["due_on"],
            currency=currency,
            order_reference=data["order_reference"],
            lines=lines,
            taxes=taxes_of(lines, currency, data["tax_total"]),
            net_total=data["net_total"],
            tax_total=data["tax_total"],
            gross_total=data["gross_total"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The new invoice."""
        return reverse("procurement:invoice", args=[result.pk])

    def cancel_url(self) -> str:
        """Back to the inbox."""
        return reverse("procurement:invoices")


def _to_bill(line: PurchaseOrderLine, currency: str) -> dict[str, Any] | None:
    """What an invoice would ask for now: received and not billed, else ordered and not billed."""
    quantity = line.net_received - line.net_billed
    if quantity <= 0:
        quantity = line.quantity_open_order - line.net_billed
    if quantity <= 0:
        return None
    price = line.net_unit_price
    return {
        "order_line": line.pk,
        "description": line.description,
        "quantity": typed(quantity),
        "unit_price": typed(price),
        "net_amount": round_money(quantity * price, currency),
        "tax_percent": typed(line.tax_percent),
        "kind": "CHARGE" if line.kind == "CHARGE" else "GOODS",
    }


@dataclass(frozen=True)
class Taken:
    """What became of one file."""

    name: str
    url: str
    words: str
    ok: bool


class UploadInvoices(Page):
    """Files dragged here or chosen; each is taken in by itself."""

    title = "Upload UBL invoices"
    permission = "procurement.enter_invoice"
    template_name = "procurement/invoice_upload.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page."""
        return self._page(UploadForm(), [])

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take the files in, each in a transaction of its own."""
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(form, [], status=422)
        files = form.cleaned_data["chosen"][:MOST_FILES]
        taken = [self._take(form, position, file) for position, file in enumerate(files)]
        return self._page(UploadForm(), taken, status=200 if any(each.ok for each in taken) else 422)

    def _take(self, form: UploadForm, position: int, file: Any) -> Taken:
        content, actor, at = file.read(), self.actor, self.at
        outcome = deliver(
            form,
            actor=actor,
            command="procurement.import_invoice",
            run=lambda: import_invoice(content=content, name=file.name, actor=actor, at=at),
            describe=lambda invoice: {
                "url": reverse("procurement:invoice", args=[invoice.pk]),
                "message": f"{invoice} of {invoice.supplier.name}",
            },
            part=f":{position}",
        )
        if outcome.refusal is not None:
            return Taken(file.name, "", outcome.refusal.words, False)
        return Taken(file.name, outcome.result["url"], outcome.result["message"], True)

    def _page(self, form: UploadForm, taken: list[Taken], status: int = 200) -> TemplateResponse:
        return self.render(status, form=form, taken=taken)
