"""Stock balances against the movements and promises that they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from cmms.models import Reservation, StockItem, StockMovement

_FIGURE = DecimalField(max_digits=20, decimal_places=4)


@dataclass(frozen=True)
class StockDifference:
    """A stored figure of a balance that its facts do not give."""

    item: str
    storeroom: str
    figure: str
    stored: Decimal
    derived: Decimal


def stock_differences() -> list[StockDifference]:
    """Balances whose quantity, value or promised quantity is not the sum of its facts; one statement."""
    rows = (
        StockItem.objects.select_related("item", "storeroom")
        .annotate(
            moved=_sum(StockMovement, "quantity"),
            worth=_sum(StockMovement, "value"),
            promised=_sum(Reservation, "quantity"),
        )
        .exclude(Q(quantity_on_hand=F("moved")) & Q(value=F("worth")) & Q(quantity_reserved=F("promised")))
        .order_by("item__code", "storeroom__code")
    )
    found = []
    for row in rows:
        for figure, stored, derived in (
            ("On hand", row.quantity_on_hand, row.moved),
            ("Value", row.value, row.worth),
            ("Promised", row.quantity_reserved, row.promised),
        ):
            if stored != derived:
                found.append(StockDifference(row.item.code, row.storeroom.code, figure, stored, derived))
    return found


def _sum(model: type[StockMovement] | type[Reservation], name: str) -> Coalesce:
    sums = (
        model._default_manager.filter(stock_item=OuterRef("pk"))
        .order_by()
        .values("stock_item")
        .annotate(whole=Sum(name))
        .values("whole")
    )
    return Coalesce(Subquery(sums, output_field=_FIGURE), Decimal(0), output_field=_FIGURE)
