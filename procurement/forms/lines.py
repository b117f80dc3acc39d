"""Formsets of document lines: every form knows the line it is about, and choices are read once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BaseFormSet

from procurement.models import PurchaseOrderLine

if TYPE_CHECKING:
    _FormSet = BaseFormSet[Any]
else:
    _FormSet = BaseFormSet

Choices = list[tuple[Any, str]]


def typed(value: Decimal) -> str:
    """A figure as somebody would type it: no exponent, no zeros at the end."""
    return f"{value.normalize():f}"


class LineFormSet(_FormSet):
    """One form per order line, in the order given; the form finds its line as `line`."""

    def __init__(self, *args: Any, lines: Sequence[PurchaseOrderLine] = (), **kwargs: Any) -> None:
        self.lines = lines
        super().__init__(*args, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """The line at the same place."""
        known = index is not None and index < len(self.lines)
        return {**super().get_form_kwargs(index), "line": self.lines[index] if known else None}  # type: ignore[index]

    def total_form_count(self) -> int:
        """Exactly one form per line, whatever was sent."""
        return len(self.lines)

    def initial_form_count(self) -> int:
        """All of them stand for stored lines."""
        return len(self.lines)


class LineForm(forms.Form):
    """A form about one order line."""

    def __init__(self, *args: Any, line: PurchaseOrderLine | None = None, **kwargs: Any) -> None:
        self.line = line
        super().__init__(*args, **kwargs)


class SharedChoicesFormSet(_FormSet):
    """Forms that share choices read once: `choices` maps field names to them."""

    def __init__(self, *args: Any, choices: dict[str, Choices] | None = None, **kwargs: Any) -> None:
        self.choices = choices or {}
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Give the form's selects their choices."""
        super().add_fields(form, index)
        for name, choices in self.choices.items():
            form.fields[name].choices = choices

    @property
    def filled(self) -> list[dict[str, Any]]:
        """What was typed, without the empty lines."""
        return [form.cleaned_data for form in self.forms if form.has_changed() and form.cleaned_data]
