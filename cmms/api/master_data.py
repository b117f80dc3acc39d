"""Collections that are edited: locations, assets, crafts, storerooms."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api.places import MovesAssets, MovesLocations
from cmms.api.serializers import AssetCostsSerializer
from cmms.models import Asset, AssetClass, Craft, CraftRate, Location, SparePart, Storeroom
from cmms.selectors import asset_costs
from core.access import can_see_costs
from core.api.serializers import CostAwareSerializer, MasterDataSerializer
from core.api.viewsets import MasterDataViewSet
from core.errors import RuleViolation


class StaysPut:
    """Mixin: where a stored row belongs is changed by its verb `move`, which says why and keeps it."""

    stays_put: tuple[str, ...] = ("parent",)

    def update(self: Any, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Refuse another place; the same one may be sent along."""
        for name in self.stays_put:
            if name in validated_data and validated_data[name] != getattr(instance, name):
                raise RuleViolation(f"{instance} is moved by its verb 'move'.", field=name)
        return super().update(instance, validated_data)  # type: ignore[misc]


class LocationSerializer(StaysPut, MasterDataSerializer[Location]):
    """A place on a site."""

    class Meta:
        model = Location
        fields = ("id", "code", "name", "site", "parent", "is_active")


class AssetClassSerializer(MasterDataSerializer[AssetClass]):
    """An equipment class."""

    class Meta:
        model = AssetClass
        fields = ("id", "code", "name", "needs_failure_record")


class AssetSerializer(StaysPut, CostAwareSerializer, MasterDataSerializer[Asset]):
    """A thing that is maintained; values in the base currency."""

    stays_put = ("parent", "location")

    class Meta:
        model = Asset
        fields = (
            "id", "code", "name", "description", "site", "location", "parent", "asset_class", "cost_centre",
            "criticality", "serial_number", "manufacturer", "model_name", "installed_on", "installed_value",
            "replacement_value", "warranty_until", "is_active",
        )  # fmt: skip
        cost_fields = ("installed_value", "replacement_value")


class SparePartSerializer(MasterDataSerializer[SparePart]):
    """An item on an asset's spare-part list."""

    class Meta:
        model = SparePart
        fields = ("id", "asset", "item", "quantity_fitted", "note")


class CraftSerializer(MasterDataSerializer[Craft]):
    """A trade."""

    class Meta:
        model = Craft
        fields = ("id", "code", "name")


class CraftRateSerializer(CostAwareSerializer, MasterDataSerializer[CraftRate]):
    """What an hour of a trade costs from a day on, in the base currency."""

    class Meta:
        model = CraftRate
        fields = ("id", "craft", "valid_from", "hourly_rate")
        cost_fields = ("hourly_rate",)


class StoreroomSerializer(MasterDataSerializer[Storeroom]):
    """A store with its own balances."""

    class Meta:
        model = Storeroom
        fields = (
            "id", "code", "name", "site", "cost_centre", "count_tolerance_percent", "count_approval_above", "is_active",
        )  # fmt: skip


class LocationViewSet(MovesLocations, MasterDataViewSet):
    """Locations."""

    queryset = Location.objects.all()
    serializer_class = LocationSerializer
    filterset_fields = {"code": ["exact", "istartswith"], "site": ["exact"], "parent": ["exact", "isnull"]}


class AssetClassViewSet(MasterDataViewSet):
    """Equipment classes."""

    queryset = AssetClass.objects.all()
    serializer_class = AssetClassSerializer
    filterset_fields = ("code",)


class AssetViewSet(MovesAssets, MasterDataViewSet):
    """Assets."""

    queryset = Asset.objects.all()
    serializer_class = AssetSerializer
    filterset_fields = {
        "code": ["exact", "istartswith"],
        "name": ["icontains"],
        "site": ["exact"],
        "location": ["exact"],
        "parent": ["exact", "isnull"],
        "asset_class": ["exact"],
        "criticality": ["exact"],
        "is_active": ["exact"],
    }

    @extend_schema(responses=AssetCostsSerializer)
    @action(detail=True, methods=["get"])
    def costs(self, request: Request, pk: str) -> Response:
        """Cost by stage of the asset with everything below it, each entry once."""
        asset = self.get_object()
        found = asset_costs(asset_ids=[asset.pk])[asset.pk] if can_see_costs(self.actor) else None
        body = {"asset": asset.pk, "costs": figures_of(found)}
        return Response(AssetCostsSerializer(body, context={"request": request}).data)


class SparePartViewSet(MasterDataViewSet):
    """Spare-part lists of assets."""

    queryset = SparePart.objects.all()
    serializer_class = SparePartSerializer
    filterset_fields = ("asset", "item")


class CraftViewSet(MasterDataViewSet):
    """Trades."""

    queryset = Craft.objects.all()
    serializer_class = CraftSerializer
    filterset_fields = ("code",)


class CraftRateViewSet(MasterDataViewSet):
    """Hourly rates of trades."""

    queryset = CraftRate.objects.all()
    serializer_class = CraftRateSerializer
    filterset_fields = ("craft", "valid_from")


class StoreroomViewSet(MasterDataViewSet):
    """Storerooms."""

    queryset = Storeroom.objects.all()
    serializer_class = StoreroomSerializer
    filterset_fields = ("code", "site", "is_active")


def figures_of(costs: Any) -> dict[str, Any] | None:
    """Figures by stage with their currency."""
    if costs is None:
        return None
    return {
        **{stage: getattr(costs, stage) for stage in ("estimate", "committed", "accrued", "actual")},
        "currency": settings.BASE_CURRENCY,
    }
