"""Forms of the storeroom's papers: transfers, counts, promises, refills, parts fitted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from cmms.choices import AbcClass, Tracking
from cmms.forms.fields import ItemField, PlaceField, WorkOrderField
from cmms.forms.stock import BinChoice, NumbersField, quantity, storerooms
from cmms.models import Bin, PartsRequestLine, StockItem
from core.forms import CommandForm, ReasonForm


class NewTransferForm(CommandForm):
    """Several parts go to another storeroom."""

    from_storeroom = forms.ModelChoiceField(storerooms(), label="From")
    to_storeroom = forms.ModelChoiceField(storerooms(), label="To")
    reason = forms.CharField(max_length=100, required=False)


class TransferLineForm(forms.Form):
    """One part of a transfer."""

    item = ItemField(label="Part", help_text="Type or scan its code, or type its name.")
    quantity = quantity()


TransferLines: Any = forms.formset_factory(
    TransferLineForm, min_num=1, validate_min=True, max_num=50, extra=0
)
TransferLines.extra = 1


class ArrivedForm(forms.Form):
    """How much of a line arrived, and the bin it goes into."""

    quantity = quantity(label="Arrived", required=False)
    bin = BinChoice(label="Put into bin", required=False, empty_label="The part's own bin")


class StartCountForm(CommandForm):
    """What is to be counted."""

    storeroom = forms.ModelChoiceField(storerooms())
    bin_from = forms.CharField(label="From bin", max_length=20, required=False)
    bin_to = forms.CharField(
        label="To bin", max_length=20, required=False, help_text="Bins in the order of their codes."
    )
    abc_class = forms.ChoiceField(label="Class", choices=[("", "Any"), *AbcClass.choices], required=False)
    not_counted_since = forms.DateField(label="Not counted since", required=False)

    def bins(self) -> list[int]:
        """The bins between the two codes; none where no code was given."""
        data = self.cleaned_data
        low, high = data["bin_from"].strip(), data["bin_to"].strip()
        if not low and not high:
            return []
        rows = Bin.objects.filter(storeroom=data["storeroom"])
        rows = rows.filter(code__gte=low) if low else rows
        rows = rows.filter(code__lte=high) if high else rows
        # A range without a bin is not the whole storeroom.
        return list(rows.values_list("pk", flat=True)) or [0]


class RecordCountForm(CommandForm):
    """What lies there."""

    counted_quantity = quantity(label="Counted")
    serial_numbers = NumbersField(label="Serial numbers found")

    def of(self, stock: StockItem) -> None:
        """Numbers only where pieces have them."""
        if stock.tracking != Tracking.SERIAL:
            del self.fields["serial_numbers"]


class FoundForm(CommandForm):
    """A part in a bin where the sheet has none."""

    item = ItemField(label="Part", help_text="Type or scan its code, or type its name.")
    bin = BinChoice(label="Found in bin", required=False, empty_label="No bin")
    lot_number = forms.CharField(label="Lot number", max_length=60, required=False)


class SubmitCountForm(CommandForm):
    """Why shelves and books differ."""

    reason = forms.CharField(
        label="Why do shelves and books differ?", max_length=100, required=False, widget=forms.Textarea,
        help_text="May be left out where nothing differs.",
    )  # fmt: skip


class NeedChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A need that lacks a part."""

    def label_from_instance(self, obj: PartsRequestLine) -> str:
        """Its work order, how urgent, how many."""
        request = obj.parts_request
        day = f", needed {request.needed_on:%d %b}" if request.needed_on else ""
        return (
            f"{request.work_order.number} {request.work_order.title} "
            f"({request.work_order.get_priority_display()}{day}): {obj.quantity_short.normalize():f} short"
        )


class MovePromiseForm(ReasonForm):
    """Promised parts go to other work."""

    to_line = NeedChoice(queryset=PartsRequestLine.objects.none(), label="To", empty_label=None)
    quantity = quantity(required=False, help_text="Empty: as many as both allow.")
    field_order = ("to_line", "quantity", "reason")


class RefillForm(CommandForm):
    """Asking purchasing for one part."""

    quantity = quantity()


class FitForm(CommandForm):
    """A numbered part is in an asset now."""

    item = ItemField(label="Part", help_text="Type or scan its code, or type its name.")
    serial_number = forms.CharField(label="Serial number", max_length=80)
    where = PlaceField(label="Fitted to asset")
    position = forms.CharField(max_length=60, required=False, help_text="e.g. drive end")


class RemoveForm(ReasonForm):
    """A numbered part comes out."""

    work_order = WorkOrderField(label="By work order", help_text="Its number, or scan it.")
    is_scrapped = forms.BooleanField(label="It is scrapped", required=False)
    field_order = ("work_order", "reason", "is_scrapped")


class StoreForm(CommandForm):
    """A removed part goes into a storeroom."""

    storeroom = forms.ModelChoiceField(storerooms())
    bin_code = forms.CharField(label="Bin", max_length=20, required=False)
    note = forms.CharField(max_length=100, required=False, help_text="e.g. rewound and tested")


class PlainReasonForm(ReasonForm):
    """A command that only says why."""


def line_forms(data: Any, count: int, initial: Iterable[dict[str, Any]], storeroom_id: int) -> Any:
    """One `ArrivedForm` for each line of a transfer."""
    made: Any = forms.formset_factory(ArrivedForm, extra=0, max_num=count, absolute_max=count)
    formset = made(data, prefix="lines", initial=list(initial))
    for each in formset.forms:
        each.fields["bin"].of(storeroom_id)
    return formset
