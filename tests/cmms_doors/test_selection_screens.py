"""Ticking and confirming in a real browser, on a phone and on a desktop."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cmms.models import LaborEntry, WorkOrder
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.plant import Plant, build

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]
SIZES = ["phone_page", "desktop_page"]


@pytest.fixture
def week(transactional_db: None) -> Plant:
    """Plans, and one work order that runs already."""
    plant = build()
    for number in range(4):
        plant.order(f"Grease the bearings of conveyor {number + 1} and look at the belts", "DRAFT")
    plant.order("Replace the coupling")
    return plant


@pytest.fixture(params=SIZES)
def planner(request: pytest.FixtureRequest, week: Plant, signed_in: SignedIn) -> Page:
    return signed_in(request.getfixturevalue(request.param), week.people["planner"])


def test_ticked_work_orders_are_approved_and_the_rest_is_told(planner: Page, week: Plant) -> None:
    page = planner
    page.goto("/work/orders/")
    buttons = page.locator(".selection-buttons")
    expect(buttons).to_be_hidden()
    page.locator("tbody .select").nth(1).locator("label").click()
    expect(page.locator("[data-selected-count]")).to_have_text("1 selected")
    expect(page.locator("[data-select-all]")).to_have_js_property("indeterminate", True)
    page.get_by_text("Select all 5 on this page").click()
    expect(page.locator("[data-selected-count]")).to_have_text("5 selected")
    assert not has_sideways_scroll(page)
    buttons.get_by_role("button", name="Approve").click()
    expect(page.locator(".notice-success")).to_contain_text("4 approved.")
    expect(page.locator(".notice-warning")).to_contain_text("is in progress and cannot become approved")
    assert not has_sideways_scroll(page)
    assert WorkOrder.objects.filter(status="APPROVED").count() == 4


def test_closing_asks_first(planner: Page, week: Plant) -> None:
    page = planner
    page.goto("/work/orders/")
    page.locator("tbody .select").first.locator("label").click()
    page.locator(".selection-buttons").get_by_role("button", name="Close").click()
    expect(page.get_by_text("Closed work stays closed")).to_be_visible()
    page.locator("dialog[open]").get_by_role("button", name="Close").click()
    expect(page.locator(".notice-warning")).to_contain_text("1 not: WO-")


def test_rows_are_ticked_by_keyboard_and_a_stretch_with_shift(
    desktop_page: Page, week: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(desktop_page, week.people["planner"])
    page.goto("/work/orders/")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("5 selected")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("")
    boxes = page.locator("[data-select]")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.locator("[data-selected-count]")).to_have_text("4 selected")
    page.get_by_role("searchbox").fill("coupling")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".selection-buttons")).to_be_hidden()
    page.get_by_text("Select all 1 on this page").click()
    expect(page.locator("[data-selected-count]")).to_have_text("1 selected")


def test_a_weeks_hours_are_confirmed_on_one_page(planner: Page, week: Plant) -> None:
    page = planner
    order = week.order("Weekly round", "RELEASED")
    page.goto("/work/orders/confirm-hours/")
    assert not has_sideways_scroll(page)
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(4)
    own = page.locator("[data-row]", has_text=order.number)
    own.nth(1).get_by_label("Hours").fill("0.5")
    own.nth(0).locator(".confirm-tick").click()
    own.nth(1).locator(".confirm-tick").click()
    expect(page.locator("[data-selected-count]")).to_have_text("2 selected")
    page.get_by_role("button", name="Book the ticked lines").click()
    expect(page.locator(".notice-success")).to_contain_text(f"2 lines booked, 2.5 hours. Done now: {order}.")
    expect(rows).to_have_count(2)
    assert LaborEntry.objects.filter(work_order=order).count() == 2


def test_a_line_that_cannot_be_booked_is_marked(planner: Page, week: Plant) -> None:
    page = planner
    page.goto("/work/orders/confirm-hours/")
    rows = page.locator("[data-row]")
    rows.nth(0).get_by_label("Hours").fill("25")
    tomorrow = (week.at + timedelta(days=2)).date()
    rows.nth(1).get_by_label("Hours").fill("1")
    rows.nth(1).get_by_label("Day").fill(tomorrow.isoformat())
    page.get_by_text("Select all 2").click()
    page.get_by_role("button", name="Book the ticked lines").click()
    expect(page.get_by_text("2 lines cannot be booked, so nothing was.")).to_be_visible()
    expect(rows.nth(0)).to_contain_text("at most 24")
    expect(rows.nth(1)).to_contain_text("cannot be in the future")
    assert not has_sideways_scroll(page)
    assert not LaborEntry.objects.exists()
