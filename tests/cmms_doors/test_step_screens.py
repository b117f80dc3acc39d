"""The pages about steps in a real browser: they fit, and a step is inspected and signed with the thumb."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import Nonconformance, Reading, Signature
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.steps_plant import Steps, addresses, build_steps

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]
SHOTS = os.environ.get("SHOTS", "")  # a folder: pictures of every page are kept there


@pytest.fixture
def made(transactional_db: None) -> Steps:
    return build_steps()


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_every_page_fits_the_screen(
    size: str, request: pytest.FixtureRequest, made: Steps, signed_in: SignedIn
) -> None:
    page: Page = request.getfixturevalue(size)
    role = ""
    for who, address in addresses(made):
        if who != role:
            signed_in(page, made.plant.people[who])
            role = who
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, address
        assert not has_sideways_scroll(page), address
        if SHOTS:
            name = address.strip("/").replace("/", "-").replace("?", "-")
            page.screenshot(path=Path(SHOTS) / f"{size[:5]}-{who[:4]}-{name}.png", full_page=True)


def test_a_step_is_inspected_done_and_signed_on_the_phone(
    phone_page: Page, made: Steps, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, made.plant.people["technician"])
    step = made.step(20)
    page.goto(reverse("cmms:step", args=[step.pk]))
    blockers = page.get_by_label("Before this step can be done")
    expect(blockers).to_contain_text("Out of limits: Bearing temperature")
    heat = page.locator(".point", has_text="Bearing temperature")
    expect(heat).to_contain_text("Allowed: at most 80 °C")
    heat.get_by_role("spinbutton").fill("81")
    heat.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is out of limits")
    page.get_by_role("link", name="Measure again").click()
    heat.get_by_role("spinbutton").fill("71.5")
    heat.get_by_role("button", name="Save").click()
    expect(heat).to_contain_text("In limits")
    page.locator(".point", has_text="Guard fitted").get_by_role("button", name="In order", exact=True).click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("link", name="Sign").click()
    page.get_by_label("Your password").fill("wrong")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("not your password")).to_be_visible()
    page.get_by_label("Your password").fill("demo")
    page.get_by_role("button", name="Sign").click()
    expect(page.locator(".signature")).to_contain_text("Valid")
    assert not has_sideways_scroll(page)
    assert Reading.objects.filter(point__operation=step).count() == 5
    assert Signature.objects.filter(operation=step).count() == 1


def test_a_concession_is_asked_for_and_granted_by_another(
    phone_page: Page, made: Steps, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, made.plant.people["technician"])
    page.goto(reverse("cmms:reading-out", args=[made.reading.pk]))
    page.get_by_role("link", name="Ask for a concession").click()
    page.get_by_label("Why can it be accepted").fill("The hall is hot today")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("waits for somebody other")).to_be_visible()
    found = Nonconformance.objects.get(reading=made.reading)
    signed_in(page, made.plant.people["approver"])
    page.goto(reverse("cmms:nonconformance", args=[found.pk]))
    page.get_by_role("link", name="Approve the concession").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("h1 .pill")).to_contain_text("Conceded")
    page.goto(reverse("cmms:step", args=[made.step(20).pk]))
    expect(page.locator(".point", has_text="Bearing temperature")).to_contain_text("Conceded")


def test_a_planner_puts_steps_in_order(desktop_page: Page, made: Steps, signed_in: SignedIn) -> None:
    page = signed_in(desktop_page, made.plant.people["planner"])
    page.goto(reverse("cmms:step-edit", args=[made.step(20).pk]))
    page.get_by_label("30 Close and hand over").check()
    page.get_by_role("button", name="Save step").click()
    expect(page.get_by_text("would wait for each other")).to_be_visible()
    page.get_by_label("30 Close and hand over").uncheck()
    page.get_by_label("Gas tester").check()
    page.get_by_role("button", name="Save step").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Set the gap")
    expect(page.locator(".facts").first).to_contain_text("Gas tester")
