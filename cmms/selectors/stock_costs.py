"""What stocked items cost in their storerooms."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from cmms.decisions.moving_average import Balance, average_cost
from cmms.models import StockItem, StockMovement


def average_costs(*, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Decimal]:
    """Moving average cost per unit, base currency, six places, of items in storerooms; one statement.

    Where nothing is on hand, what the last unit moved at. Places that never had the item are left out.
    """
    last = StockMovement.objects.filter(stock_item=OuterRef("pk")).order_by("-pk")
    rows = (
        StockItem.objects.filter(
            item_id__in={item for item, _ in places}, storeroom_id__in={storeroom for _, storeroom in places}
        )
        .annotate(last_cost=Subquery(last.values("unit_cost")[:1]))
        .values_list("item_id", "storeroom_id", "quantity_on_hand", "value", "last_cost")
    )
    return {
        (item, storeroom): average_cost(Balance(on_hand, value)) if on_hand else last_cost
        for item, storeroom, on_hand, value, last_cost in rows
        if on_hand or last_cost is not None
    }
