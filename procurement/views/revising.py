"""Changing an order; what it said before is kept."""

from __future__ import annotations

from typing import Any

from django.forms.formsets import BaseFormSet

from procurement.forms.lines import typed
from procurement.forms.orders import ReviseForm, revised_lines
from procurement.models import PurchaseOrderLine
from procurement.services.order_changes import LineChange, revise_order
from procurement.views.orders import OrderCommand


class ReviseOrder(OrderCommand):
    """Other quantities, prices or dates."""

    title = "Revise the order"
    submit_label = "Revise"
    intro = "The order as it stands is kept as a revision."
    permission = "procurement.create_purchase_order"
    form_class = ReviseForm
    template_name = "procurement/order_revise.html"
    success_message = "{object} is revised."

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """One form per line, as it stands."""
        lines = list(self.object.lines.select_related("unit").order_by("line_number"))
        initial = [
            {
                "quantity": typed(line.quantity),
                "unit_price": typed(line.unit_price),
                "promised_on": line.promised_on,
            }
            for line in lines
        ]
        return {"lines": revised_lines(data, lines, initial)}

    def run(self, form: Any) -> object:
        """Revise it."""
        changes = [
            change
            for each in self.formsets["lines"].forms
            if (change := _change(each.line, each.cleaned_data))
        ]
        return revise_order(
            order_id=self.object.pk,
            changes=changes,
            reason=form.cleaned_data["reason"],
            actor=self.actor,
            at=self.at,
        )


def _change(line: PurchaseOrderLine, entered: dict[str, Any]) -> LineChange | None:
    """What differs from the line as it stands; None where nothing does."""
    named = {
        name: entered[name]
        for name in ("quantity", "unit_price", "promised_on")
        if entered[name] is not None and entered[name] != getattr(line, name)
    }
    return LineChange(order_line_id=line.pk, **named) if named else None
