"""The parts an asset takes and whether the site has them: what a technician picks from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import DecimalField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from cmms.models import SparePart, StockItem
from core.models import Item

ZERO = Decimal(0)


@dataclass(frozen=True)
class SpareChoice:
    """One part of an asset; `available` in the storerooms of its site and promised to nobody, in the item's unit."""

    item: Item
    quantity_fitted: Decimal
    available: Decimal
    note: str = ""


def spare_choices(asset_id: int) -> list[SpareChoice]:
    """The active parts on an asset's list with what its site has of them, by name; one statement."""
    at_site = (
        StockItem.objects.filter(
            item_id=OuterRef("item_id"),
            storeroom__site_id=OuterRef("asset__site_id"),
            storeroom__is_active=True,
        )
        .order_by()
        .values("item_id")
        .annotate(free=Sum(F("quantity_on_hand") - F("quantity_reserved")))
        .values("free")
    )
    number = DecimalField(max_digits=14, decimal_places=4)
    parts = (
        SparePart.objects.filter(asset_id=asset_id, item__is_active=True)
        .select_related("item__unit", "item__category")
        .annotate(available=Coalesce(Subquery(at_site, output_field=number), ZERO, output_field=number))
        .order_by("item__name", "pk")
    )
    return [SpareChoice(part.item, part.quantity_fitted, part.available, part.note) for part in parts]
