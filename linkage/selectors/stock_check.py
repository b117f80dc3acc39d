"""Stock balances against the movements and promises that they follow from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from cmms.models import Reservation, StockItem
from cmms.selectors.stock_replay import replay_differences

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
    """Balances, values, bins and serial numbers that a replay of the movements does not give, and promised
    quantities that are not the sum of the promises; five statements.
    """
    replayed = [
        StockDifference(
            each.item, each.storeroom, each.figure + (f" (movement {each.movement_id})" if each.movement_id else ""),
            each.stored, each.replayed,
        )
        for each in replay_differences()
    ]  # fmt: skip
    rows = (
        StockItem.objects.select_related("item", "storeroom")
        .annotate(promised=_promised())
        .exclude(quantity_reserved=F("promised"))
        .order_by("item__code", "storeroom__code")
    )
    return replayed + [
        StockDifference(row.item.code, row.storeroom.code, "Promised", row.quantity_reserved, row.promised)
        for row in rows
    ]


def _promised() -> Coalesce:
    sums = (
        Reservation.objects.filter(stock_item=OuterRef("pk"))
        .order_by()
        .values("stock_item")
        .annotate(whole=Sum("quantity"))
        .values("whole")
    )
    return Coalesce(Subquery(sums, output_field=_FIGURE), Decimal(0), output_field=_FIGURE)
