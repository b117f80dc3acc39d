"""What the makers of the demo share: chance, people, and the rows they keep coming back to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from cmms.models import Asset, Craft, Storeroom
from core.models import CostCentre, Item, Site, Unit, User
from linkage.demo.clock import Clock
from procurement.models import Supplier


@dataclass(frozen=True)
class Place:
    """An asset that gets work: what it is and which items are its spare parts."""

    asset: Asset
    kind: str
    site_position: int
    parts: tuple[Item, ...]
    bought: tuple[Item, ...]


@dataclass
class World:
    """The demo while it is being made."""

    random: Random
    clock: Clock
    scale: int
    people: dict[str, User] = field(default_factory=dict)
    crews: dict[int, dict[str, list[User]]] = field(default_factory=dict)
    crafts: dict[str, Craft] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    centres: dict[int, list[CostCentre]] = field(default_factory=dict)
    storerooms: dict[int, Storeroom] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    items: dict[str, list[Item]] = field(default_factory=dict)
    services: list[Item] = field(default_factory=list)
    costs: dict[int, Decimal] = field(default_factory=dict)
    suppliers: list[Supplier] = field(default_factory=list)
    sellers: dict[str, list[Supplier]] = field(default_factory=dict)
    hungry: set[int] = field(default_factory=set)  # work orders that wait for parts
    drafts: dict[int, Any] = field(default_factory=dict)  # work orders to approve, and the job of each
    people_of: dict[int, int] = field(default_factory=dict)  # who does which work order
    ready: dict[int, datetime] = field(default_factory=dict)  # work orders whose hours are to be confirmed
    done: dict[int, datetime] = field(default_factory=dict)
    completed: dict[int, datetime] = field(default_factory=dict)
    bills_due: set[int] = field(
        default_factory=set
    )  # orders whose supplier has something left to bill or credit
    bills: int = 0

    @property
    def now(self) -> datetime:
        """The moment the demo has reached."""
        return self.clock.now

    def drafted(self, key: int, job: Any) -> None:
        """A work order is there for the planner to approve."""
        self.drafts[key] = job

    def take_drafts(self) -> dict[int, Any]:
        """What there is to approve, and from now on no more."""
        taken, self.drafts = self.drafts, {}
        return taken

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.random.random() < probability

    def later(self, low: float, high: float) -> datetime:
        """A moment within working time, so many hours from now."""
        return working_time(self.now + timedelta(hours=self.random.uniform(low, high)))

    def crew(self, site_position: int, craft: str) -> User:
        """Somebody of that craft at the site, else anybody there."""
        crews = self.crews[site_position]
        return self.random.choice(crews.get(craft) or [each for some in crews.values() for each in some])


def working_time(moment: datetime) -> datetime:
    """The moment itself, or the next morning of a working day."""
    if moment.hour >= 18:
        moment = (moment + timedelta(days=1)).replace(hour=7)
    elif moment.hour < 6:
        moment = moment.replace(hour=6)
    while moment.weekday() >= 5:
        moment = (moment + timedelta(days=1)).replace(hour=7)
    return moment
