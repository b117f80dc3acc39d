"""What figures are asked for: which assets, which time, by which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q

from cmms.choices import FailureBasis, PmRule
from cmms.models import Asset

ZERO = Decimal(0)


@dataclass(frozen=True)
class Population:
    """The assets of a question.

    `unit_of`: for each asset the topmost asset of the question that it belongs to; a unit counts as one thing that
    runs or stands (a pump's stop stops its line once). `valued`: assets at or below the topmost with a replacement
    value, whose sum is `replacement_value` (base currency); `without_value`: the others, counted.
    """

    unit_of: dict[int, int]
    units: dict[int, datetime | None]
    valued: list[int]
    replacement_value: Decimal | None
    without_value: int

    @property
    def asset_ids(self) -> list[int]:
        """All of them."""
        return list(self.unit_of)


@dataclass(frozen=True)
class Question:
    """Figures of a period [since, until), of an asset with all below it, a site, a class, or of everything."""

    since: datetime
    until: datetime
    now: datetime
    asset_id: int | None = None
    site_id: int | None = None
    class_id: int | None = None
    pm_rule: str = PmRule.DUE
    basis: str = FailureBasis.STOPS

    @property
    def end(self) -> datetime:
        """The end of what has happened so far."""
        return max(self.since, min(self.until, self.now))

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows the assets."""
        return self.asset_id is None and self.site_id is None and self.class_id is None

    @cached_property
    def population(self) -> Population:
        """The assets; one statement."""
        rows = list(
            Asset.objects.order_by("pk").values_list(
                "pk",
                "parent_id",
                "site_id",
                "asset_class_id",
                "replacement_value",
                "is_active",
                "installed_on",
            )
        )
        return population_of(rows, self.asset_id, self.site_id, self.class_id)

    def on(self, path: str = "asset") -> Q:
        """The condition that a row's asset is of the question; rows without one count only when all is asked for."""
        if self.is_whole:
            return Q()
        if self.asset_id is None and self.class_id is None and path == "asset":
            return Q(site_id=self.site_id)
        return Q(**{f"{path}__in": self.population.asset_ids})


def population_of(
    rows: list[tuple[Any, ...]], asset_id: int | None, site_id: int | None, class_id: int | None
) -> Population:
    """The assets of a question from (key, parent, site, class, value, in use, installed on) of all assets."""
    parent = {row[0]: row[1] for row in rows}
    value = {row[0]: row[4] for row in rows}
    chain = _chains(parent)
    picked = {
        row[0]
        for row in rows
        if (asset_id is None or asset_id in chain[row[0]])
        and (site_id is None or row[2] == site_id)
        and (class_id is None or row[3] == class_id)
    }
    unit_of: dict[int, int] = {}
    valued: list[int] = []
    total: Decimal | None = None
    without = 0
    for key in picked:
        above = [each for each in chain[key] if each in picked]
        unit_of[key] = above[-1]
        bearers = [each for each in above if value[each] is not None]
        if not bearers:
            without += 1
            continue
        valued.append(key)
        if bearers[-1] == key:
            total = (total or ZERO) + value[key]
    tops = set(unit_of.values())
    units = {row[0]: row[6] for row in rows if row[0] in tops and row[5]}
    return Population(unit_of, units, sorted(valued), total, without)


def _chains(parent: dict[int, int | None]) -> dict[int, list[int]]:
    """For each asset the way up: itself, its parent, and so on."""
    chains: dict[int, list[int]] = {}

    def up(key: int) -> list[int]:
        way: list[int] = []
        here: int | None = key
        while here is not None and here not in chains:
            way.append(here)
            here = parent.get(here)
        rest = chains[here] if here is not None else []
        for index, each in enumerate(way):
            chains[each] = way[index:] + rest
        return chains[key]

    for key in parent:
        up(key)
    return chains
