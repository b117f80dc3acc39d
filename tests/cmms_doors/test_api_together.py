"""Many work orders through the API: moves that tell what was refused, hours of many at once, safe retries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cmms.models import LaborEntry, WorkOrder
from tests.cmms_doors.plant import Plant
from tests.cmms_doors.test_api import ok

pytestmark = pytest.mark.django_db
ApiAs = Callable[[str], APIClient]
BULK = "/api/v1/work-orders/bulk"
CONFIRM = "/api/v1/work-orders/confirm/"


def test_what_can_move_moves_and_the_rest_is_told_why(plant: Plant, api_as: ApiAs) -> None:
    planner = api_as("planner")
    drafts = [plant.order(f"Round {number}", "DRAFT").pk for number in range(3)]
    running = plant.order()
    answer = ok(planner.post(f"{BULK}/approve/", {"work_orders": [*drafts, running.pk, 999_999]}))
    assert [each["id"] for each in answer["done"]] == drafts
    assert {each["status"] for each in answer["done"]} == {"APPROVED"}
    refused = {each["id"]: each for each in answer["refused"]}
    assert (refused[running.pk]["number"], refused[running.pk]["code"]) == (
        running.number,
        "illegal_transition",
    )
    assert "is in progress and cannot become approved" in refused[running.pk]["detail"]
    assert refused[999_999]["code"] == "not_found"
    assert len(ok(planner.post(f"{BULK}/release/", {"work_orders": drafts}))["done"]) == 3
    for verb in ("complete", "close"):
        assert len(ok(planner.post(f"{BULK}/{verb}/", {"work_orders": drafts}))["refused"]) == 3


def test_it_is_done_once_for_one_key(plant: Plant, api_as: ApiAs) -> None:
    planner = api_as("planner")
    body = {"work_orders": [plant.order(state="DRAFT").pk]}
    first = planner.post(f"{BULK}/approve/", body, headers={"Idempotency-Key": "week-12"})
    again = planner.post(f"{BULK}/approve/", body, headers={"Idempotency-Key": "week-12"})
    assert first.json() == again.json()
    assert (again["Idempotent-Replayed"], len(again.json()["done"])) == ("true", 1)


def test_rights_and_input_are_checked(plant: Plant, api_as: ApiAs) -> None:
    draft = plant.order(state="DRAFT")
    for verb in ("approve", "release", "complete", "close"):
        assert api_as("technician").post(f"{BULK}/{verb}/", {"work_orders": [draft.pk]}).status_code == 403
    planner = api_as("planner")
    for chosen in ([], ["x"], list(range(1, 502))):
        assert planner.post(f"{BULK}/approve/", {"work_orders": chosen}).status_code == 400


def line_of(plant: Plant, order: WorkOrder, **values: Any) -> dict[str, Any]:
    return {
        "work_order": order.pk, "person": plant.people["technician"].pk, "hours": "1.5",
        "worked_on": plant.at.date().isoformat(), **values,
    }  # fmt: skip


def test_hours_of_many_work_orders_are_confirmed_at_once(plant: Plant, api_as: ApiAs) -> None:
    planner = api_as("planner")
    orders = [plant.order(f"Round {number}", "RELEASED") for number in range(2)]
    lines = [
        line_of(plant, order, operation=step.pk, is_final=True)
        for order in orders
        for step in order.operations.in_order()
    ]
    headers = {"Idempotency-Key": "hours-12"}
    answer = ok(planner.post(CONFIRM, {"lines": lines}, headers=headers), 201)
    assert len(answer["entries"]) == 4
    assert {each["status"] for each in answer["finished"]} == {"WORK_DONE"}
    assert [each["id"] for each in answer["started"]] == [order.pk for order in orders]
    assert planner.post(CONFIRM, {"lines": lines}, headers=headers).json() == answer
    assert LaborEntry.objects.count() == 4


def test_wrong_lines_are_named_and_none_is_booked(plant: Plant, api_as: ApiAs) -> None:
    order, draft = plant.order(), plant.order(state="DRAFT")
    lines = [
        line_of(plant, order),
        line_of(plant, draft),
        line_of(plant, order, person=plant.people["finance"].pk),
    ]
    answer = api_as("planner").post(CONFIRM, {"lines": lines})
    assert answer.status_code == 422
    body = answer.json()
    assert (body["code"], body["field"]) == ("lines_refused", "lines.1.status")
    assert sorted(body["errors"]) == ["lines.1.status", "lines.2.person_id"]
    assert f"Line 2 ({draft.number}): {draft.number} is draft" in body["detail"]
    assert not LaborEntry.objects.exists()
    assert api_as("technician").post(CONFIRM, {"lines": [line_of(plant, order)]}).status_code == 201
    others = line_of(plant, order, person=plant.people["planner"].pk)
    assert api_as("technician").post(CONFIRM, {"lines": [others]}).status_code == 403


def test_statements_do_not_grow_with_the_work_orders(plant: Plant, api_as: ApiAs) -> None:
    planner, counted = api_as("planner"), []
    for count in (3, 12):
        orders = [plant.order(f"Round {number}", "RELEASED") for number in range(count)]
        drafts = [plant.order(f"Plan {number}", "DRAFT").pk for number in range(count)]
        with CaptureQueriesContext(connection) as statements:
            ok(planner.post(f"{BULK}/approve/", {"work_orders": drafts}))
            ok(planner.post(f"{BULK}/release/", {"work_orders": drafts}))
            ok(planner.post(CONFIRM, {"lines": [line_of(plant, order) for order in orders]}), 201)
        counted.append(len(statements))
    assert counted[0] == counted[1]
