"""Makes the demo: the plant, a year of its life, and what is open today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from core.commands import command
from core.errors import Conflict
from core.history import acting, recorded_by
from core.models import Site, User
from linkage.demo import catalogue, people, plant
from linkage.demo.billing import finance_weeks, match_nights
from linkage.demo.buying import approvers_days, buyers_days, storekeepers_days
from linkage.demo.clock import Clock, Life
from linkage.demo.inbox import open_today
from linkage.demo.planning import foremans_days, planners_days
from linkage.demo.today import begin_stories
from linkage.demo.work import reported_life
from linkage.demo.world import World, working_time

YEAR = timedelta(days=365)
REPORTED, FOUND = 0.3, 0.2  # shares of the year's work orders: faults reported, and found on a round
Progress = Callable[[float], None]


def is_seeded() -> bool:
    """Whether there is a plant already."""
    return Site.objects.exists()


@command
def make_demo_users() -> dict[str, User]:
    """The logins only."""
    return people.make_users()


@command
def make_demo(*, at: datetime, seed: int, scale: int, work_orders: int, progress: Progress) -> World:
    """The whole demo in one transaction: the same seed and moment make the same plant.

    Raises Conflict, and changes nothing, where there is a plant already.
    """
    if is_seeded():
        raise Conflict("There is a plant here already.")
    clock = Clock(at - YEAR, at)
    world = World(random=Random(seed), clock=clock, scale=scale)
    world.people = people.make_users()
    with acting(world.people["admin"]), recorded_by(lambda: world.now):
        _make_plant(world)
        _spawn(world, work_orders * scale)
        clock.run(lambda moment: progress((moment - clock.start) / YEAR))
        open_today(world)
    progress(1.0)
    return world


def _make_plant(world: World) -> None:
    plant.make_units(world)
    plant.make_sites(world)
    people.settle_people(world)
    catalogue.make_items(world)
    catalogue.make_suppliers(world)
    catalogue.make_rates(world)
    plant.make_assets(world)
    catalogue.fill_storerooms(world)


def fresh_statistics(world: World) -> Life:
    """Tell the planner how full the tables are: nobody else sees them before the transaction ends."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield world.now + timedelta(days=25)


def _spawn(world: World, work_orders: int) -> None:
    """Everybody's days, and the beginnings of all work."""
    clock = world.clock
    reported, found = round(work_orders * REPORTED), round(work_orders * FOUND)
    for moment in _moments(world, reported):
        clock.spawn(reported_life(world), moment)
    rounds = _moments(world, work_orders - reported - found)
    for life in (
        fresh_statistics(world),
        approvers_days(world),
        storekeepers_days(world),
        buyers_days(world),
        match_nights(world),
        finance_weeks(world),
        planners_days(world, _moments(world, found), rounds),
        foremans_days(world),
    ):
        clock.spawn(life, clock.start)
    begin_stories(world)


def _moments(world: World, many: int) -> list[datetime]:
    """So many moments of the year within working time."""
    return [working_time(world.clock.start + YEAR * world.random.random()) for _ in range(many)]
