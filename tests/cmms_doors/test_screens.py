"""The pages in a real browser: they fit a small phone, and a part is asked for in three taps."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import PartsRequestLine, WorkRequest
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.plant import Plant, build

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]


@pytest.fixture
def busy_plant(transactional_db: None) -> Plant:
    plant = build()
    order = plant.order("Replace the coupling between the motor and the feed pump of filling line 2")
    plant.ask(order, 3, quantity=1)
    plant.ask(order, 2, quantity=2)
    plant.hours(order)
    plant.order("Grease the bearings", "RELEASED")
    plant.fault()
    return plant


def addresses(plant: Plant) -> list[tuple[str, str]]:
    order = PartsRequestLine.objects.earliest("pk").parts_request.work_order_id
    fault = WorkRequest.objects.latest("pk").pk
    technician = ["mine/", "find/", "find/?q=pump", "report/", f"orders/{order}/", f"orders/{order}/parts/",
                  f"orders/{order}/parts/in-words/", f"orders/{order}/parts/service/", f"orders/{order}/log-hours/",
                  f"orders/{order}/finish/", f"orders/{order}/hold/"]  # fmt: skip
    planner = ["requests/", f"requests/{fault}/", f"requests/{fault}/accept/", f"requests/{fault}/join/", "orders/",
               f"orders/{order}/", "orders/new/", f"orders/{order}/estimate/", "assets/", f"assets/{plant.pump.pk}/",
               f"assets/{plant.line.pk}/", "locations/", "costs/"]  # fmt: skip
    stock = plant.stock().pk
    storekeeper = ["hand-over/", "stock/", f"stock/{stock}/", f"stock/{stock}/count/", f"stock/{stock}/move/",
                   "stock/reorder/", "stock/movements/", "stock/opening/"]  # fmt: skip
    rooms = (("technician", technician), ("planner", planner), ("storekeeper", storekeeper))
    return [(role, f"/work/{page}") for role, pages in rooms for page in pages]


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_every_page_fits_the_screen(
    size: str, request: pytest.FixtureRequest, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page: Page = request.getfixturevalue(size)
    role = ""
    for who, address in addresses(busy_plant):
        if who != role:
            signed_in(page, busy_plant.people[who])
            role = who
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, address
        assert not has_sideways_scroll(page), address


def test_a_part_of_the_asset_is_asked_for_in_three_taps(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    order = busy_plant.order("Change the seal")
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:work-order", args=[order.pk]))
    page.get_by_role("link", name="Part").first.click()
    gasket = page.locator(".choice", has_text="Gasket set")
    gasket.get_by_role("button", name="One more").click()
    gasket.get_by_role("button", name="Request").click()
    expect(gasket.locator(".asked")).to_contain_text("2 PCE in bin A-4, reserved")
    assert not has_sideways_scroll(page)
    line = PartsRequestLine.objects.get(parts_request__work_order=order)
    assert (line.quantity, line.quantity_reserved) == (2, 2)


def test_what_is_short_is_said_at_once(phone_page: Page, busy_plant: Plant, signed_in: SignedIn) -> None:
    order = busy_plant.order("Change the coupling")
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:ask-part", args=[order.pk]))
    page.get_by_role("searchbox").fill("coupling")
    found = page.locator("#found .choice", has_text="Coupling star")
    found.get_by_role("button", name="Request").click()
    expect(found.locator(".asked")).to_contain_text("1 PCE short")


def test_work_is_held_for_one_reason_in_two_taps(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    order = busy_plant.order("Align the motor")
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:work-order", args=[order.pk]))
    page.get_by_role("button", name="Hold").click()
    page.get_by_role("button", name="Waiting for parts").click()
    expect(page.get_by_text("Waiting for parts").first).to_be_visible()
    order.refresh_from_db()
    assert order.status == "ON_HOLD"


def test_a_scanned_code_leads_to_its_page(phone_page: Page, busy_plant: Plant, signed_in: SignedIn) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:my-work"))
    page.get_by_role("searchbox").fill("p-101")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Feed pump")
