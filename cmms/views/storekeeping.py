"""What storekeepers do: hand over, take back, count, move."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.urls import reverse

from cmms.choices import MovementKind
from cmms.forms.stock import ReturnPiecesForm
from cmms.forms.technicians import CountForm, OpeningForm
from cmms.models import PartsRequest, StockItem, StockMovement, Storeroom
from cmms.services.stock import (
    adjust_stock,
    issue_request,
    return_parts,
    set_opening_balance,
)
from cmms.views.bases import need_rows, needs
from cmms.views.stock import stock_url
from core.views.commands import CommandView
from core.views.pages import Page

ISSUE, ADJUST = "cmms.issue_stock", "cmms.adjust_stock"
PER_PAGE = 20


class IssueQueue(Page):
    """Parts that are promised and wait to be handed over, by request."""

    title = "Parts to hand over"
    permission = ISSUE
    template_name = "cmms/issue_queue.html"

    def extra_context(self) -> dict[str, Any]:
        """One page of requests with their reserved lines."""
        text = self.request.GET.get("q", "").replace("\x00", "").strip()[:100]
        storeroom = self.request.GET.get("storeroom", "")
        waiting = needs().filter(quantity_reserved__gt=0)
        if storeroom.isascii() and storeroom.isdigit():
            waiting = waiting.filter(reservations__stock_item__storeroom_id=int(storeroom)).distinct()
        if text:
            waiting = waiting.filter(
                Q(parts_request__number__icontains=text)
                | Q(parts_request__work_order__number__icontains=text)
                | Q(description__icontains=text)
                | Q(item__code__icontains=text)
            )
        requests = (
            PartsRequest.objects.filter(pk__in=waiting.order_by().values("parts_request_id"))
            .select_related("work_order__assignee", "requested_by")
            .prefetch_related(Prefetch("lines", queryset=waiting.order_by("line_number"), to_attr="waiting"))
            .order_by("needed_on", "pk")
        )
        page = Paginator(requests, PER_PAGE).get_page(self.request.GET.get("page"))
        return {
            "page_obj": page,
            "requests": [(each, need_rows(getattr(each, "waiting", []))) for each in page.object_list],
            "search_text": text,
            "storerooms": list(Storeroom.objects.filter(is_active=True).order_by("code")),
            "storeroom": storeroom,
        }


class BackToQueue(CommandView):
    """Mixin of commands that lead back to the queue."""

    permission = ISSUE

    def success_url(self, result: Any) -> str:
        """The queue."""
        return reverse("cmms:issue-queue")

    def cancel_url(self) -> str:
        """The queue."""
        return reverse("cmms:issue-queue")


class IssueRequest(BackToQueue):
    """Hand over all reserved lines of a request."""

    title = "Hand over all"
    queryset = PartsRequest.objects.select_related("work_order")
    success_message = "{object} is handed over; serial numbers are chosen line by line."

    def run(self, form: Any) -> object:
        """Issue it."""
        return issue_request(parts_request_id=self.object.pk, actor=self.actor, at=self.at)


class TakeBack(CommandView):
    """Parts that were not used come back at what they cost."""

    title = "Take parts back"
    permission = ISSUE
    form_class = ReturnPiecesForm
    queryset = StockMovement.objects.filter(kind=MovementKind.ISSUE).select_related(
        "stock_item__item__unit", "work_order"
    )
    success_message = "Back in stock."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """What was handed over."""
        stock = self.object.stock_item
        handed = -self.object.quantity.normalize()
        return f"{handed:f} {stock.item.unit} of {stock.item} went to {self.object.work_order}."

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form, with the serial numbers that went."""
        form: Any = super().get_form(data, files)
        form.of(self.object)
        return form

    def run(self, form: Any) -> object:
        """Take it back."""
        data = form.cleaned_data
        return return_parts(
            movement_id=self.object.pk,
            quantity=data["quantity"],
            serial_ids=[each.pk for each in data.get("serials") or ()],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The balance."""
        return stock_url(self.object.stock_item_id)

    def cancel_url(self) -> str:
        """The balance."""
        return stock_url(self.object.stock_item_id)


class OnStock(CommandView):
    """A verb of one balance."""

    permission = ADJUST
    queryset = StockItem.objects.select_related("item__unit", "storeroom", "bin")

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which part, and what the books say."""
        stock = self.object
        held = f"{stock.quantity_on_hand.normalize():f} {stock.item.unit}"
        return f"{stock.item} in {stock.storeroom}: {held} on hand."

    def success_url(self, result: Any) -> str:
        """The balance."""
        return stock_url(self.object.pk)

    def cancel_url(self) -> str:
        """The balance."""
        return stock_url(self.object.pk)


class Count(OnStock):
    """The shelf was counted."""

    title = "Count"
    form_class = CountForm
    submit_label = "Book the count"
    success_message = "The count is booked."

    def run(self, form: Any) -> object:
        """Adjust it."""
        data = form.cleaned_data
        return adjust_stock(
            stock_item_id=self.object.pk,
            counted_quantity=data["counted_quantity"],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )


class OpeningBalance(CommandView):
    """A part's first balance in a storeroom."""

    title = "Opening balance"
    permission = ADJUST
    form_class = OpeningForm
    submit_label = "Book it"
    success_message = "The opening balance is booked."

    def run(self, form: Any) -> object:
        """Book it."""
        data = form.cleaned_data
        return set_opening_balance(
            item_id=data["item"].pk,
            storeroom_id=data["storeroom"].pk,
            quantity=data["quantity"],
            unit_cost=data["unit_cost"],
            bin_code=data["bin_code"],
            tracking=data["tracking"],
            reorder_point=data["reorder_point"],
            reorder_quantity=data["reorder_quantity"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The list of balances."""
        return reverse("cmms:stock")

    def cancel_url(self) -> str:
        """The list of balances."""
        return reverse("cmms:stock")
