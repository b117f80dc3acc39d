"""What people send from the pages reaches the services, and refusals come back beside what was typed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cmms.models import EstimateLine, LaborEntry, LaborTimer, PartsRequestLine, WorkOrder, WorkRequest
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def lines(name: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """A formset as a browser sends it."""
    sent: dict[str, Any] = {f"{name}-TOTAL_FORMS": len(rows), f"{name}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        sent.update({f"{name}-{number}-{field}": value for field, value in row.items()})
    return sent


def url(name: str, *keys: int) -> str:
    return reverse(f"cmms:{name}", args=keys)


def test_a_fault_is_reported_with_a_scanned_code_and_a_photo(plant: Plant, as_role: As) -> None:
    photo = SimpleUploadedFile("leak.png", PNG, "image/png")
    sent = {
        "where": "p-101",
        "description": "It leaks",
        "is_asset_down": "on",
        "priority": "HIGH",
        "photo": photo,
    }
    assert as_role("technician").post(url("report"), sent).status_code == 302
    fault = WorkRequest.objects.get()
    assert (fault.asset, fault.is_asset_down) == (plant.pump, True)
    assert fault.photo is not None
    photo_page = reverse("core:attachment", args=[fault.photo_id])
    assert as_role("planner").get(photo_page).status_code == 200


def test_an_unknown_place_is_named_and_what_was_typed_stays(plant: Plant, as_role: As) -> None:
    sent = {"where": "X-999", "description": "It leaks a lot", "priority": "NORMAL"}
    answer = as_role("technician").post(url("report"), sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "No asset or location is called" in shown and "It leaks a lot" in shown


def test_a_fault_is_accepted_with_steps_and_estimate_in_one_form(plant: Plant, as_role: As) -> None:
    fault = plant.fault()
    sent = {
        "title": "Stop the leak", "type": "CORRECTIVE", "priority": "HIGH",
        "assignee": plant.people["technician"].pk, "due_at": "2030-01-02T10:00",
        **lines("steps", {"title": "Change the seal", "execution": "INTERNAL", "estimated_hours": "2"}, {"title": "", "execution": "INTERNAL"}),
        **lines("estimate", {"bucket": "MATERIAL", "description": "Seal", "quantity": "2", "unit_cost": "10.5"}),
    }  # fmt: skip
    answer = as_role("planner").post(url("work-request-accept", fault.pk), sent)
    order = WorkOrder.objects.get()
    assert answer["Location"] == url("work-order", order.pk)
    assert [step.title for step in order.operations.all()] == ["Change the seal"]
    assert EstimateLine.objects.get().amount == 21


def test_a_planner_plans_changes_and_cancels(plant: Plant, as_role: As) -> None:
    planner = as_role("planner")
    plan = {"title": "Paint the frame", "where": "LINE-2", "type": "IMPROVEMENT", "priority": "LOW"}
    planner.post(url("work-order-new"), {**plan, **lines("steps"), **lines("estimate")})
    order = WorkOrder.objects.get()
    planner.post(url("work-order-edit", order.pk), {**plan, "title": "Paint it green"})
    planner.post(url("work-order-add-step", order.pk), {"title": "Sand it"})
    first = {"bucket": "OTHER", "description": "Paint", "quantity": "3", "unit_cost": "8"}
    planner.post(url("work-order-estimate", order.pk), lines("estimate", first))
    assert EstimateLine.objects.get().amount == 24
    kept = {"bucket": "OTHER", "description": "Brush", "quantity": "1", "unit_cost": "4"}
    sent = lines("estimate", {**first, "DELETE": "on"}, kept, initial=1)
    planner.post(url("work-order-estimate", order.pk), sent)
    assert EstimateLine.objects.get().description == "Brush"
    planner.post(url("work-order-cancel", order.pk), {"reason": "No money"})
    order.refresh_from_db()
    assert (order.title, order.status) == ("Paint it green", "CANCELLED")


def test_hours_and_the_clock(plant: Plant, as_role: As) -> None:
    order, technician = plant.order(), as_role("technician")
    day = (plant.at - timedelta(days=1)).date().isoformat()
    sent = {"hours": "1.5", "worked_on": day, "kind": "WRENCH"}
    assert technician.post(url("work-order-log-hours", order.pk), sent).status_code == 302
    entry = LaborEntry.objects.get()
    technician.post(url("hours-reverse", entry.pk), {"reason": "Wrong day"})
    assert sum(each.hours for each in LaborEntry.objects.all()) == 0
    technician.post(url("work-order-start-timer", order.pk))
    assert "The clock is running" in technician.get(url("my-work")).content.decode()
    technician.post(url("timer-stop"))
    assert not LaborTimer.objects.exists()


def test_a_step_that_is_not_done_keeps_the_order_open_and_is_named(plant: Plant, as_role: As) -> None:
    order, technician = plant.order(), as_role("technician")
    refused = technician.post(url("work-order-finish", order.pk), {"note": "All well"})
    assert refused.status_code in {409, 422}
    assert "Put it together" in refused.content.decode() and "All well" in refused.content.decode()
    for step in order.operations.all():
        technician.post(url("step-finish", step.pk))
    assert technician.post(url("work-order-finish", order.pk), {"note": "All well"}).status_code == 302


def test_needs_in_words_and_services(plant: Plant, as_role: As) -> None:
    order, technician = plant.order(), as_role("technician")
    words = {"description": "Bracket as on the photo", "quantity": "2", "unit": plant.items[0].unit_id,
             "photo": SimpleUploadedFile("b.png", PNG, "image/png"), "needed_on": "2030-01-02"}  # fmt: skip
    assert technician.post(url("ask-in-words", order.pk), words).status_code == 302
    assert (
        technician.post(url("ask-service", order.pk), {"description": "Rewind the motor"}).status_code == 302
    )
    assert set(PartsRequestLine.objects.values_list("kind", flat=True)) == {"NON_CATALOGUE", "SERVICE"}


def test_an_asking_sent_twice_is_kept_once_and_gets_the_same_answer(plant: Plant, as_role: As) -> None:
    order, technician = plant.order(), as_role("technician")
    sent = {"item": plant.items[0].pk, "quantity": "2", "idempotency_key": "tap-1"}
    answers = [
        technician.post(url("ask-part", order.pk), sent, headers={"HX-Request": "true"}).content.decode()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert "2 PCE in bin A-1, reserved" in answers[0]
    assert PartsRequestLine.objects.count() == 1


def test_the_storekeeper_hands_over_takes_back_counts_and_moves(plant: Plant, as_role: As) -> None:
    order, keeper = plant.order(), as_role("storekeeper")
    asked = plant.ask(order, 2)
    assert "Hand over all" in keeper.get(url("issue-queue")).content.decode()
    keeper.post(url("request-issue", asked.pk))
    assert "Nothing waits to be handed over" in keeper.get(url("issue-queue")).content.decode()
    issue = plant.stock().movements.get(kind="ISSUE")
    keeper.post(url("movement-return", issue.pk), {"quantity": "1", "reason": "Not used"})
    keeper.post(url("stock-count", plant.stock().pk), {"counted_quantity": "7", "reason": "Count"})
    assert plant.stock().quantity_on_hand == 7
    opening = {
        "item": plant.items[2].code,
        "storeroom": plant.storeroom.pk,
        "quantity": "3",
        "unit_cost": "9",
    }
    assert keeper.post(url("stock-opening"), opening).status_code == 302
    assert plant.stock(2).value == 27


@pytest.mark.parametrize(
    ("code", "page"), [("p-101", "asset"), ("WO-000001", "work-order"), ("SP-0001", "stock-item")]
)
def test_a_code_leads_to_its_page(code: str, page: str, plant: Plant, as_role: As) -> None:
    order = plant.order()
    code = order.number if page == "work-order" else code
    keys = {"asset": plant.pump.pk, "work-order": order.pk, "stock-item": plant.stock().pk}
    answer = as_role("technician").get(url("find"), {"q": code})
    assert answer["Location"] == url(page, keys[page])


def test_suggestions_while_typing(plant: Plant, as_role: As) -> None:
    technician = as_role("technician")
    assert "P-101 Feed pump" in technician.get(url("suggest-places"), {"where": "pump"}).content.decode()
    assert "SP-0001" in technician.get(url("suggest-items"), {"item": "shaft"}).content.decode()
