"""Where a fault or work order is: the asset and location that were named, looked up together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cmms.models import Asset, Location
from core.errors import NotFound, RuleViolation


@dataclass(frozen=True)
class Place:
    """An asset, a location or both, and the site they are at."""

    asset: Asset | None
    location_id: int | None
    site_id: int

    @property
    def cost_centre_id(self) -> int | None:
        """Who pays for work on the asset."""
        return self.asset.cost_centre_id if self.asset else None


@dataclass(frozen=True)
class Places:
    """Assets and locations by primary key; the rows behind a number of places."""

    assets: dict[int, Asset]
    locations: dict[int, Location]

    def of(self, *, asset_id: int | None, location_id: int | None) -> Place:
        """The place; the asset's own location where none is named. Raises NotFound, RuleViolation."""
        asset = self.assets.get(asset_id) if asset_id else None
        if asset_id and asset is None:
            raise NotFound("That asset does not exist.", field="asset_id")
        if asset and not asset.is_active:
            raise RuleViolation(
                f"{asset} is no longer in use.", field="asset_id", remedy="Choose another asset."
            )
        if location_id is None:
            if asset is None:
                raise RuleViolation("Choose the asset or the location.", field="asset_id")
            return Place(asset, asset.location_id, asset.site_id)
        location = self.locations.get(location_id)
        if location is None:
            raise NotFound("That location does not exist.", field="location_id")
        return Place(asset, location.pk, asset.site_id if asset else location.site_id)


def places_of(*, wanted: Collection[tuple[int | None, int | None]]) -> Places:
    """What these pairs of asset and location name; at most two statements."""
    assets = {asset for asset, _ in wanted if asset}
    locations = {location for _, location in wanted if location is not None}
    return Places(
        {row.pk: row for row in Asset.objects.filter(pk__in=assets).order_by()} if assets else {},
        {row.pk: row for row in Location.objects.filter(pk__in=locations).order_by()} if locations else {},
    )


def place_of(*, asset_id: int | None, location_id: int | None) -> Place:
    """The asset and location of one report or work order."""
    return places_of(wanted=[(asset_id, location_id)]).of(asset_id=asset_id, location_id=location_id)
