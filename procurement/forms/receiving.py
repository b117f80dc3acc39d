"""Receiving, accepting, giving back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from core.forms import CommandForm
from procurement.forms.lines import LineForm, LineFormSet
from procurement.models import PurchaseOrderLine


class ReceiveForm(CommandForm):
    """What came with the goods."""

    delivery_note = forms.CharField(label="Delivery note number", max_length=60, required=False)
    note = forms.CharField(label="Note", max_length=300, required=False)


class AcceptForm(CommandForm):
    """What is said of the service."""

    note = forms.CharField(label="What was done", max_length=300, required=False)


class ReturnForm(CommandForm):
    """Why goods go back."""

    note = forms.CharField(label="Why they go back", max_length=300)
    delivery_note = forms.CharField(label="Return note number", max_length=60, required=False)


class QuantityForm(LineForm):
    """How much."""

    quantity = forms.DecimalField(min_value=Decimal(0), max_digits=14, decimal_places=4, required=False)


class ReceiveLineForm(QuantityForm):
    """How much came, and how much of it was rejected."""

    quantity_rejected = forms.DecimalField(
        label="Rejected", min_value=Decimal(0), max_digits=14, decimal_places=4, required=False
    )
    rejection_reason = forms.CharField(label="Why rejected", max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """Rejected pieces are among those that came, and have a reason."""
        data = super().clean() or self.cleaned_data
        rejected = data.get("quantity_rejected") or Decimal(0)
        if rejected > (data.get("quantity") or Decimal(0)):
            self.add_error("quantity_rejected", "No more can be rejected than came.")
        elif rejected and not data.get("rejection_reason"):
            self.add_error("rejection_reason", "Say why they were rejected.")
        return data


class SomeLines(LineFormSet):
    """At least one line with a quantity."""

    def clean(self) -> None:
        """Refuse a receipt of nothing."""
        if not any(self.errors) and not self.given:
            raise forms.ValidationError("Enter a quantity on at least one line.")

    @property
    def given(self) -> list[tuple[Any, dict[str, Any]]]:
        """Each line that has a quantity, with what was typed."""
        return [(form.line, form.cleaned_data) for form in self.forms if form.cleaned_data.get("quantity")]


_ReceivedLines: Any = forms.formset_factory(ReceiveLineForm, formset=SomeLines, extra=0)
_Quantities: Any = forms.formset_factory(QuantityForm, formset=SomeLines, extra=0)


def booked_lines(
    data: Any, lines: Sequence[PurchaseOrderLine], initial: Sequence[dict[str, Any]], *, with_rejects: bool
) -> SomeLines:
    """One form per order line."""
    factory = _ReceivedLines if with_rejects else _Quantities
    made: SomeLines = factory(data, prefix="lines", lines=lines, initial=initial)
    return made
