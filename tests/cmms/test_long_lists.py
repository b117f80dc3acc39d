"""Words are found in indexed texts as they were by reading every row; trees are walked from the asset."""

from __future__ import annotations

from functools import reduce
from operator import or_

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Q

from cmms.models import Asset, StockMovement, WorkOrder
from cmms.selectors import asset_costs
from cmms.selectors.asset_tree import assets_above, keys_below
from core.searching import containing, registered_texts
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db
ORDER_FIELDS = ("number", "title", "asset__code", "asset__name", "location__code", "location__name")
MOVEMENT_FIELDS = (
    "stock_item__item__code",
    "stock_item__item__name",
    "work_order__number",
    "document_number",
)


@pytest.fixture
def plant() -> Plant:
    return build_plant()


@pytest.mark.parametrize(
    "word",
    [
        "pump",
        "PUMP",
        "ump-1",
        "o",
        "WO",
        "0002",
        "straße",
        "STRASSE",
        "50 %",
        "_",
        "%",
        "o'c",
        "\\",
        "no such",
        "Hall",
    ],
)
def test_a_word_is_found_wherever_it_stands(plant: Plant, word: str) -> None:
    for title in ("Pump leaks", "Große Straße 50 % done", "O'Connor's \\ belt_1", "hall light"):
        plant.work_order(title)
    Asset.objects.create(code="X-1", name="Elsewhere", site=plant.site)
    plain = reduce(or_, (Q(**{f"{name}__icontains": word}) for name in ORDER_FIELDS))
    found = WorkOrder.objects.filter(containing(WorkOrder, ORDER_FIELDS, word))
    assert set(found) == set(WorkOrder.objects.filter(plain))


def test_movements_are_found_by_part_order_and_document(plant: Plant) -> None:
    for code in ("SEAL-1", "BELT-2"):
        plant.item(code, stocked=True, on_hand=5)
    found = StockMovement.objects.filter(containing(StockMovement, MOVEMENT_FIELDS, "seal"))
    assert [move.stock_item.item.code for move in found] == ["SEAL-1"]


@pytest.mark.parametrize(("label", "columns"), [each for each in registered_texts().items() if each[1]])
def test_a_registered_text_has_its_index(plant: Plant, label: str, columns: tuple[str, ...]) -> None:
    model = apps.get_model(label)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    plan = model._default_manager.filter(containing(model, columns, "bearing")).explain()
    assert f"{model._meta.db_table}_words" in plan


def test_an_asset_knows_what_it_is_part_of_from_the_top_down(plant: Plant) -> None:
    line = Asset.objects.create(code="L", name="Line", site=plant.site, parent=plant.asset)
    motor = Asset.objects.create(code="M", name="Motor", site=plant.site, parent=line)
    Asset.objects.create(code="N", name="Beside", site=plant.site, parent=line)
    assert assets_above(motor) == [plant.asset, line]
    assert assets_above(plant.asset) == []
    assert {each.code for each in Asset.objects.filter(pk__in=keys_below(line.pk))} == {"L", "M", "N"}


def test_costs_add_up_the_tree(plant: Plant) -> None:
    top = Asset.objects.create(code="TOP", name="Works", site=plant.site)
    Asset.objects.filter(pk=plant.asset.pk).update(parent=top)
    for estimate in ("500", "250"):
        plant.work_order(estimate=estimate)
    figures = asset_costs(asset_ids=[top.pk, plant.asset.pk])
    assert [figures[pk].estimate for pk in (top.pk, plant.asset.pk)] == [750, 750]
    assert figures[top.pk].entries == 2
