"""Figures of real records agree with a computation that knows nothing of the product."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cmms.models import Asset, AssetClass, StopFeed
from cmms.selectors.kpis import Figure, Question, figures_of
from cmms.services.downtime import StopMessage, ingest_stops
from cmms.services.history_import import import_work_orders
from tests.builders import boss, site

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STANDS = 8  # hours that a machine is taken to stand after each failure; the records tell none
EXACT = Decimal("0.000001")

pytestmark = pytest.mark.django_db


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open() as file:
        yield from csv.DictReader(file)


def year(number: int, **values: Any) -> dict[str, Figure]:
    since, until = (datetime(each, 1, 1, tzinfo=UTC) for each in (number, number + 1))
    return {each.key: each for each in figures_of(Question(since=since, until=until, now=NOW, **values))}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def machines(shared_data: Path) -> dict[str, Asset]:
    """The machines with their model as class, their failures as stops, their maintenance as history."""
    folder = shared_data / "azure-pdm"
    classes: dict[str, AssetClass] = {}
    found: dict[str, Asset] = {}
    for row in rows(folder / "PdM_machines.csv"):
        model = row["model"]
        if model not in classes:
            classes[model] = AssetClass.objects.create(code=model, name=model)
        found[row["machineID"]] = Asset.objects.create(
            code=f"M{row['machineID']}", name="Machine", site=site(), asset_class=classes[model]
        )
    feed = StopFeed.objects.create(code="pdm", name="Machine data")
    messages = [
        StopMessage(
            str(number), f"M{row['machineID']}", moment(row["datetime"]), moment(row["datetime"]),
            moment(row["datetime"]) + timedelta(hours=STANDS), reason=row["failure"],
        )
        for number, row in enumerate(rows(folder / "PdM_failures.csv"))
    ]  # fmt: skip
    for start in range(0, len(messages), 200):
        ingest_stops(feed=feed, messages=messages[start : start + 200], at=NOW)
    failed = {
        (row["machineID"], row["datetime"], row["failure"]) for row in rows(folder / "PdM_failures.csv")
    }
    table: list[list[str]] = [["date", "asset", "title", "type"]]
    for row in rows(folder / "PdM_maint.csv"):
        kind = "PM01" if (row["machineID"], row["datetime"], row["comp"]) in failed else "PM02"
        table.append([row["datetime"][:10], f"M{row['machineID']}", f"Replace {row['comp']}", kind])
    report = import_work_orders(rows=enumerate(table, start=1), source_digest="pdm", actor=boss(), at=NOW)
    assert report.created == len(table) - 1
    return found


def test_mean_time_between_failures_of_machines_and_models(
    machines: dict[str, Asset], shared_data: Path
) -> None:
    hours_of_2020 = 366 * 24
    down: dict[str, set[datetime]] = defaultdict(set)
    began: dict[str, list[datetime]] = defaultdict(list)
    for row in rows(shared_data / "azure-pdm" / "PdM_failures.csv"):
        start = moment(row["datetime"])
        began[row["machineID"]].append(start)
        down[row["machineID"]] |= {start + timedelta(hours=n) for n in range(STANDS)}
    stops = {
        key: sum(
            1 for n, start in enumerate(found) if n == 0 or start - found[n - 1] > timedelta(hours=STANDS)
        )
        for key, found in ((key, sorted(values)) for key, values in began.items())
    }
    inside = {key: sum(1 for hour in found if hour.year == 2020) for key, found in down.items()}
    for key, machine in machines.items():
        value = year(2020, asset_id=machine.pk)["mtbf"].value
        if not stops.get(key):
            assert value is None
        else:
            assert value is not None
            assert abs(value - Decimal(hours_of_2020 - inside[key]) / stops[key]) < EXACT
    by_model: dict[int | None, list[str]] = defaultdict(list)
    for key, machine in machines.items():
        by_model[machine.asset_class_id].append(key)
    for class_id, keys in by_model.items():
        operating = hours_of_2020 * len(keys) - sum(inside.get(key, 0) for key in keys)
        value = year(2020, class_id=class_id)["mtbf"].value
        assert value is not None
        assert abs(value - Decimal(operating) / sum(stops.get(key, 0) for key in keys)) < EXACT


def test_corrective_replacements_as_failures(machines: dict[str, Asset], shared_data: Path) -> None:
    folder = shared_data / "azure-pdm"
    failures = {
        (row["machineID"], row["datetime"], row["failure"]) for row in rows(folder / "PdM_failures.csv")
    }
    replaced = [
        row["machineID"]
        for row in rows(folder / "PdM_maint.csv")
        if row["datetime"].startswith("2020") and (row["machineID"], row["datetime"], row["comp"]) in failures
    ]
    down = {
        (row["machineID"], moment(row["datetime"]) + timedelta(hours=n))
        for row in rows(folder / "PdM_failures.csv")
        for n in range(STANDS)
    }
    operating = 366 * 24 * len(machines) - sum(1 for _, hour in down if hour.year == 2020)
    figure = year(2020, basis="CORRECTIVE")["mtbf"]
    assert figure.value is not None and abs(figure.value - Decimal(operating) / len(replaced)) < EXACT


def test_excavators_by_year(shared_data: Path, settings: Any) -> None:
    settings.BASE_CURRENCY = "AUD"
    boss(), site()
    path = shared_data / "nestor-excavators" / "excavators.csv"
    call_command("import_work_orders", path, currency="AUD", stdout=StringIO(), stderr=StringIO())
    cost: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    broken: dict[tuple[str, int], int] = defaultdict(int)
    for number, row in enumerate(rows(path), start=2):
        if number == 2868:  # an unquoted comma shifts its columns
            continue
        key = (row["Asset"], int(row["BscStartDate"][:4]))
        cost[key] += Decimal(row["Cost"])
        broken[key] += row["PMType"] != "PM02"  # an order of unknown type is taken for corrective
    assert len(cost) > 20
    assets = {each.code: each.pk for each in Asset.objects.all()}
    for (code, number), amount in cost.items():
        found = year(number, asset_id=assets[code], basis="CORRECTIVE")
        assert (found["cost"].value or Decimal(0)) == amount, (code, number)
        hours = (datetime(number + 1, 1, 1) - datetime(number, 1, 1)).days * 24
        expected = Decimal(hours) / broken[code, number] if broken[code, number] else None
        value = found["mtbf"].value
        assert value == expected if expected is None else value is not None and abs(value - expected) < EXACT
        assert found["mttr"].value is None and found["availability"].value is None
