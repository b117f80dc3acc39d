"""Every page opens for the roles it is for, and refuses the others in plain words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cmms.models import StockMovement
from cmms.services.stock import issue_request
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]

PAGES = [
    ("my-work", None, "technician", "auditor"),
    ("find", None, "technician", ""),
    ("report", None, "technician", "auditor"),
    ("work-requests", None, "planner", ""),
    ("work-request", "fault", "planner", ""),
    ("work-request-accept", "fault", "planner", "technician"),
    ("work-request-join", "fault", "planner", "technician"),
    ("work-request-reject", "fault", "planner", "technician"),
    ("work-orders", None, "technician", ""),
    ("work-order-new", None, "planner", "technician"),
    ("work-order", "order", "technician", ""),
    ("work-order", "order", "planner", ""),
    ("work-order-edit", "order", "planner", "technician"),
    ("work-order-add-step", "order", "planner", "technician"),
    ("work-order-estimate", "order", "planner", "technician"),
    ("work-order-assign", "order", "planner", "technician"),
    ("work-order-approve", "order", "planner", "technician"),
    ("work-order-release", "order", "planner", "technician"),
    ("work-order-complete", "order", "planner", "technician"),
    ("work-order-close", "order", "planner", "technician"),
    ("work-order-reopen", "order", "planner", "technician"),
    ("work-order-cancel", "order", "planner", "technician"),
    ("work-order-start", "order", "technician", "finance"),
    ("work-order-hold", "order", "technician", "finance"),
    ("work-order-resume", "order", "technician", "finance"),
    ("work-order-finish", "order", "technician", "finance"),
    ("work-order-log-hours", "order", "technician", "finance"),
    ("work-order-log-hours", "order", "planner", "finance"),
    ("ask-part", "order", "technician", "finance"),
    ("find-parts", "order", "technician", "finance"),
    ("ask-in-words", "order", "technician", "finance"),
    ("ask-service", "order", "technician", "finance"),
    ("need-cancel", "line", "technician", "finance"),
    ("issue-queue", None, "storekeeper", "technician"),
    ("need-issue", "line", "storekeeper", "technician"),
    ("movement-return", "movement", "storekeeper", "technician"),
    ("stock", None, "storekeeper", ""),
    ("reorder", None, "storekeeper", ""),
    ("movements", None, "storekeeper", "technician"),
    ("stock-opening", None, "storekeeper", "technician"),
    ("stock-item", "stock", "storekeeper", ""),
    ("stock-count", "stock", "storekeeper", "technician"),
    ("stock-transfer", "stock", "storekeeper", "technician"),
    ("assets", None, "technician", ""),
    ("asset", "asset", "technician", ""),
    ("asset", "asset", "planner", ""),
    ("locations", None, "technician", ""),
    ("costs", None, "finance", "technician"),
]  # fmt: skip


@pytest.fixture
def keys(plant: Plant) -> dict[str, int]:
    order, done = plant.order(), plant.order("Grease the bearings")
    asked = plant.ask(order, 3)
    plant.hours(order)
    issue_request(parts_request_id=plant.ask(done).pk, actor=plant.people["storekeeper"], at=plant.at)
    return {
        "order": order.pk,
        "fault": plant.fault().pk,
        "line": asked.lines.first().pk,  # type: ignore[union-attr]
        "movement": StockMovement.objects.get(kind="ISSUE").pk,
        "stock": plant.stock().pk,
        "asset": plant.pump.pk,
    }


@pytest.mark.parametrize(("name", "of", "role", "other"), PAGES)
def test_opens_for_its_role_and_refuses_the_others_plainly(
    name: str, of: str | None, role: str, other: str, keys: dict[str, int], as_role: As
) -> None:
    url = reverse(f"cmms:{name}", args=[keys[of]] if of else [])
    answer = as_role(role).get(url)
    assert answer.status_code == 200, answer.content
    if other:
        refused = as_role(other).get(url)
        assert refused.status_code == 403
        assert "Your role does not include the right to" in refused.content.decode()


def test_strangers_are_sent_to_the_login_page(db: Any) -> None:
    assert Client().get("/work/orders/").status_code == 302


def test_a_technician_sees_no_amount_of_money(keys: dict[str, int], as_role: As) -> None:
    for name, of in (("work-order", "order"), ("asset", "asset"), ("stock", None), ("stock-item", "stock")):
        url = reverse(f"cmms:{name}", args=[keys[of]] if of else [])
        seen = as_role("technician").get(url).content.decode()
        assert "120.00" not in seen and "97.00" not in seen and "35.20" not in seen, name
        if name == "work-order":
            assert "figure-tile" not in seen
            assert "120.00" in as_role("planner").get(url).content.decode()


@pytest.mark.parametrize("role", ["technician", "planner", "storekeeper", "finance", "auditor"])
def test_each_role_starts_on_a_page_of_its_own(role: str, plant: Plant, as_role: As) -> None:
    answer = as_role(role).get("/", follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain
