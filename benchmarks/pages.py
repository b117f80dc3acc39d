"""Lists and trees as people open them: statements and milliseconds in a small plant and in one a hundred times larger.

Both plants are databases of the same server, asked by turns, so that a busy machine is equally unkind to both.
"""

from __future__ import annotations

import logging
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

from benchmarks.many_rows import BASE, Size, fill
from benchmarks.setting import seconds
from tests.plant import Plant, build_plant

SMALL, LARGE = Size(1_000, 200, 10_000), Size(100_000, 20_000, 1_000_000)


@dataclass(frozen=True)
class Asked:
    """One page and who opens it. `deep`: its last page that can be opened."""

    name: str
    role: str
    url: str
    deep: bool = False


@dataclass
class Measured:
    """What one page took in one plant."""

    statements: int
    seconds: list[float]

    @property
    def milliseconds(self) -> float:
        """The median."""
        return 1000 * statistics.median(self.seconds)


def pages(plant: Plant) -> list[Asked]:
    """What is timed; keys and words exist in both plants."""
    orders, moves, assets, stock = (
        reverse(f"cmms:{name}") for name in ("work-orders", "movements", "assets", "stock")
    )
    line, machine = BASE + 1, BASE + 11
    found = [
        Asked("work orders", "planner", orders),
        Asked("work orders, last page", "planner", orders, deep=True),
        Asked("work orders by title", "planner", f"{orders}?sort=title"),
        Asked("work orders by due date", "planner", f"{orders}?sort=due_at"),
        Asked(
            "work orders of a state and person", "planner", f"{orders}?status=RELEASED&assignee={BASE + 3}"
        ),
        Asked("work orders overdue", "planner", f"{orders}?status=OVERDUE"),
        Asked("work orders, common word", "planner", f"{orders}?q=bearing"),
        Asked("work orders, one number", "planner", f"{orders}?q=WO-000777"),
        Asked("work orders, two words", "planner", f"{orders}?q=seal+000150"),
        Asked("work orders, nothing found", "planner", f"{orders}?q=nowhere"),
        Asked("a work order", "planner", reverse("cmms:work-order", args=[BASE + 21])),
        Asked("my work", "worker1", reverse("cmms:my-work")),
        Asked("find a code", "planner", f"{reverse('cmms:find')}?q=machine+motor"),
        Asked("suggested orders", "planner", f"{reverse('cmms:suggest-orders')}?q=WO-0007"),
        Asked("assets", "planner", assets),
        Asked("assets, common word", "planner", f"{assets}?q=motor"),
        Asked("assets, one code", "planner", f"{assets}?q=A-000123"),
        Asked("a machine", "planner", reverse("cmms:asset", args=[machine])),
        Asked("a line of 200 assets", "planner", reverse("cmms:asset", args=[line])),
        Asked("the whole plant", "planner", reverse("cmms:asset", args=[plant.asset.pk])),
        Asked("locations", "planner", reverse("cmms:locations")),
        Asked("cost entries", "planner", reverse("cmms:costs")),
        Asked("stock", "storekeeper", stock),
        Asked("stock, common word", "storekeeper", f"{stock}?q=valve"),
        Asked("stock, one part", "storekeeper", f"{stock}?q=P-000123"),
        Asked("to reorder", "storekeeper", reverse("cmms:reorder")),
        Asked("a balance", "storekeeper", reverse("cmms:stock-item", args=[BASE + 1])),
        Asked("movements", "storekeeper", moves),
        Asked("movements, last page", "storekeeper", moves, deep=True),
        Asked("movements of a kind", "storekeeper", f"{moves}?kind=ISSUE"),
        Asked("movements from a day on", "storekeeper", f"{moves}?moved_at=2026-02-27"),
        Asked("movements, one part", "storekeeper", f"{moves}?q=P-000123"),
        Asked("movements, one document", "storekeeper", f"{moves}?q=GR-12-143"),
        Asked("movements, common word", "storekeeper", f"{moves}?q=valve"),
    ]
    apis = ("work-orders", "assets", "stock-items", "stock-movements", "cost-entries", "operations")
    found += [Asked(f"API {name}", "planner", f"/api/v1/{name}/") for name in apis]
    found.append(Asked("API one state", "planner", "/api/v1/work-orders/?status=RELEASED"))
    return found


def run(repeat: int) -> None:
    """Fill both plants, open every page `repeat` times in each, print the table."""
    setup_test_environment(debug=False)
    logging.disable(logging.CRITICAL)
    small = connection.settings_dict["NAME"]
    plant = build_plant()
    large = f"{small}_large"
    with _second_database(small, large):
        took = {}
        for name, size in ((small, SMALL), (large, LARGE)):
            _use(name)
            took[name] = seconds(lambda wanted=size: fill(plant, wanted))  # type: ignore[misc]
            print(f"{size}: filled in {took[name]:.0f} s")
        _print_head()
        for asked in pages(plant):
            _print_row(asked, *_measure(asked, (small, large), repeat))
        _use(small)


@contextmanager
def _second_database(source: str, name: str) -> Iterator[None]:
    """A copy of the database with the master data, gone afterwards."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    try:
        yield
    finally:
        _use(source)
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _measure(asked: Asked, databases: tuple[str, str], repeat: int) -> tuple[Measured, Measured]:
    """By turns, after one opening that is not timed but whose statements are counted."""
    found: dict[str, Measured] = {}
    for turn in range(2 * repeat):
        name = databases[turn % 2]
        _use(name)
        client = Client()
        client.login(username=asked.role, password="demo")
        url = f"{asked.url}{'&' if '?' in asked.url else '?'}page=100000" if asked.deep else asked.url
        client.get(url)
        if name not in found:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200, url
            found[name] = Measured(len(captured), [])
        found[name].seconds.append(seconds(lambda: client.get(url)))  # noqa: B023
    return found[databases[0]], found[databases[1]]


def _print_head() -> None:
    print(f"{'page':38} {'SQL':>7} {'small ms':>9} {'large ms':>9} {'ratio':>6}")


def _print_row(asked: Asked, small: Measured, large: Measured) -> None:
    same = small.statements == large.statements
    statements = str(small.statements) if same else f"{small.statements}→{large.statements}!"
    ratio = large.milliseconds / small.milliseconds
    print(
        f"{asked.name:38} {statements:>7} {small.milliseconds:9.1f} {large.milliseconds:9.1f} {ratio:6.2f}"
        f"{'  grows' if ratio > 3 else ''}",
        flush=True,
    )
