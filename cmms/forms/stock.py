"""Forms about the pieces of one balance: which of them, where they lie, where they go."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from cmms.choices import Tracking
from cmms.forms.fields import WorkOrderField
from cmms.models import Bin, Serial, StockItem, StockLevel, StockMovement, Storeroom
from cmms.services.stock import NamedPieces, Pick
from core.forms import CommandForm, ReasonForm

MOST_NUMBERS = 500


def quantity(**options: Any) -> forms.DecimalField:
    """A quantity."""
    return forms.DecimalField(**{"min_value": 0, "max_digits": 14, "decimal_places": 4, **options})


def storerooms() -> QuerySet[Storeroom]:
    """Storerooms in use."""
    return Storeroom.objects.filter(is_active=True).order_by("code")


class LevelChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A bin and lot of one balance."""

    def label_from_instance(self, obj: StockLevel) -> str:
        """What lies there."""
        lot = ""
        if obj.lot:
            lot = f", lot {obj.lot}" + (f" until {obj.lot.expires_on:%d %b %Y}" if obj.lot.expires_on else "")
        return f"{obj.bin or 'no bin'}{lot}: {obj.quantity.normalize():f}"


class SerialChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Serial numbers, ticked."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(queryset=Serial.objects.none(), **options)

    def label_from_instance(self, obj: Serial) -> str:
        """The number and its bin."""
        return f"{obj.number}{f' in {obj.bin}' if obj.bin else ''}"


class NumbersField(forms.CharField):
    """Serial numbers, one a line, typed or scanned."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", "Serial numbers")
        options.setdefault("required", False)
        options.setdefault(
            "widget", forms.Textarea(attrs={"autocapitalize": "characters", "spellcheck": "false"})
        )
        options.setdefault("help_text", "One a line, typed or scanned.")
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """The numbers, without empty lines."""
        text = super().clean(value)
        return [each.strip() for each in str(text).replace(",", "\n").splitlines() if each.strip()][
            :MOST_NUMBERS
        ]


class PicksForm(CommandForm):
    """Which pieces of a balance: serial numbers where it has them, else optionally the bin and lot."""

    level = LevelChoice(
        queryset=StockLevel.objects.none(),
        label="From",
        required=False,
        empty_label="As proposed: first expired first",
    )
    serials = SerialChoice(label="Serial numbers", required=False)

    def of(self, stock: StockItem | None) -> None:
        """Offer what the balance holds; nothing to choose where it lies whole in one bin."""
        if stock is None or stock.tracking != Tracking.SERIAL:
            del self.fields["serials"]
        else:
            self.fields["serials"].queryset = (  # type: ignore[attr-defined]
                Serial.objects.filter(stock_item=stock).select_related("bin").order_by("bin__code", "number")
            )
        if stock is None or not stock.is_detailed or stock.tracking == Tracking.SERIAL:
            del self.fields["level"]
        else:
            self.fields["level"].queryset = levels_of(stock)  # type: ignore[attr-defined]

    def picks(self, wanted: Decimal | None) -> list[Pick]:
        """What was chosen, as the services take it."""
        serials, level = self.cleaned_data.get("serials"), self.cleaned_data.get("level")
        if serials:
            keys = [each.pk for each in serials]
            return [Pick(Decimal(len(keys)), serial_ids=keys)]
        if level is None:
            return []
        return [Pick(wanted if wanted is not None else level.quantity, level.bin_id, level.lot_id)]

    def wanted(self) -> Decimal | None:
        """How many: what was typed, else as many as serial numbers were ticked."""
        typed: Decimal | None = self.cleaned_data.get("quantity")
        serials = self.cleaned_data.get("serials")
        return typed if typed is not None or not serials else Decimal(len(serials))


def levels_of(stock: StockItem) -> QuerySet[StockLevel]:
    """What its bins hold."""
    held = StockLevel.objects.filter(stock_item=stock, quantity__gt=0).select_related("bin", "lot")
    return held.order_by("lot__expires_on", "bin__code", "pk")


class HandOverForm(PicksForm):
    """Handing over what is reserved."""

    quantity = quantity(
        required=False, help_text="Empty: all that is reserved, or as many as numbers are ticked."
    )
    field_order = ("quantity", "serials", "level")


class CounterForm(PicksForm):
    """Somebody takes a part for a work order."""

    work_order = WorkOrderField(label="For work order", help_text="Its number, or scan it.")
    quantity = quantity(initial=1)
    field_order = ("work_order", "quantity", "serials", "level")


class BinChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A bin of one storeroom."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Bin.objects.none(), **options)

    def of(self, storeroom_id: int) -> None:
        """Offer that storeroom's bins."""
        self.queryset = Bin.objects.filter(storeroom=storeroom_id).order_by("code")


