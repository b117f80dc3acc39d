"""The part of the year before the plant kept its work here: taken over from a list, as `import_work_orders` does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from cmms.choices import WorkOrderType
from cmms.services.history_import import import_work_orders
from linkage.demo.words_plant import FAULTS, ROUNDS
from linkage.demo.world import World

HEADER = ("Date", "Asset", "Title", "Type", "Cost")


def take_over(world: World, since: datetime, work_orders: int) -> None:
    """Import so many finished work orders of the months from `since` until the plant's first day here."""
    rows = list(_rows(world, since, work_orders))
    digest = sha256(repr(rows).encode()).hexdigest()
    import_work_orders(
        rows=[(1, HEADER), *enumerate(rows, start=2)], source_digest=digest,
        actor=world.people["planner"], at=world.clock.start,
    )  # fmt: skip


def _rows(world: World, since: datetime, work_orders: int) -> Iterator[tuple[str, ...]]:
    days = (world.clock.start - since).days
    for day in sorted(world.random.randint(0, days - 1) for _ in range(work_orders)):
        place = world.random.choice(world.places)
        if world.chance(0.5):
            kind, cost = WorkOrderType.CORRECTIVE, world.random.randint(60, 1400)
            title = world.random.choice(FAULTS[place.kind])[1]
        else:
            kind, cost = WorkOrderType.PREVENTIVE, world.random.randint(20, 180)
            title = world.random.choice(ROUNDS)[0]
        on = (since + timedelta(days=day)).date()
        yield (
            f"{on:%Y-%m-%d}",
            place.asset.code,
            f"{title}: {place.asset.name}",
            kind,
            f"{cost}.{day % 100:02d}",
        )
