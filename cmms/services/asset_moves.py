"""Assets and locations come to stand elsewhere; where they have been is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmms.models import Asset, AssetMove, Location, WorkOrder
from cmms.selectors.asset_tree import keys_below
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_update_with_history, update_with_history
from core.models import User

MOVE_ASSET, MOVE_LOCATION = "cmms.change_asset", "cmms.change_location"
MOST_LISTED = 50


@dataclass(frozen=True)
class Moved:
    """What moved, what moved with it, and the open work orders that still name the old place (at most 50)."""

    asset: Asset
    along: Sequence[Asset]
    open_orders: Sequence[WorkOrder]

    def __str__(self) -> str:
        return str(self.asset)


@command
def move_asset(
    *,
    asset_id: int,
    parent_id: int | None,
    location_id: int | None,
    reason: str,
    actor: User,
    at: datetime,
) -> Moved:
    """Put an asset below another one (None: top level) and at a location (None: nowhere).

    What is fitted in it and stood at the same place moves along. Costs and work orders stay on the assets they were
    posted to. Raises RuleViolation where it would come below itself, or nothing changes. Seven statements at most,
    whatever hangs below.
    """
    require(actor, MOVE_ASSET)
    _said_why(reason)
    asset = _locked(Asset, asset_id, "asset_id")
    parent = _above(Asset, asset, parent_id)
    location = _active(Location, location_id, "location_id")
    if (asset.parent_id, asset.location_id) == (parent_id, location_id):
        raise RuleViolation(f"{asset} is there already.", field="location_id", remedy="Choose another place.")
    along = _standing_together(asset) if location and location_id != asset.location_id else []
    moves = [_move(asset, parent_id, location_id, reason, actor, at)]
    moves += [_move(each, each.parent_id, location_id, reason, actor, at) for each in along]
    asset.parent = parent
    for each in (asset, *along):
        each.location_id = location_id
        if location:
            each.site_id = location.site_id
    bulk_update_with_history([asset, *along], ["parent", "location", "site"])
    AssetMove.objects.bulk_create(moves)
    return Moved(asset, along, affected_orders(asset_ids=[asset.pk, *(each.pk for each in along)]))


@command
def move_location(
    *, location_id: int, parent_id: int | None, reason: str, actor: User, at: datetime
) -> Location:
    """Put a location below another one of the same site (None: top level); all below it comes along.

    Raises RuleViolation where it would come below itself, or the other one is on another site.
    """
    require(actor, MOVE_LOCATION)
    _said_why(reason)
    location: Location = _locked(Location, location_id, "location_id")
    parent = _above(Location, location, parent_id)
    if parent and parent.site_id != location.site_id:
        raise RuleViolation(
            f"{parent} is on another site.", field="parent_id", remedy="Choose a location of the same site."
        )
    location.parent = parent
    update_with_history(location, "parent")
    return location


def affected_orders(*, asset_ids: Sequence[int]) -> list[WorkOrder]:
    """Open work orders of these assets, newest first, at most 50: they were planned for where the assets stood."""
    return list(WorkOrder.objects.open().filter(asset__in=asset_ids).order_by("-pk")[:MOST_LISTED])


def _said_why(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation("Say why it moves.", field="reason")


def _locked(model: Any, key: int, field: str) -> Any:
    row = model.objects.filter(pk=key).order_by().select_for_update(no_key=True, of=("self",)).first()
    if row is None:
        raise NotFound(f"That {model._meta.verbose_name} does not exist.", field=field)
    return row


def _active(model: Any, key: int | None, field: str) -> Any:
    if key is None:
        return None
    row = model.objects.filter(pk=key).order_by().first()
    if row is None:
        raise NotFound(f"That {model._meta.verbose_name} does not exist.", field=field)
    if not row.is_active:
        raise RuleViolation(f"{row} is no longer in use.", field=field, remedy="Choose another one.")
    return row


def _above(model: Any, row: Any, parent_id: int | None) -> Any:
    """The row it will belong to; refused where that one belongs to it. The database checks it once more."""
    if parent_id is None:
        return None
    parent = _active(model, parent_id, "parent_id")
    if parent_id == row.pk or parent.ancestors().filter(pk=row.pk).exists():
        raise Conflict(
            f"{row} cannot become part of {parent}, which is part of it.",
            field="parent_id",
            remedy="Move that one out first.",
        )
    return parent


def _standing_together(asset: Asset) -> list[Asset]:
    """What hangs below it and stands at the same place, locked."""
    if asset.location_id is None:
        return []
    below = Asset.objects.filter(pk__in=keys_below(asset.pk), location_id=asset.location_id).exclude(
        pk=asset.pk
    )
    return list(below.order_by("pk").select_for_update(no_key=True, of=("self",)))


def _move(
    asset: Asset, parent_id: int | None, location_id: int | None, reason: str, actor: User, at: datetime
) -> AssetMove:
    return AssetMove(
        asset=asset, from_parent_id=asset.parent_id, to_parent_id=parent_id, from_location_id=asset.location_id,
        to_location_id=location_id, moved_at=at, moved_by=actor, reason=reason.strip()[:100],
    )  # fmt: skip
