"""The form that turns requisition lines into one order: supplier, and a price where no agreement names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

from core.display import price_text
from procurement.decisions.pricing import AgreementPrice
from procurement.forms.lines import typed
from procurement.forms.orders import OrderFromSupplierForm
from procurement.models import RequisitionLine, Supplier
from procurement.services.agreements import preferred_sources


class OrderLinesForm(OrderFromSupplierForm):
    """Supplier, and a price per line. An agreement of the chosen supplier wins over a typed price."""

    def __init__(
        self,
        *args: Any,
        lines: Sequence[RequisitionLine],
        on: date,
        supplier_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        self.offers = preferred_sources(
            item_ids=[line.item_id for line in lines if line.item_id is not None], on=on
        )
        names = {price.supplier_id for prices in self.offers.values() for price in prices}
        self.suppliers = Supplier.objects.in_bulk(names)
        self.fields["supplier"].initial = supplier_id or self._likely_supplier()
        for line in lines:
            self.fields[f"price_{line.pk}"] = forms.DecimalField(
                label=f"Price of {line.description}",
                required=False,
                min_value=Decimal(0),
                max_digits=18,
                decimal_places=6,
                widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
            )
            self.fields[f"price_{line.pk}"].initial = self._first_price(line)
        self._dress()

    def _likely_supplier(self) -> int | None:
        """The one that most lines point at, by agreement first, else by suggestion."""
        votes: Counter[int] = Counter()
        for line in self.lines:
            prices = self.offers.get(line.item_id or 0, ())
            if prices:
                votes[prices[0].supplier_id] += 2
            if line.suggested_supplier_id is not None:
                votes[line.suggested_supplier_id] += 1
        return votes.most_common(1)[0][0] if votes else None

    def _first_price(self, line: RequisitionLine) -> str:
        prices = self.offers.get(line.item_id or 0, ())
        price = prices[0].unit_price if prices else line.estimated_unit_price
        return typed(price) if price else ""

    def _dress(self) -> None:
        for field in self.fields.values():
            kind = SELECT_CLASSES if isinstance(field.widget, forms.Select) else INPUT_CLASSES
            if not isinstance(field.widget, (forms.CheckboxInput, forms.HiddenInput)):
                field.widget.attrs["class"] = " ".join(kind)

    @property
    def prices(self) -> dict[int, Decimal]:
        """The typed prices by line, where one was typed."""
        typed = {line.pk: self.cleaned_data.get(f"price_{line.pk}") for line in self.lines}
        return {pk: price for pk, price in typed.items() if price is not None}

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows of each line."""
        return [
            {
                "line": line,
                "offers": [self._offer(price) for price in self.offers.get(line.item_id or 0, ())[:3]],
                "field": self[f"price_{line.pk}"],
            }
            for line in self.lines
        ]

    def _offer(self, price: AgreementPrice) -> str:
        known = self.suppliers.get(price.supplier_id)
        start = f" from {price.minimum_quantity.normalize():f}" if price.minimum_quantity else ""
        return f"{known.name if known else ''}: {price_text(price.unit_price, price.currency)} {price.currency}{start}"
