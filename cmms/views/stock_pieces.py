"""What storekeepers do with the pieces of one balance: hand over, put away, move, track, send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from cmms.choices import Tracking
from cmms.forms.stock import (
    BinMoveForm,
    CounterForm,
    DropNumbersForm,
    HandOverForm,
    PicksForm,
    PutAwayForm,
    SendForm,
    TrackingForm,
)
from cmms.models import PartsRequestLine, StockItem, StockLevel
from cmms.services.counter import issue_over_the_counter
from cmms.services.stock import (
    TransferInput,
    drop_serial_numbers,
    issue_parts,
    move_between_bins,
    put_away,
    send_transfer,
    set_tracking,
    start_count,
    transfer_stock,
)
from cmms.views.stock import StockList
from cmms.views.storekeeping import ADJUST, ISSUE, BackToQueue, OnStock
from core.views.lists import Column, ListPage

FIGURE = DecimalField(max_digits=14, decimal_places=4)


class OfPieces(OnStock):
    """A verb that chooses among the pieces of a balance."""

    permission = ISSUE

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form, with what the balance holds."""
        form: Any = super().get_form(data, files)
        form.of(self.object)
        return form


class IssueLine(BackToQueue):
    """Hand over what is reserved for one line, or part of it; choose the pieces where they differ."""

    title = "Hand over"
    form_class = HandOverForm
    queryset = PartsRequestLine.objects.select_related("parts_request__work_order", "unit")
    success_message = "Handed over: {object}"

    @property
    def intro(self) -> str:  # type: ignore[override]
        """What for whom."""
        line = self.object
        reserved = f"{line.quantity_reserved.normalize():f} {line.unit}"
        return f"{reserved} of {line.description} are reserved for {line.parts_request.work_order}."

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form, with the pieces of the balance behind the promise."""
        form = HandOverForm(data, files, initial=self.get_initial())
        form.of(
            StockItem.objects.filter(
                reservations__request_line=self.object, reservations__quantity__gt=0
            ).first()
        )
        return form

    def run(self, form: PicksForm) -> object:
        """Issue it."""
        wanted = form.wanted()
        picks = form.picks(self.object.quantity_reserved if wanted is None else wanted)
        return issue_parts(
            request_line_id=self.object.pk, quantity=wanted, picks=picks, actor=self.actor, at=self.at
        )


class OverTheCounter(OfPieces):
    """Somebody at the counter takes a part for a work order."""

    title = "Hand over"
    form_class = CounterForm
    success_message = "Handed over."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """What is free."""
        stock = self.object
        free = stock.quantity_on_hand - stock.quantity_reserved
        return f"{stock.item} in {stock.storeroom}: {free.normalize():f} {stock.item.unit} free."

    def run(self, form: Any) -> object:
        """Issue it."""
        wanted = form.cleaned_data["quantity"]
        return issue_over_the_counter(
            stock_item_id=self.object.pk, work_order_id=form.cleaned_data["work_order"].pk, quantity=wanted,
            picks=form.picks(wanted), actor=self.actor, at=self.at,
        )  # fmt: skip


class PutAway(OfPieces):
    """New pieces get their lot or serial numbers and their bin."""

    title = "Put away"
    form_class = PutAwayForm
    success_message = "Put away."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """How many wait."""
        stock = self.object
        what = "serial numbers" if stock.tracking == Tracking.SERIAL else "their lot"
        return f"{stock.item} in {stock.storeroom}: {unnamed_of(stock).normalize():f} {stock.item.unit} wait for {what}."

    def get_initial(self) -> dict[str, Any]:
        """All of what waits."""
        return {"quantity": unnamed_of(self.object)}

    def run(self, form: Any) -> object:
        """Put them there."""
        there = form.cleaned_data["from_bin"]
        return put_away(
            stock_item_id=self.object.pk, pieces=form.pieces(), from_bin_id=there.pk if there else None,
            actor=self.actor, at=self.at,
        )  # fmt: skip


class MoveBin(OfPieces):
    """Pieces go to another bin."""

    title = "Move to another bin"
    form_class = BinMoveForm
    submit_label = "Move"
    success_message = "Moved."

    def run(self, form: Any) -> object:
        """Move them."""
        data = form.cleaned_data
        level = data.get("level")
        return move_between_bins(
            stock_item_id=self.object.pk, to_bin_id=data["to_bin"].pk, quantity=form.wanted(),
            from_bin_id=level.bin_id if level else self.object.bin_id, lot_id=level.lot_id if level else None,
            serial_ids=[each.pk for each in data.get("serials") or ()], reason=data["reason"],
            actor=self.actor, at=self.at,
        )  # fmt: skip


class Send(OfPieces):
    """Stock goes to another storeroom."""

    title = "Send to another storeroom"
    form_class = SendForm
    submit_label = "Send"

    def message(self, result: Any) -> str:
        """Which transfer."""
        return f"{result} is on its way." if hasattr(result, "to_storeroom_id") else "Moved."

    def run(self, form: Any) -> object:
        """Send it, or carry it over."""
        data = form.cleaned_data
        picks = form.picks(data["quantity"])
        if data["carried"]:
            return transfer_stock(
                stock_item_id=self.object.pk, to_storeroom_id=data["to_storeroom"].pk, quantity=data["quantity"],
                reason=data["reason"], picks=picks, actor=self.actor, at=self.at,
            )  # fmt: skip
        line = TransferInput(self.object.pk, data["quantity"], picks)
        return send_transfer(
            to_storeroom_id=data["to_storeroom"].pk,
            lines=[line],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )


class SetTracking(OnStock):
    """How the pieces of the item are told apart, in all storerooms."""

    title = "Lots and serial numbers"
    permission = ADJUST
    form_class = TrackingForm
    submit_label = "Save"
    success_message = "Saved. Pieces that have no lot or number yet wait to be put away."

    def get_initial(self) -> dict[str, Any]:
        """As it is."""
        return {"tracking": self.object.tracking}

    def run(self, form: Any) -> object:
        """Set it."""
        data = form.cleaned_data
        return set_tracking(
            item_id=self.object.item_id,
            tracking=data["tracking"],
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )


class DropNumbers(OnStock):
    """Numbers leave the books, their pieces stay."""

    title = "Take numbers off the books"
    permission = ADJUST
    form_class = DropNumbersForm
    tone = "danger"
    success_message = "Taken off. The pieces wait to be named, counted out or sent back."

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form, with the numbers in stock."""
        form: Any = super().get_form(data, files)
        form.fields["serials"].queryset = self.object.serials.select_related("bin").order_by(
            "bin__code", "number"
        )
        return form

    def run(self, form: Any) -> object:
        """Take them off."""
        return drop_serial_numbers(
            stock_item_id=self.object.pk, serial_ids=[each.pk for each in form.cleaned_data["serials"]],
            reason=form.cleaned_data["reason"], actor=self.actor, at=self.at,
        )  # fmt: skip


