"""The administration of the work half: master data is edited, documents are read and moved by their verbs."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cmms.models import SparePart, StockItem, WorkOrder
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
REGISTERED = [model for model in apps.get_app_config("cmms").get_models() if model in admin.site._registry]


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_lists_and_pages_open(model: type, plant: Plant, as_role: As) -> None:
    order = plant.order()
    plant.ask(order, 2)
    plant.hours(order)
    plant.fault()
    name = model.__name__.lower()
    client = as_role("admin")
    assert client.get(reverse(f"admin:cmms_{name}_changelist")).status_code == 200
    row = model._default_manager.first()  # type: ignore[attr-defined]
    if row is not None:
        assert client.get(reverse(f"admin:cmms_{name}_change", args=[row.pk])).status_code == 200


def test_orders_are_approved_together_and_each_refusal_is_told(plant: Plant, as_role: As) -> None:
    drafts = [plant.order(f"Draft {number}", "DRAFT") for number in range(2)]
    running = plant.order("Running")
    keys = ",".join(str(order.pk) for order in [*drafts, running])
    address = f"{reverse('admin:cmms_workorder_do', args=['approve'])}?ids={keys}"
    answer = as_role("planner").post(address, follow=True)
    shown = answer.content.decode()
    assert "done for 2" in shown
    assert f"{running}: {running} is in progress" in shown
    assert set(WorkOrder.objects.filter(title__startswith="Draft").values_list("status", flat=True)) == {
        "APPROVED"
    }


def test_balances_are_shown_and_not_edited(plant: Plant, as_role: As) -> None:
    stock = plant.stock()
    address = reverse("admin:cmms_stockitem_change", args=[stock.pk])
    client = as_role("storekeeper")
    assert 'name="quantity_on_hand"' not in client.get(address).content.decode()
    client.post(
        address, {"reorder_point": "7", "reorder_quantity": "9", "quantity_on_hand": "999", "bin": ""}
    )
    stock.refresh_from_db()
    assert (stock.reorder_point, stock.quantity_on_hand) == (7, 2)


def test_documents_are_not_edited(plant: Plant, as_role: As) -> None:
    order = plant.order()
    page = as_role("admin").get(reverse("admin:cmms_workorder_change", args=[order.pk])).content.decode()
    assert 'name="title"' not in page
    assert "Put on hold" in page


def test_an_asset_with_many_spare_parts_takes_no_more_statements(plant: Plant, as_role: As) -> None:
    address = reverse("admin:cmms_asset_change", args=[plant.pump.pk])
    client = as_role("admin")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    SparePart.objects.filter(asset=plant.pump).exclude(item=plant.items[0]).delete()
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    assert len(many) <= len(few) + 6
    assert StockItem.objects.exists()
