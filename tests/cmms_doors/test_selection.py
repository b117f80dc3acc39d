"""Work orders ticked in the list and moved together; the hours of a week confirmed on one page."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cmms.forms.confirming import monday_of
from cmms.models import Craft, LaborEntry, WorkOrder
from cmms.services.planning import OperationInput, add_operation
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
ClientAs = Callable[[str], Client]
CONFIRM = "/work/orders/confirm-hours/"


@pytest.fixture
def planner(plant: Plant, client: Client) -> Client:
    client.force_login(plant.people["planner"])
    return client


def send(client: Client, verb: str, orders: list[WorkOrder], **values: Any) -> list[str]:
    """Tick these and press the button; what is said afterwards."""
    body = {"selected": [order.pk for order in orders], "back": "/work/orders/?status=DRAFT", **values}
    answer = client.post(reverse(f"cmms:work-orders-{verb}"), body)
    assert (answer.status_code, answer["Location"]) == (302, "/work/orders/?status=DRAFT")
    return [str(each) for each in get_messages(answer.wsgi_request)]


class TestTicked:
    def test_the_result_counts_what_moved_and_tells_why_the_rest_did_not(
        self, plant: Plant, planner: Client
    ) -> None:
        drafts, running = [plant.order(f"Round {number}", "DRAFT") for number in range(3)], plant.order()
        said = send(planner, "approve", [*drafts, running])
        assert said == ["3 approved.", f"1 not: {running} is in progress and cannot become approved."]

    def test_one_submission_counts_once(self, plant: Plant, planner: Client) -> None:
        draft = plant.order(state="DRAFT")
        assert send(planner, "approve", [draft], idempotency_key="k1") == ["1 approved."]
        assert "1 approved." in send(planner, "approve", [draft], idempotency_key="k1")
        assert WorkOrder.history.filter(id=draft.pk, status="APPROVED").count() == 1

    def test_nothing_ticked_is_said(self, planner: Client) -> None:
        assert send(planner, "release", []) == ["Nothing is selected. Tick the rows first."]

    def test_a_reason_is_told_once_with_the_rows_it_is_about(self, plant: Plant, planner: Client) -> None:
        drafts = [plant.order(f"Round {number}", "DRAFT") for number in range(10)]
        running = plant.order()
        named = ", ".join(str(order) for order in drafts[:8])
        assert send(planner, "close", [*drafts, running]) == [
            f"11 not: {named} and 2 more: each is draft; this needs it to be completed. "
            f"{running} is in progress; this needs it to be completed."
        ]

    def test_it_takes_the_right_and_leads_nowhere_else(self, plant: Plant, client: Client) -> None:
        draft = plant.order(state="DRAFT")
        client.force_login(plant.people["technician"])
        answer = client.post(reverse("cmms:work-orders-approve"), {"selected": [draft.pk]})
        assert answer.status_code == 403
        assert b"data-select" not in client.get("/work/orders/").content
        client.force_login(plant.people["planner"])
        body = {"selected": [draft.pk], "back": "//evil.example/x"}
        assert client.post(reverse("cmms:work-orders-approve"), body)["Location"] == "/work/orders/"

    def test_only_who_may_gets_the_button(self, plant: Plant, client: Client) -> None:
        plant.order(state="DRAFT")
        client.force_login(plant.people["approver"])
        page = client.get("/work/orders/").content.decode()
        assert reverse("cmms:work-orders-approve") in page
        assert reverse("cmms:work-orders-close") not in page


def filled(page: str) -> dict[str, str]:
    """The fields of the lines as the page prefills them."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]+name=\"lines-[^>]+>", page):
        attrs = dict(re.findall(r"([\w-]+)=\"([^\"]*)\"", tag))
        is_check = attrs.get("type") == "checkbox"
        if not is_check or " checked" in tag:
            found[attrs["name"]] = attrs.get("value", "on" if is_check else "")
    for name, options in re.findall(r"<select name=\"(lines-[^\"]+)\".*?>(.*?)</select>", page, re.DOTALL):
        chosen = re.search(r"<option value=\"(\d+)\" selected", options)
        found[name] = chosen.group(1) if chosen else ""
    return found


