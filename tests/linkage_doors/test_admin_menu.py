"""The administration's menu: each role finds first what it works on."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cmms.models import StockMovement
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> Plant:
    return build_plant()


def signed(plant: Plant, role: str) -> Client:
    client = Client()
    client.force_login(plant[role])
    return client


def menu(plant: Plant, role: str) -> dict[str, list[str]]:
    groups = signed(plant, role).get(reverse("admin:index")).context["app_list"]
    return {group["name"]: [model["name"] for model in group["models"]] for group in groups}


def test_a_role_finds_first_what_it_works_on(plant: Plant) -> None:
    first, held = next(iter(menu(plant, "storekeeper").items()))
    assert first == "Your work"
    assert {"Items", "Stock items", "Parts requests"} <= set(held)
    assert "Purchase orders" not in held
    assert {"Purchase orders", "Requisition lines", "Suppliers"} <= set(menu(plant, "buyer")["Your work"])
    assert "Exchange rates" in menu(plant, "finance")["Your work"]


def test_nothing_stands_twice_and_nothing_is_lost(plant: Plant) -> None:
    groups = menu(plant, "planner")
    shown = [name for held in groups.values() for name in held]
    assert len(shown) == len(set(shown))
    assert {"Work orders", "Cost entries", "Asset classes"} <= set(shown)
    assert all(groups.values())


def test_nobody_is_shown_tables_of_libraries(plant: Plant) -> None:
    groups = menu(plant, "admin")
    assert list(groups) == [
        "Maintenance", "Purchasing", "Links", "Shared master data", "Authentication and Authorization",
    ]  # fmt: skip


def test_who_has_no_business_there_is_told_so(plant: Plant) -> None:
    plant["technician"].is_staff = False
    plant["technician"].save()
    answer = signed(plant, "technician").get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert "Your role does not include the administration." in answer.content.decode()


def test_figures_and_dates_are_written_as_on_the_pages(plant: Plant) -> None:
    plant.item("I-1", stocked=True, on_hand=1234, cost="2.5")
    movement = StockMovement.objects.get()
    assert movement.value == Decimal("3085")
    body = signed(plant, "admin").get(reverse("admin:cmms_stockmovement_changelist")).content.decode()
    assert '<span class="figure">1,234</span>' in body and '<span class="figure">3,085.00</span>' in body
    assert "2 Mar 2026 08:00" in body
    page = signed(plant, "admin").get(reverse("admin:cmms_stockmovement_change", args=[movement.pk]))
    assert page.context["show_history"] is False
