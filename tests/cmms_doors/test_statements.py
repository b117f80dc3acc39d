"""No page and no collection takes more statements for more rows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import Asset, StockMovement, WorkOrder
from cmms.services.stock import issue_request
from tests.cmms_doors.plant import Plant, build

pytestmark = pytest.mark.django_db
LISTS = [
    "my-work", "work-requests", "work-orders", "issue-queue", "stock", "reorder", "movements", "assets", "locations",
    "costs", "asset-tree", "location-tree",
]  # fmt: skip
COLLECTIONS = [
    "locations", "assets", "asset-classes", "spare-parts", "crafts", "craft-rates", "storerooms", "work-requests",
    "work-orders", "operations", "labor-entries", "parts-requests", "parts-request-lines", "stock-items",
    "stock-movements", "cost-entries", "asset-moves", "asset-documents", "work-order-documents", "request-links",
]  # fmt: skip


def grow(plant: Plant, rows: int) -> tuple[WorkOrder, Asset]:
    """`rows` more of everything, all on one order and one asset."""
    full = plant.order("The full one")
    for number in range(rows):
        Asset.objects.create(code=f"C-{number}", name=f"Part {number}", site=plant.site, parent=plant.pump)
        plant.ask(full, 3)
        plant.hours(full)
        plant.fault(f"Fault {number}")
        done = plant.order(f"Order {number}", "RELEASED")
        asked = plant.ask(done, 4)
        if number % 2 and asked.lines.filter(quantity_reserved__gt=0).exists():
            issue_request(parts_request_id=asked.pk, actor=plant.people["storekeeper"], at=plant.at)
    return full, plant.pump


def addresses(plant: Plant, full: WorkOrder, pump: Asset) -> list[str]:
    """Every page and collection that shows several rows."""
    pages = [reverse(f"cmms:{name}") for name in LISTS]
    details = [
        reverse("cmms:work-order", args=[full.pk]),
        reverse("cmms:asset", args=[pump.pk]),
        reverse("cmms:stock-item", args=[plant.stock().pk]),
        reverse("cmms:ask-part", args=[full.pk]),
    ]
    api = [f"/api/v1/{name}/" for name in COLLECTIONS]
    return [*pages, *details, *api, f"/api/v1/work-orders/{full.pk}/", f"/api/v1/assets/{pump.pk}/costs/"]


def counts(plant: Plant, full: WorkOrder, pump: Asset) -> dict[str, int]:
    """Statements of each address, for the administrator."""
    pages, api = Client(), APIClient()
    pages.force_login(plant.people["admin"])
    api.force_authenticate(plant.people["admin"])
    found = {}
    for address in addresses(plant, full, pump):
        client = api if address.startswith("/api/") else pages
        with CaptureQueriesContext(connection) as statements:
            assert client.get(address).status_code == 200, address
        found[address] = len(statements)
    return found


def test_statements_do_not_grow_with_the_rows(db: None) -> None:
    plant = build(parts=8)
    for number in (0, 1, 3):
        stock = plant.stock(number)
        stock.quantity_on_hand, stock.value = 500, 5000
        stock.save()
    full, pump = grow(plant, 2)
    few = counts(plant, full, pump)
    for number in range(12):
        plant.ask(full, 3)
        plant.hours(full)
        plant.fault(f"More {number}")
        done = plant.order(f"More {number}", "RELEASED")
        issue_request(parts_request_id=plant.ask(done, 2).pk, actor=plant.people["storekeeper"], at=plant.at)
        Asset.objects.create(code=f"M-{number}", name=f"More {number}", site=plant.site, parent=pump)
    many = counts(plant, full, pump)
    assert few == many
    assert max(many.values()) <= 30
    assert StockMovement.objects.filter(kind="ISSUE").count() > 10