class TestConfirming:
    def test_hours_come_from_the_plan_people_from_the_assignment(self, plant: Plant, planner: Client) -> None:
        orders = [plant.order("Round", "RELEASED"), plant.order("Running")]
        plant.order("Draft", "DRAFT")
        values = filled(planner.get(CONFIRM).content.decode())
        assert values["lines-TOTAL_FORMS"] == "4"
        assert (values["lines-0-hours"], values["lines-1-hours"]) == ("2", "")
        assert values["lines-0-person"] == str(plant.people["technician"].pk)
        for number in range(4):
            values |= {f"lines-{number}-book": "on", f"lines-{number}-hours": "1.25"}
        answer = planner.post(CONFIRM, values)
        assert answer.status_code == 302
        said = [str(each) for each in get_messages(answer.wsgi_request)]
        assert said == [f"4 lines booked, 5 hours. Done now: {orders[0]}, {orders[1]}."]
        assert {WorkOrder.objects.get(pk=order.pk).status for order in orders} == {"WORK_DONE"}
        assert LaborEntry.objects.count() == 4

    def test_only_ticked_lines_are_booked(self, plant: Plant, planner: Client) -> None:
        order = plant.order("Round", "RELEASED")
        values = {**filled(planner.get(CONFIRM).content.decode()), "lines-0-book": "on"}
        assert planner.post(CONFIRM, values).status_code == 302
        order.refresh_from_db()
        assert (order.status, LaborEntry.objects.get().hours) == ("IN_PROGRESS", Decimal(2))
        assert order.operations.filter(status="DONE").count() == 1

    def test_what_is_wrong_is_marked_at_its_line_and_nothing_is_booked(
        self, plant: Plant, planner: Client
    ) -> None:
        order = plant.order("Round", "RELEASED")
        values = filled(planner.get(CONFIRM).content.decode())
        values |= {"lines-0-book": "on", "lines-1-book": "on", "lines-1-hours": "", "lines-1-person": ""}
        answer = planner.post(CONFIRM, values)
        assert answer.status_code == 422
        assert "How many hours?" in answer.content.decode()
        values |= {"lines-1-hours": "25", "lines-1-person": values["lines-0-person"]}
        answer = planner.post(CONFIRM, values)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "1 line cannot be booked, so nothing was." in page
        assert "Hours on one day are more than 0 and at most 24." in page
        assert str(order) in page
        assert not LaborEntry.objects.exists()
        assert planner.post(CONFIRM, {**values, "lines-0-book": "", "lines-1-book": ""}).status_code == 422

    def test_it_is_narrowed_by_site_craft_and_week(self, plant: Plant, planner: Client) -> None:
        order = plant.order("Round", "RELEASED")
        weld = Craft.objects.create(code="WELD", name="Welder")
        add_operation(
            work_order_id=order.pk, operation=OperationInput("Weld", craft_id=weld.pk),
            actor=plant.people["planner"], at=plant.at,
        )  # fmt: skip
        due = monday_of((plant.at + timedelta(hours=5)).date())

        def shown(**chosen: Any) -> int:
            return len(planner.get(CONFIRM, chosen).context["formset"].forms)

        assert shown() == shown(site=plant.site.pk) == shown(week=due.isoformat()) == shown(site="x") == 3
        assert shown(craft=weld.pk) == 3
        assert shown(craft=Craft.objects.get(code="MECH").pk) == 0
        assert shown(week=(due - timedelta(days=7)).isoformat()) == 0

    def test_it_takes_the_right_to_book_for_others(self, plant: Plant, client: Client) -> None:
        client.force_login(plant.people["technician"])
        assert client.get(CONFIRM).status_code == 403

    def test_statements_do_not_grow_with_the_work(self, plant: Plant, planner: Client) -> None:
        counted = []
        for line in range(2):  # each time the first step of work that was not begun
            for number in range(4):
                plant.order(f"Round {number}", "RELEASED")
            with CaptureQueriesContext(connection) as statements:
                values = filled(planner.get(CONFIRM).content.decode())
            with CaptureQueriesContext(connection) as booking:
                sent = {**values, f"lines-{line}-book": "on"}
                assert planner.post(CONFIRM, sent).status_code == 302
            counted.append((len(statements), len(booking)))
        assert counted[0] == counted[1]
