"""Assets and locations move with their history, never below themselves."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from cmms.models import Asset, AssetMove, CostEntry, Location
from cmms.services.asset_moves import move_asset, move_location
from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import Site
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> Plant:
    return build_plant()


def hall(plant: Plant, code: str = "HALL-2", parent: Location | None = None) -> Location:
    return Location.objects.create(site=plant.site, code=code, name=f"Place {code}", parent=parent)


def part(plant: Plant, code: str, parent: Asset, location: Location | None = None) -> Asset:
    return Asset.objects.create(
        code=code, name=code, site=plant.site, parent=parent, location=location or plant.asset.location
    )


def move(plant: Plant, asset: Asset, parent: Asset | None, location: Location | None):
    return move_asset(
        asset_id=asset.pk, parent_id=parent.pk if parent else None, location_id=location.pk if location else None,
        reason="Line rebuilt", actor=plant["planner"], at=plant.later(),
    )  # fmt: skip


def test_a_move_is_kept_and_takes_along_what_is_fitted_and_lists_open_work(plant: Plant) -> None:
    motor = part(plant, "M-1", plant.asset)
    away = part(plant, "M-2", plant.asset, hall(plant, "SHOP"))
    order = plant.work_order()
    costs = list(CostEntry.objects.values_list("pk", "asset_id"))
    other = Site.objects.create(code="KAI", name="Quay", timezone="Europe/Berlin")
    target = Location.objects.create(site=other, code="QUAY-1", name="Quay 1")
    before = plant.asset.location
    moved = move(plant, plant.asset, None, target)
    assert [each.pk for each in moved.along] == [motor.pk] and moved.open_orders == [order]
    for each in (plant.asset, motor):
        each.refresh_from_db()
        assert (each.location, each.site) == (target, other)
    away.refresh_from_db()
    assert away.location.code == "SHOP"
    kept = AssetMove.objects.get(asset=plant.asset)
    assert (kept.from_location, kept.to_location, kept.reason) == (before, target, "Line rebuilt")
    latest = plant.asset.history.first()
    assert latest.history_user == plant["planner"] and latest.history_change_reason == "Line rebuilt"
    assert costs and list(CostEntry.objects.values_list("pk", "asset_id")) == costs


def test_an_asset_never_comes_below_itself(plant: Plant) -> None:
    motor = part(plant, "M-1", plant.asset)
    bearing = part(plant, "B-1", motor)
    with pytest.raises(Conflict, match="which is part of it"):
        move(plant, plant.asset, bearing, plant.asset.location)
    with pytest.raises(IntegrityError, match="below itself"), transaction.atomic():
        Asset.objects.filter(pk=plant.asset.pk).update(parent=bearing)


def test_a_move_that_changes_nothing_or_says_no_reason_is_refused(plant: Plant) -> None:
    with pytest.raises(RuleViolation, match="already"):
        move(plant, plant.asset, None, plant.asset.location)
    with pytest.raises(RuleViolation, match="why"):
        move_asset(
            asset_id=plant.asset.pk, parent_id=None, location_id=None, reason=" ", actor=plant["planner"], at=plant.at
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        move_asset(
            asset_id=plant.asset.pk, parent_id=None, location_id=None, reason="x", actor=plant["technician"], at=plant.at,
        )  # fmt: skip


def test_locations_move_within_their_site_and_never_below_themselves(plant: Plant) -> None:
    top, inner = plant.asset.location, hall(plant, "BAY-1", plant.asset.location)
    other = Location.objects.create(
        site=Site.objects.create(code="KAI", name="Quay"), code="QUAY-1", name="Quay 1"
    )
    for target, words in ((inner, "part of it"), (other, "another site")):
        with pytest.raises(RuleViolation, match=words):
            move_location(
                location_id=top.pk, parent_id=target.pk, reason="x", actor=plant["planner"], at=plant.at
            )
    two = hall(plant)
    moved = move_location(
        location_id=inner.pk, parent_id=two.pk, reason="Wall moved", actor=plant["planner"], at=plant.at
    )
    assert moved.parent == two and moved.history.first().history_change_reason == "Wall moved"
    with pytest.raises(IntegrityError), transaction.atomic():
        Location.objects.filter(pk=two.pk).update(parent=inner)


def test_the_statements_of_a_move_do_not_grow_with_what_hangs_below(plant: Plant) -> None:
    assert plant["planner"].has_perm("cmms.change_asset")
    counts = []
    for number, parts in enumerate((1, 15)):
        for each in range(parts):
            part(plant, f"X-{number}-{each}", plant.asset)
        target = hall(plant, f"T-{number}")
        plant.asset.refresh_from_db()
        with CaptureQueriesContext(connection) as statements:
            move(plant, plant.asset, None, target)
        counts.append(len(statements))
    assert counts[0] == counts[1]