class PutAwayForm(CommandForm):
    """Pieces get their lot or serial numbers, and their bin."""

    from_bin = BinChoice(label="They lie in", required=False, empty_label="Wherever they wait")
    quantity = quantity()
    bin = BinChoice(label="Put into bin", required=False, empty_label="The part's own bin")
    lot_number = forms.CharField(label="Lot number", max_length=60)
    supplier_number = forms.CharField(label="Supplier's lot number", max_length=60, required=False)
    expires_on = forms.DateField(label="Use until", required=False)
    serial_numbers = NumbersField(required=True)

    def of(self, stock: StockItem) -> None:
        """Ask for what the part's tracking wants."""
        for name in ("from_bin", "bin"):
            self.fields[name].of(stock.storeroom_id)  # type: ignore[attr-defined]
        if stock.tracking == Tracking.SERIAL:
            del self.fields["lot_number"]
            del self.fields["quantity"]
        else:
            del self.fields["serial_numbers"]

    def pieces(self) -> list[NamedPieces]:
        """As the service takes them."""
        data = self.cleaned_data
        numbers = data.get("serial_numbers") or ()
        return [
            NamedPieces(
                quantity=data["quantity"] if "quantity" in data else Decimal(len(numbers)),
                bin_id=data["bin"].pk if data["bin"] else None,
                lot_number=data.get("lot_number", ""),
                supplier_number=data["supplier_number"],
                expires_on=data["expires_on"],
                serial_numbers=numbers,
            )
        ]


class BinMoveForm(PicksForm):
    """Pieces go to another bin of the same storeroom."""

    to_bin = BinChoice(label="To bin", empty_label=None)
    quantity = quantity(required=False, help_text="Empty: all of the bin.")
    reason = forms.CharField(max_length=100, required=False)
    field_order = ("level", "serials", "to_bin", "quantity", "reason")

    def of(self, stock: StockItem | None) -> None:
        """Offer its bins; pieces without a number too."""
        detailed = stock is not None and stock.is_detailed
        level = self.fields["level"]
        super().of(stock)
        if stock is not None:
            self.fields["to_bin"].of(stock.storeroom_id)  # type: ignore[attr-defined]
        if detailed and stock is not None:
            self.fields["level"] = level
            level.queryset = levels_of(stock)  # type: ignore[attr-defined]
            level.required, level.empty_label = True, None  # type: ignore[attr-defined]
            self.order_fields(self.field_order)


class TrackingForm(ReasonForm):
    """How the pieces of an item are told apart."""

    tracking = forms.ChoiceField(label="Track it", choices=Tracking.choices, widget=forms.RadioSelect)
    field_order = ("tracking", "reason")


class DropNumbersForm(ReasonForm):
    """Numbers that leave the books."""

    serials = SerialChoice(label="Serial numbers")
    field_order = ("serials", "reason")


class SendForm(PicksForm):
    """Stock goes to another storeroom."""

    to_storeroom = forms.ModelChoiceField(storerooms(), label="To storeroom")
    quantity = quantity()
    reason = forms.CharField(max_length=100, required=False)
    carried = forms.BooleanField(label="I carry it over now: it is received at once", required=False)
    field_order = ("to_storeroom", "quantity", "serials", "level", "reason", "carried")


class ReturnPiecesForm(ReasonForm):
    """Taking parts back from a work order."""

    quantity = quantity(label="Quantity coming back")
    serials = SerialChoice(label="Serial numbers coming back", required=False)
    field_order = ("quantity", "serials", "reason")

    def of(self, issue: StockMovement) -> None:
        """Offer the numbers that went, where pieces have them."""
        if issue.stock_item.tracking != Tracking.SERIAL:
            del self.fields["serials"]
            return
        gone = Serial.objects.filter(placements__movement=issue, status__in=["ISSUED", "REMOVED"]).order_by(
            "number"
        )
        self.fields["serials"].queryset = gone  # type: ignore[attr-defined]
