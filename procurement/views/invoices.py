"""The invoice inbox, one invoice beside its order and receipts, and its verbs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from core.forms import ReasonForm
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage
from procurement.choices import HoldStatus, InvoiceStatus
from procurement.filters import InvoiceFilter
from procurement.forms.invoices import PlaceHoldForm, ReleaseForm
from procurement.models import Hold, Invoice
from procurement.selectors.buying import inbox_figures
from procurement.selectors.comparison import compared_lines, neighbours
from procurement.services.holds import release_hold
from procurement.services.invoicing import place_hold, reject_invoice

MOST_RELEASED = 50


class InvoiceInbox(ListPage):
    """All invoices and credit notes."""

    title = "Invoices"
    permission = "procurement.view_invoice"
    queryset = Invoice.objects.select_related("supplier")
    template_name = "procurement/inbox.html"
    filterset_class = InvoiceFilter
    search_fields = ("number", "supplier_number", "supplier__name", "order_reference")
    search_hint = "Number, supplier, order"
    default_sort = "-number"
    columns = (
        Column(
            "number", "Invoice", kind="link", url_name="procurement:invoice", phone="title", sort="number"
        ),
        Column("supplier.name", "Supplier", phone="text", sort="supplier__name"),
        Column("supplier_number", "Supplier's number", sort="supplier_number"),
        Column("kind", "Kind", phone="hidden", sort="kind"),
        Column("issued_on", "Dated", kind="date", sort="issued_on"),
        Column("due_on", "Due", kind="date", sort="due_on"),
        Column("gross_total", "Total", kind="money", currency="currency", cost=True, sort="gross_total"),
        Column("status", "Status", kind="status", phone="pill", sort="status"),
    )
    actions = (
        PageAction(
            "Enter",
            "procurement:invoice-new",
            permission="procurement.enter_invoice",
            icon="keyboard",
            key="n",
        ),
        PageAction(
            "Upload UBL",
            "procurement:invoice-upload",
            permission="procurement.enter_invoice",
            icon="upload",
            tone="outline-secondary",
            key="u",
        ),
    )
    empty_title = "No invoices yet"
    empty_text = "Type one in, or upload the supplier's UBL files."

    def extra_context(self) -> dict[str, Any]:
        """The figures above the list."""
        return {"figures": inbox_figures()}


class InvoiceDetail(DetailPage):
    """One invoice side by side with order and receipts; its holds with their arithmetic."""

    permission = "procurement.view_invoice"
    queryset = Invoice.objects.select_related("supplier", "created_by", "original")
    template_name = "procurement/invoice_detail.html"
    panel_page = "procurement.invoice"

    def extra_context(self) -> dict[str, Any]:
        """Lines compared, holds, neighbours in the queue, verbs."""
        invoice = self.object
        holds = list(
            invoice.holds.select_related("invoice_line", "resolved_by", "placed_by").order_by("status", "pk")
        )
        active = [hold for hold in holds if hold.status == HoldStatus.ACTIVE]
        before, after = neighbours(Hold.objects.active(), invoice.pk)
        return {
            "compared": compared_lines(invoice, active),
            "holds": active,
            "resolved": [hold for hold in holds if hold.status != HoldStatus.ACTIVE][:MOST_RELEASED],
            "taxes": invoice.taxes.order_by("pk"),
            "before": before,
            "after": after,
            "may": self._offers(invoice),
            "entered_by_me": invoice.created_by_id == self.actor.pk,
        }

    def _offers(self, invoice: Invoice) -> dict[str, bool]:
        holds = self.actor.has_perm("procurement.place_hold")
        return {
            "match": self.actor.has_perm("procurement.match_invoice")
            and invoice.status in {InvoiceStatus.ENTERED, InvoiceStatus.HELD},
            "release": self.actor.has_perm("procurement.release_hold"),
            "hold": holds and invoice.status != InvoiceStatus.REJECTED,
            "reject": holds and invoice.can(InvoiceStatus.REJECTED),
        }


class InvoiceCommand(CommandView):
    """A verb of one invoice."""

    queryset = Invoice.objects.select_related("supplier")

    def success_url(self, result: Any) -> str:
        """The invoice."""
        return reverse("procurement:invoice", args=[self.object.pk])

    def cancel_url(self) -> str:
        """The invoice."""
        return reverse("procurement:invoice", args=[self.object.pk])


class RejectInvoice(InvoiceCommand):
    """Send it back to the supplier."""

    title = "Reject the invoice"
    submit_label = "Reject"
    tone = "danger"
    intro = "It is not paid. The supplier may send a corrected one under the same number."
    permission = "procurement.place_hold"
    form_class = ReasonForm
    success_message = "{object} is rejected."

    def run(self, form: Any) -> object:
        """Reject it."""
        return reject_invoice(
            invoice_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class PlaceHold(InvoiceCommand):
    """Hold it by hand."""

    title = "Hold the invoice"
    submit_label = "Hold"
    intro = "A hold by hand stays until a person releases it."
    permission = "procurement.place_hold"
    form_class = PlaceHoldForm
    success_message = "{object} is on hold."

    def run(self, form: Any) -> object:
        """Hold it."""
        return place_hold(
            invoice_id=self.object.pk,
            reason=form.cleaned_data["reason"],
            blocks=form.cleaned_data["blocks"],
            actor=self.actor,
            at=self.at,
        )


class ReleaseHold(CommandView):
    """Accept a difference."""

    title = "Release the hold"
    submit_label = "Release"
    permission = "procurement.release_hold"
    queryset = Hold.objects.select_related("invoice__supplier", "invoice_line")
    form_class = ReleaseForm
    template_name = "procurement/hold_release.html"
    success_message = "The hold is released."

    def run(self, form: Any) -> object:
        """Release it."""
        return release_hold(
            hold_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )

    def success_url(self, result: Any) -> str:
        """The invoice."""
        return reverse("procurement:invoice", args=[self.object.invoice_id])

    def cancel_url(self) -> str:
        """The invoice."""
        return reverse("procurement:invoice", args=[self.object.invoice_id])
