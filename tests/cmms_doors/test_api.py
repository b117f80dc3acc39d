"""The work half through the API: each verb, safe retries, hidden amounts, refusals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from cmms.models import LaborEntry, StockMovement, WorkRequest
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
ApiAs = Callable[[str], APIClient]


def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_a_fault_becomes_a_finished_work_order(plant: Plant, api_as: ApiAs) -> None:
    technician, planner = api_as("technician"), api_as("planner")
    fault = ok(
        technician.post("/api/v1/work-requests/", {"description": "It leaks", "asset": plant.pump.pk}), 201
    )
    accepted = ok(
        planner.post(
            f"/api/v1/work-requests/{fault['id']}/accept/",
            {
                "title": "Stop the leak",
                "assignee": plant.people["technician"].pk,
                "operations": [{"title": "Change the seal", "estimated_hours": "1.5"}],
                "estimate": [
                    {"bucket": "MATERIAL", "description": "Seal", "quantity": "2", "unit_cost": "10.5"}
                ],
            },
        )
    )
    assert accepted["status"] == "ACCEPTED"
    order = f"/api/v1/work-orders/{accepted['work_order']}"
    assert ok(planner.post(f"{order}/approve/"))["costs"]["estimate"] == "21.0000"
    assert ok(planner.post(f"{order}/release/"))["status"] == "RELEASED"
    assert ok(technician.post(f"{order}/start/"))["status"] == "IN_PROGRESS"
    assert ok(technician.post(f"{order}/hold/", {"hold_reason": "PARTS"}))["hold_reason"] == "PARTS"
    whole = ok(technician.post(f"{order}/resume/"))
    step = whole["operations"][0]["id"]
    assert ok(technician.post(f"/api/v1/operations/{step}/finish/"))["status"] == "DONE"
    hours = {"hours": "1.5", "worked_on": plant.at.date().isoformat()}
    ok(technician.post(f"{order}/log-labor/", hours), 201)
    done = ok(technician.post(f"{order}/finish/", {"note": "New seal."}))
    assert done["status"] == "WORK_DONE"
    assert done["costs"] is None
    assert ok(planner.post(f"{order}/complete/"))["status"] == "COMPLETED"
    assert ok(planner.post(f"{order}/reopen/", {"reason": "Still drips"}))["status"] == "IN_PROGRESS"
    ok(technician.post(f"{order}/finish/"))
    ok(planner.post(f"{order}/complete/"))
    closed = ok(planner.post(f"{order}/close/"))
    assert (closed["status"], closed["costs"]["actual"]) == ("CLOSED", "72.7500")


def test_parts_are_asked_for_handed_over_and_brought_back(plant: Plant, api_as: ApiAs) -> None:
    technician, storekeeper = api_as("technician"), api_as("storekeeper")
    order = plant.order()
    lines = [
        {"item": plant.items[0].pk, "quantity": "3"},
        {"kind": "NON_CATALOGUE", "description": "Bracket as on the photo", "quantity": "1",
         "unit": plant.items[0].unit_id},
        {"kind": "SERVICE", "description": "Rewind the motor", "quantity": "1"},
    ]  # fmt: skip
    asked = ok(technician.post(f"/api/v1/work-orders/{order.pk}/request-parts/", {"lines": lines}), 201)
    first = asked["lines"][0]
    assert (first["quantity_reserved"], first["short"]) == ("2.0000", "1.0000")
    assert first["state"][0]["text"] == "2 PCE in bin A-1, reserved"
    assert (
        ok(storekeeper.post(f"/api/v1/parts-request-lines/{first['id']}/issue/"))["quantity_issued"]
        == "2.0000"
    )
    cancelled = ok(
        technician.post(f"/api/v1/parts-request-lines/{first['id']}/cancel/", {"reason": "One is enough"})
    )
    assert cancelled["short"] == "0.0000"
    issue = StockMovement.objects.get(kind="ISSUE")
    back = {"quantity": "1", "reason": "Not used"}
    returned = ok(storekeeper.post(f"/api/v1/stock-movements/{issue.pk}/return/", back), 201)
    assert (returned["kind"], returned["value"]) == ("ISSUE_RETURN", "35.2000")
    costs = ok(api_as("planner").get(f"/api/v1/assets/{plant.line.pk}/costs/"))
    assert costs["costs"]["actual"] == "35.2000"


def test_stock_is_counted_and_moved(plant: Plant, api_as: ApiAs) -> None:
    storekeeper = api_as("storekeeper")
    stock = f"/api/v1/stock-items/{plant.stock().pk}"
    counted = ok(storekeeper.post(f"{stock}/adjust/", {"counted_quantity": "5", "reason": "Year end"}))
    assert counted["quantity_on_hand"] == "5.0000"
    shed = ok(
        api_as("admin").post("/api/v1/storerooms/", {"code": "SHED", "name": "Shed", "site": plant.site.pk}),
        201,
    )
    move = {"to_storeroom": shed["id"], "quantity": "2", "reason": "Shutdown"}
    assert ok(storekeeper.post(f"{stock}/transfer/", move))["available"] == "3.0000"


def test_hours_are_taken_back_by_an_entry_of_their_negative(plant: Plant, api_as: ApiAs) -> None:
    order = plant.order()
    plant.hours(order)
    entry = LaborEntry.objects.get()
    back = ok(
        api_as("technician").post(f"/api/v1/labor-entries/{entry.pk}/reverse/", {"reason": "Wrong order"}),
        201,
    )
    assert (back["hours"], back["reverses"], back["amount"]) == ("-2.0000", entry.pk, None)


def test_a_second_delivery_changes_nothing(plant: Plant, api_as: ApiAs) -> None:
    technician = api_as("technician")
    body = {"description": "It leaks", "asset": plant.pump.pk}
    first = technician.post("/api/v1/work-requests/", body, headers={"Idempotency-Key": "k1"})
    again = technician.post("/api/v1/work-requests/", body, headers={"Idempotency-Key": "k1"})
    assert ok(first, 201) == ok(again, 201)
    assert WorkRequest.objects.count() == 1


def test_who_may_not_is_told_so(plant: Plant, api_as: ApiAs) -> None:
    order = plant.order(state="DRAFT")
    refused = api_as("technician").post(f"/api/v1/work-orders/{order.pk}/approve/")
    assert refused.status_code == 403
    assert "Your role does not include the right to approve work order" in refused.json()["detail"]
    assert api_as("technician").get("/api/v1/cost-entries/").status_code == 403
    skipped = api_as("planner").post(f"/api/v1/work-orders/{order.pk}/close/")
    assert (skipped.status_code, skipped.json()["code"]) == (409, "illegal_transition")


def test_amounts_are_hidden_from_who_may_not_see_them(plant: Plant, api_as: ApiAs) -> None:
    order = plant.order()
    plant.hours(order)
    whole = ok(api_as("technician").get(f"/api/v1/work-orders/{order.pk}/"))
    assert whole["costs"] is None
    assert whole["estimate_lines"][0]["amount"] is None
    assert ok(api_as("technician").get("/api/v1/labor-entries/"))["results"][0]["amount"] is None
    assert ok(api_as("technician").get(f"/api/v1/assets/{plant.pump.pk}/costs/"))["costs"] is None
    seen = ok(api_as("planner").get(f"/api/v1/work-orders/{order.pk}/"))
    assert Decimal(seen["costs"]["actual"]) == Decimal("97")


def test_a_row_that_does_not_exist_is_named(plant: Plant, api_as: ApiAs) -> None:
    answer = api_as("technician").post("/api/v1/work-requests/", {"description": "It leaks", "asset": 999999})
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"asset": ["There is no asset 999999."]}
