"""Pieces that several inputs share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from core.models import Item, ItemCategory, Unit
from procurement.choices import Destination, LineKind


def quantity_field(**options: Any) -> serializers.DecimalField:
    """A quantity as the documents keep it."""
    return serializers.DecimalField(max_digits=14, decimal_places=4, **options)


def price_field(**options: Any) -> serializers.DecimalField:
    """A unit price as the documents keep it."""
    return serializers.DecimalField(max_digits=18, decimal_places=6, **options)


def amount_field(**options: Any) -> serializers.DecimalField:
    """An amount of money as the documents keep it."""
    return serializers.DecimalField(max_digits=16, decimal_places=4, **options)


def percent_field(**options: Any) -> serializers.DecimalField:
    """A percentage as the documents keep it."""
    return serializers.DecimalField(max_digits=7, decimal_places=4, **options)


def found(model: type[Model], keys: Iterable[int | None], field: str) -> dict[Any, Any]:
    """The rows of `keys` in one statement; a 400 problem names those that do not exist."""
    wanted = {key for key in keys if key is not None}
    rows: dict[Any, Any] = model._default_manager.in_bulk(wanted) if wanted else {}
    missing = sorted(wanted - set(rows))
    if missing:
        named = ", ".join(str(key) for key in missing)
        raise serializers.ValidationError({field: [f"There is no {model._meta.verbose_name} {named}."]})
    return rows


class BoughtLineSerializer(serializers.Serializer[Any]):
    """One thing to buy. With `item`, description, unit, category and kind come from the item where left out."""

    kind = serializers.ChoiceField(choices=LineKind.choices, required=False)
    item = serializers.IntegerField(required=False, allow_null=True, default=None)
    category = serializers.IntegerField(required=False, allow_null=True, default=None)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    unit = serializers.IntegerField(required=False, allow_null=True, default=None)
    quantity = quantity_field()
    destination = serializers.ChoiceField(choices=Destination.choices, default=Destination.DIRECT)
    deliver_to = serializers.CharField(max_length=40, allow_blank=True, default="")
    needed_on = serializers.DateField(required=False, allow_null=True, default=None)


def bought_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keyword arguments of the services' line inputs, completed from the items; three statements at most."""
    items: Mapping[Any, Item] = found(Item, (line["item"] for line in lines), "lines")
    found(Unit, (line["unit"] for line in lines), "lines")
    found(ItemCategory, (line["category"] for line in lines), "lines")
    return [_completed(line, items.get(line["item"])) for line in lines]


def _completed(line: dict[str, Any], item: Item | None) -> dict[str, Any]:
    values = {name: value for name, value in line.items() if name not in {"item", "category", "unit"}}
    values["item_id"] = line["item"]
    values["category_id"] = line["category"] or (item.category_id if item else None)
    values["unit_id"] = line["unit"] or (item.unit_id if item else None)
    values["description"] = line["description"] or (item.name if item else "")
    values["kind"] = line.get("kind") or (
        LineKind.SERVICE if item is not None and item.is_service else LineKind.ITEM
    )
    if values["unit_id"] is None:
        raise serializers.ValidationError({"lines": ["Name a unit for each line without an item."]})
    if not values["description"]:
        raise serializers.ValidationError({"lines": ["Describe each line that has no item."]})
    return values