class CountBins(OnStock):
    """Start a count of one part: each of its bins, lots and numbers."""

    title = "Count all its bins"
    permission = ADJUST
    submit_label = "Start the count"

    def run(self, form: Any) -> object:
        """A sheet of this part."""
        return start_count(
            storeroom_id=self.object.storeroom_id,
            stock_item_ids=[self.object.pk],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The sheet."""
        return reverse("cmms:count", args=[result.pk])


def with_unnamed(rows: QuerySet[StockItem]) -> QuerySet[StockItem]:
    """Adds `unnamed`: pieces of tracked items whose lot or serial number is not known yet."""
    nameless = (
        StockLevel.objects.filter(stock_item=OuterRef("pk"), lot__isnull=True)
        .order_by()
        .values("stock_item")
        .annotate(whole=Sum("quantity"))
        .values("whole")
    )
    numbered = (
        StockItem.objects.filter(pk=OuterRef("pk"))
        .order_by()
        .annotate(whole=Count("serials"))
        .values("whole")
    )
    return rows.exclude(tracking=Tracking.NONE).annotate(
        unnamed=Coalesce(Subquery(nameless, output_field=FIGURE), Decimal(0), output_field=FIGURE)
        - Coalesce(Subquery(numbered, output_field=FIGURE), Decimal(0), output_field=FIGURE)
    )


def unnamed_of(stock: StockItem) -> Decimal:
    """How many pieces of a balance wait to be named."""
    row: Any = with_unnamed(StockItem.objects.filter(pk=stock.pk)).first()
    return Decimal(row.unnamed) if row else Decimal(0)


class PutAwayList(ListPage):
    """Pieces that came and have no lot or number yet."""

    title = "To put away"
    subtitle = "Pieces that came without their lot or serial number. They cannot be handed over before."
    permission = ISSUE
    filterset_class = StockList.filterset_class
    search_fields = StockList.search_fields
    search_hint = StockList.search_hint
    default_sort = "item__code"
    columns = (
        Column("item.code", "Part", kind="link", url_name="cmms:stock-put-away", sort="item__code"),
        Column(
            "item.name", "Name", kind="link", url_name="cmms:stock-put-away", phone="title", sort="item__name"
        ),
        Column("storeroom.code", "Storeroom", sort="storeroom__code"),
        Column("tracking", "Tracked", phone="pill", sort="tracking"),
        Column("unnamed", "Waiting", kind="quantity", unit="item.unit.code", sort="unnamed"),
        Column("quantity_on_hand", "On hand", kind="quantity", sort="quantity_on_hand"),
    )
    empty_title = "Nothing waits to be put away"
    empty_text = "Deliveries of parts with lots or serial numbers appear here until they are named."

    def get_queryset(self) -> Any:
        """Only those that wait."""
        rows = StockItem.objects.with_available().select_related("item__unit", "storeroom", "bin")
        return with_unnamed(rows).filter(Q(unnamed__gt=0))
