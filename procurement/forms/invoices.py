"""Entering, uploading, holding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from core.forms import CommandForm
from core.money import round_money
from procurement.choices import HoldBlocks, InvoiceKind, InvoiceLineKind
from procurement.forms.lines import Choices, SharedChoicesFormSet
from procurement.models import Supplier
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput

ZERO = Decimal(0)
MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 4}


class StartInvoiceForm(forms.Form):
    """Which order the invoice is about: its lines come prefilled."""

    order = forms.CharField(label="Order number on the invoice", max_length=20, required=False)
    supplier = forms.ModelChoiceField(
        Supplier.objects.order_by("name"), required=False, help_text="Enough where no order is named."
    )


class InvoiceForm(CommandForm):
    """What stands on the invoice's head and foot."""

    kind = forms.ChoiceField(choices=InvoiceKind.choices)
    supplier = forms.ModelChoiceField(Supplier.objects.order_by("name"))
    supplier_number = forms.CharField(label="Invoice number", max_length=60)
    issued_on = forms.DateField(label="Invoice date")
    due_on = forms.DateField(label="Due", required=False)
    order_reference = forms.CharField(label="Order number on it", max_length=60, required=False)
    currency = forms.CharField(max_length=3, min_length=3)
    net_total = forms.DecimalField(label="Net total as printed", required=False, **MONEY)
    tax_total = forms.DecimalField(label="Tax as printed", required=False, **MONEY)
    gross_total = forms.DecimalField(label="Total to pay as printed", required=False, **MONEY)

    def clean_currency(self) -> str:
        """In capitals, as the standard writes it."""
        return str(self.cleaned_data["currency"]).upper()


class BilledLineForm(forms.Form):
    """One billed line."""

    order_line = forms.TypedChoiceField(label="Order line", coerce=int, empty_value=None, required=False)
    description = forms.CharField(max_length=300, required=False)
    quantity = forms.DecimalField(max_digits=18, decimal_places=6, required=False)
    unit_price = forms.DecimalField(label="Price each", max_digits=18, decimal_places=6, required=False)
    net_amount = forms.DecimalField(label="Amount", required=False, **MONEY)
    tax_percent = forms.DecimalField(label="Tax %", max_digits=7, decimal_places=4, required=False)
    kind = forms.ChoiceField(choices=InvoiceLineKind.choices, required=False, initial=InvoiceLineKind.GOODS)

    def clean(self) -> dict[str, Any]:
        """An amount, or quantity and price that give one."""
        data = super().clean() or self.cleaned_data
        if self.errors or not self.has_changed():
            return data
        if data.get("net_amount") is None:
            if data.get("quantity") is None or data.get("unit_price") is None:
                self.add_error("net_amount", "Enter an amount, or quantity and price.")
            else:
                data["net_amount"] = data["quantity"] * data["unit_price"]
        if not data.get("order_line") and not data.get("description"):
            self.add_error("description", "Say what is billed.")
        return data


class BilledLines(SharedChoicesFormSet):
    """The lines, with their sums."""

    def clean(self) -> None:
        """Refuse an invoice without lines."""
        if not any(self.errors) and not self.billed:
            raise forms.ValidationError("Add at least one line.")

    @property
    def billed(self) -> list[dict[str, Any]]:
        """Lines with an amount."""
        return [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("net_amount") not in {None, ZERO}
        ]

    def line_inputs(self, currency: str) -> list[InvoiceLineInput]:
        """As the service takes them; amounts rounded once to the currency."""
        return [
            InvoiceLineInput(
                description=line["description"],
                quantity=line["quantity"] or ZERO,
                unit_price=line["unit_price"] or ZERO,
                net_amount=round_money(line["net_amount"], currency),
                kind=line["kind"] or InvoiceLineKind.GOODS,
                tax_percent=line["tax_percent"] or ZERO,
                tax_category="S" if line["tax_percent"] else "Z",
                order_line_id=line["order_line"],
            )
            for line in self.billed
        ]


def taxes_of(
    lines: Iterable[InvoiceLineInput], currency: str, printed: Decimal | None
) -> list[InvoiceTaxInput]:
    """The tax breakdown that the lines give; with one rate only, the tax as printed stands in it."""
    sums: dict[Decimal, Decimal] = {}
    for line in lines:
        sums[line.tax_percent] = sums.get(line.tax_percent, ZERO) + line.net_amount
    return [
        InvoiceTaxInput(
            category="S" if percent else "Z",
            percent=percent,
            taxable_amount=net,
            tax_amount=(
                printed
                if printed is not None and len(sums) == 1
                else round_money(net * percent / 100, currency)
            ),
        )
        for percent, net in sorted(sums.items())
    ]


_Lines: Any = forms.formset_factory(BilledLineForm, formset=BilledLines, extra=1)


def billed_lines(data: Any, choices: dict[str, Choices], initial: Sequence[dict[str, Any]]) -> BilledLines:
    """The prefilled lines and an empty one; more on request."""
    made: BilledLines = _Lines(data, prefix="lines", choices=choices, initial=initial)
    return made


class SeveralFiles(forms.ClearableFileInput):
    """A file input that takes many at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each as a file of its own."""
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(each, initial) for each in given]


class UploadForm(CommandForm):
    """UBL invoices as files."""

    chosen = FilesField(
        label="UBL files",
        help_text="XML, Peppol BIS 3 or other UBL 2.1, up to 10 MB each. Drag them here or choose them.",
        widget=SeveralFiles(attrs={"accept": ".xml,application/xml,text/xml"}),
    )


class PlaceHoldForm(CommandForm):
    """Why, and what it stops."""

    reason = forms.CharField(max_length=100, widget=forms.Textarea)
    blocks = forms.ChoiceField(
        label="Stops", choices=[(HoldBlocks.PAY, "Payment only"), (HoldBlocks.POST, "Posting and payment")]
    )


class ReleaseForm(CommandForm):
    """Why the difference is accepted."""

    reason = forms.CharField(
        label="Why is this accepted?",
        max_length=100,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the hold. It comes back only if the difference grows.",
    )
