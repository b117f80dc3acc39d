"""What is promised to whom, where to pick it, and giving it to more urgent work."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.urls import reverse

from cmms.choices import FINISHED
from cmms.forms.stock_papers import MovePromiseForm
from cmms.forms.store_filters import PromiseFilter
from cmms.models import PartsRequestLine, Reservation, Storeroom
from cmms.selectors.pick_list import pick_list
from cmms.services.promises import move_promise
from cmms.views.bases import order_url
from cmms.views.stock import stock_url
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import Page

MOVE, ISSUE = "cmms.move_promise", "cmms.issue_stock"
ORDER = "request_line__parts_request__work_order"


class PromiseList(ListPage):
    """All promises of stock that are not handed over yet."""

    title = "Promised parts"
    subtitle = "A promise has no end: it stands until it is handed over, cancelled or given to other work."
    permission = "cmms.view_reservation"
    queryset = Reservation.objects.filter(quantity__gt=0).select_related(
        "stock_item__item__unit", "stock_item__storeroom", "stock_item__bin", ORDER
    )
    filterset_class = PromiseFilter
    search_fields = (
        "stock_item__item__code",
        "stock_item__item__name",
        f"{ORDER}__number",
        f"{ORDER}__title",
    )
    search_hint = "Part, work order"
    default_sort = "request_line__parts_request__needed_on"
    columns = (
        Column("stock_item.item", "Part", phone="title", sort="stock_item__item__code",
               url=lambda row: stock_url(row.stock_item_id)),
        Column("quantity", "Promised", kind="quantity", unit="stock_item.item.unit.code", sort="quantity", phone="pill"),
        Column("request_line.parts_request.work_order", "Work order", sort=f"{ORDER}__number",
               url=lambda row: order_url(row.request_line.parts_request.work_order_id)),
        Column("request_line.parts_request.work_order.priority", "Priority", sort=f"{ORDER}__priority"),
        Column("request_line.parts_request.needed_on", "Needed by", kind="date",
               sort="request_line__parts_request__needed_on"),
        Column("stock_item.storeroom.code", "Storeroom", sort="stock_item__storeroom__code"),
        Column("stock_item.bin.code", "Bin", sort="stock_item__bin__code"),
        Column(lambda row: "Give to other work", "", phone="text",
               url=lambda row: reverse("cmms:promise-move", args=[row.pk])),
    )  # fmt: skip
    empty_title = "Nothing is promised"
    empty_text = "Parts that work orders ask for and the store has are promised at once and appear here."
    actions = (PageAction("Pick list", "cmms:pick-list", permission=ISSUE, icon="list-check"),)


class MovePromise(CommandView):
    """Promised parts go to work that needs them more."""

    title = "Give to other work"
    permission = MOVE
    form_class = MovePromiseForm
    queryset = Reservation.objects.filter(quantity__gt=0).select_related("stock_item__item__unit", ORDER)
    success_message = "The promise has moved. What is being bought goes to the work that gave it up."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """What is promised to whom."""
        row = self.object
        order = row.request_line.parts_request.work_order
        amount = f"{row.quantity.normalize():f} {row.stock_item.item.unit}"
        return f"{amount} of {row.stock_item.item} are promised to {order} {order.title}."

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """Who waits for this part in this storeroom, most urgent first."""
        form: Any = super().get_form(data, files)
        held = self.object.stock_item
        form.fields["to_line"].queryset = (
            PartsRequestLine.objects.with_short()
            .filter(item=held.item_id, storeroom=held.storeroom_id, short__gt=0)
            .exclude(pk=self.object.request_line_id)
            .exclude(parts_request__work_order__status__in=FINISHED)
            .select_related("parts_request__work_order")
            .order_by(F("parts_request__needed_on").asc(nulls_last=True), "pk")
        )
        return form

    def run(self, form: Any) -> object:
        """Move it."""
        data = form.cleaned_data
        return move_promise(
            reservation_id=self.object.pk, to_line_id=data["to_line"].pk, quantity=data["quantity"],
            reason=data["reason"], actor=self.actor, at=self.at,
        )  # fmt: skip

    def success_url(self, result: Any) -> str:
        """The list."""
        return reverse("cmms:promises")

    def cancel_url(self) -> str:
        """The list."""
        return reverse("cmms:promises")


class PickList(Page):
    """One walk through the storeroom: what to take from which bin."""

    title = "Pick list"
    permission = ISSUE
    template_name = "cmms/pick_list.html"

    def extra_context(self) -> dict[str, Any]:
        """Promised parts of a storeroom by bin."""
        rooms = list(Storeroom.objects.filter(is_active=True).order_by("code"))
        asked = self.request.GET.get("storeroom", "")
        chosen = next((room for room in rooms if str(room.pk) == asked), rooms[0] if rooms else None)
        picks = pick_list(storeroom_id=chosen.pk, on=self.at.date()) if chosen else []
        return {"storerooms": rooms, "chosen": chosen, "picks": picks, "now": self.at}
