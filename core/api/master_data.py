"""The collections of shared master data."""

from __future__ import annotations

from rest_framework import mixins, serializers

from core.api.serializers import MasterDataSerializer, PersonSerializer
from core.api.viewsets import CollectionViewSet, MasterDataViewSet
from core.models import CostCentre, ExchangeRate, Item, ItemCategory, Program, Site, Unit, User


class SiteSerializer(MasterDataSerializer[Site]):
    """A plant or yard."""

    class Meta:
        model = Site
        fields = ("id", "code", "name", "timezone", "address", "is_active")


class UnitSerializer(MasterDataSerializer[Unit]):
    """A unit of measure."""

    class Meta:
        model = Unit
        fields = ("id", "code", "name", "dimension", "factor_numerator", "factor_denominator")


class ItemCategorySerializer(MasterDataSerializer[ItemCategory]):
    """A family of items."""

    class Meta:
        model = ItemCategory
        fields = ("id", "code", "name", "unspsc")


class ItemSerializer(MasterDataSerializer[Item]):
    """A part, material or catalogue service."""

    unit_code = serializers.CharField(source="unit.code", read_only=True)
    category_code = serializers.CharField(source="category.code", read_only=True)

    class Meta:
        model = Item
        fields = (
            "id", "code", "name", "description", "category", "category_code", "unit", "unit_code",
            "is_stocked", "is_service", "is_active", "manufacturer", "manufacturer_part_number", "revision",
        )  # fmt: skip


class CostCentreSerializer(MasterDataSerializer[CostCentre]):
    """Who pays when no work order does."""

    class Meta:
        model = CostCentre
        fields = ("id", "code", "name", "site", "is_active")


class ProgramSerializer(MasterDataSerializer[Program]):
    """A shutdown, project or campaign."""

    class Meta:
        model = Program
        fields = ("id", "code", "name", "is_active")


class ExchangeRateSerializer(MasterDataSerializer[ExchangeRate]):
    """Base-currency units per one unit of a currency, from a day on."""

    class Meta:
        model = ExchangeRate
        fields = ("id", "currency", "valid_on", "rate")


class SiteViewSet(MasterDataViewSet):
    """Sites."""

    queryset = Site.objects.all()
    serializer_class = SiteSerializer
    filterset_fields = ("code", "is_active")


class UnitViewSet(MasterDataViewSet):
    """Units of measure."""

    queryset = Unit.objects.all()
    serializer_class = UnitSerializer
    filterset_fields = ("code", "dimension")


class ItemCategoryViewSet(MasterDataViewSet):
    """Families of items."""

    queryset = ItemCategory.objects.all()
    serializer_class = ItemCategorySerializer
    filterset_fields = ("code",)


class ItemViewSet(MasterDataViewSet):
    """Items."""

    queryset = Item.objects.select_related("unit", "category")
    serializer_class = ItemSerializer
    filterset_fields = {
        "code": ["exact", "istartswith"],
        "name": ["icontains"],
        "category": ["exact"],
        "is_stocked": ["exact"],
        "is_service": ["exact"],
        "is_active": ["exact"],
        "manufacturer_part_number": ["exact"],
    }


class CostCentreViewSet(MasterDataViewSet):
    """Cost centres."""

    queryset = CostCentre.objects.all()
    serializer_class = CostCentreSerializer
    filterset_fields = ("code", "site", "is_active")


class ProgramViewSet(MasterDataViewSet):
    """Programs and projects."""

    queryset = Program.objects.all()
    serializer_class = ProgramSerializer
    filterset_fields = ("code", "is_active")


class ExchangeRateViewSet(MasterDataViewSet):
    """Exchange rates."""

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_fields = ("currency", "valid_on")


class UserViewSet(mixins.ListModelMixin, CollectionViewSet):
    """People, read only."""

    queryset = User.objects.all()
    serializer_class = PersonSerializer
    filterset_fields = ("username", "is_active")
    http_method_names = ["get", "head", "options"]
