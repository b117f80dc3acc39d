"""Ordering and changing orders."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from core.forms import CommandForm
from procurement.choices import SupplierStatus
from procurement.forms.lines import LineForm, LineFormSet
from procurement.models import PurchaseOrderLine, Supplier


class OrderFromSupplierForm(CommandForm):
    """Whom to order from; prices come beside it, one per line."""

    supplier = forms.ModelChoiceField(
        Supplier.objects.filter(status=SupplierStatus.APPROVED).order_by("name"),
        help_text="Only approved suppliers can get orders.",
    )
    merge_same_items = forms.BooleanField(
        label="Put the same item into one line", required=False, initial=True
    )


class ReviseForm(CommandForm):
    """Why the order changes."""

    reason = forms.CharField(
        label="Why does it change?", max_length=100, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReviseLineForm(LineForm):
    """What the line shall say."""

    quantity = forms.DecimalField(min_value=Decimal(0), max_digits=14, decimal_places=4)
    unit_price = forms.DecimalField(label="Price", min_value=Decimal(0), max_digits=18, decimal_places=6)
    promised_on = forms.DateField(label="Promised", required=False)


_ReviseLines: Any = forms.formset_factory(ReviseLineForm, formset=LineFormSet, extra=0)


def revised_lines(
    data: Any, lines: Sequence[PurchaseOrderLine], initial: Sequence[dict[str, Any]]
) -> LineFormSet:
    """One form per order line."""
    made: LineFormSet = _ReviseLines(data, prefix="lines", lines=lines, initial=initial)
    return made
