"""Goods between storerooms: sent, received, undone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch
from django.urls import reverse

from cmms.forms.stock_papers import NewTransferForm, PlainReasonForm, TransferLines, line_forms
from cmms.forms.store_filters import TransferFilter
from cmms.models import StockItem, StockTransfer, StockTransferLine
from cmms.services.stock import TransferInput, receive_transfer, send_transfer, undo_transfer
from core.errors import RuleViolation
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage

ISSUE, RECEIVE = "cmms.issue_stock", "cmms.receive_stock"
LINES = StockTransferLine.objects.select_related("stock_item__item__unit", "stock_item__bin").order_by("pk")


def transfer_url(pk: int) -> str:
    """The page of a transfer."""
    return reverse("cmms:transfer", args=[pk])


class TransferList(ListPage):
    """All transfers."""

    title = "Transfers"
    permission = "cmms.view_stocktransfer"
    queryset = StockTransfer.objects.select_related("from_storeroom", "to_storeroom", "created_by").annotate(
        parts=Count("lines")
    )
    filterset_class = TransferFilter
    search_fields = ("number", "reason", "lines__stock_item__item__code", "lines__stock_item__item__name")
    search_hint = "Number, part"
    default_sort = "-pk"
    columns = (
        Column("number", "Transfer", kind="link", url_name="cmms:transfer", phone="title", sort="number"),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column("from_storeroom.code", "From", sort="from_storeroom__code"),
        Column("to_storeroom.code", "To", sort="to_storeroom__code"),
        Column("parts", "Parts", kind="number", sort="parts"),
        Column("created_at", "Sent", kind="datetime", sort="created_at"),
        Column("received_at", "Received", kind="datetime", sort="received_at"),
        Column("reason", "Why", phone="text", sort="reason"),
    )
    empty_title = "No transfers yet"
    empty_text = "Goods sent from one storeroom to another are listed here."
    actions = (PageAction("Send parts", "cmms:transfer-new", permission=ISSUE, icon="truck"),)

    def rows(self) -> Any:
        """Each once, however many of its lines match."""
        return super().rows().distinct()


class TransferPage(DetailPage):
    """One transfer with its lines."""

    permission = "cmms.view_stocktransfer"
    queryset = StockTransfer.objects.select_related(
        "from_storeroom", "to_storeroom", "created_by", "received_by"
    )
    template_name = "cmms/transfer.html"

    def extra_context(self) -> dict[str, Any]:
        """Its lines, and what may be done."""
        transfer: StockTransfer = self.object
        return {
            "lines": list(LINES.filter(transfer=transfer)),
            "currency": settings.BASE_CURRENCY,
            "may_receive": transfer.status == "SENT" and self.actor.has_perm(RECEIVE),
            "may_undo": transfer.status != "UNDONE" and self.actor.has_perm(ISSUE),
        }


class NewTransfer(CommandView):
    """Several parts in one go."""

    title = "Send parts"
    permission = ISSUE
    form_class = NewTransferForm
    submit_label = "Send"

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, Any]:
        """The parts."""
        return {"lines": TransferLines(data, prefix="lines")}

    def run(self, form: Any) -> object:
        """Send them."""
        source = form.cleaned_data["from_storeroom"]
        given = [each.cleaned_data for each in self.formsets["lines"].forms if each.cleaned_data]
        held = {
            row.item_id: row.pk
            for row in StockItem.objects.filter(
                storeroom=source, item__in=[each["item"].pk for each in given]
            )
        }
        missing = [each["item"] for each in given if each["item"].pk not in held]
        if missing:
            raise RuleViolation(f"{missing[0]} is not kept in {source}.", field="from_storeroom")
        return send_transfer(
            to_storeroom_id=form.cleaned_data["to_storeroom"].pk,
            lines=[TransferInput(held[each["item"].pk], each["quantity"]) for each in given],
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The transfer."""
        return transfer_url(result.pk)

    def message(self, result: Any) -> str:
        """Which one."""
        return f"{result} is on its way."

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:transfers")


class OnTransfer(CommandView):
    """A verb of one transfer."""

    queryset = StockTransfer.objects.select_related("from_storeroom", "to_storeroom").prefetch_related(
        Prefetch("lines", queryset=LINES, to_attr="parts")
    )

    @property
    def intro(self) -> str:  # type: ignore[override]
        """From where to where."""
        return f"{self.object}: {self.object.from_storeroom} to {self.object.to_storeroom}."

    def success_url(self, result: Any) -> str:
        """The transfer."""
        return transfer_url(self.object.pk)

    def cancel_url(self) -> str:
        """The transfer."""
        return transfer_url(self.object.pk)


class ReceiveTransfer(OnTransfer):
    """What arrived, line by line."""

    title = "Receive"
    permission = RECEIVE
    template_name = "cmms/transfer_receive.html"
    success_message = "Received."

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, Any]:
        """One row per line, filled in with what is on the way."""
        parts = self.object.parts
        initial = [{"quantity": f"{line.quantity_in_transit.normalize():f}"} for line in parts]
        formset = line_forms(data, len(parts), initial, self.object.to_storeroom_id)
        for form, line in zip(formset.forms, parts, strict=False):
            form.line = line
        return {"lines": formset}

    def run(self, form: Any) -> object:
        """Book it."""
        given = {
            each.line.pk: each.cleaned_data for each in self.formsets["lines"].forms if hasattr(each, "line")
        }
        return receive_transfer(
            transfer_id=self.object.pk,
            quantities={pk: data["quantity"] for pk, data in given.items() if data.get("quantity")},
            bins={pk: data["bin"].pk for pk, data in given.items() if data.get("bin")},
            actor=self.actor,
            at=self.at,
        )


class UndoTransfer(OnTransfer):
    """Bring it back."""

    title = "Undo"
    permission = ISSUE
    form_class = PlainReasonForm
    tone = "danger"
    submit_label = "Bring it back"
    success_message = "{object} is undone; everything is back."

    def run(self, form: Any) -> object:
        """Undo it."""
        reason = form.cleaned_data["reason"]
        return undo_transfer(transfer_id=self.object.pk, reason=reason, actor=self.actor, at=self.at)
