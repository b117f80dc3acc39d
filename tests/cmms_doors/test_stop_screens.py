"""Stops, failures and figures in a real browser: they fit a small phone, and a stop is one tap."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from cmms.models import (
    AssetClass,
    ClassFailureCode,
    DowntimeEvent,
    FailureCode,
    FailureRecord,
    StopFeed,
    WorkOrder,
)
from cmms.services.downtime import start_downtime
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.plant import Plant, build

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]
MODES = (
    "Fails to start on demand", "External leakage, process medium", "External leakage, utility medium", "Noise",
    "Vibration", "Overheating", "Low output", "Breakdown", "Spurious stop", "Abnormal instrument reading",
    "Internal leakage", "Structural deficiency", "Parameter deviation", "Minor in-service problems",
)  # fmt: skip


@pytest.fixture
def busy_plant(transactional_db: None) -> Plant:
    """A year with stops, work, hours and a coded class."""
    plant = build()
    of_class = AssetClass.objects.create(code="PU", name="Centrifugal pumps")
    plant.pump.asset_class, plant.line.replacement_value = of_class, 250_000
    plant.pump.save(), plant.line.save()
    for number, name in enumerate(MODES):
        code = FailureCode.objects.create(kind="MODE", code=f"M{number}", name=name)
        ClassFailureCode.objects.create(asset_class=of_class, failure_code=code, sequence=number)
    FailureCode.objects.create(kind="CAUSE", code="WEAR", name="Expected wear and tear")
    order = plant.order("Replace the coupling between the motor and the feed pump")
    plant.ask(order, 3)
    plant.hours(order)
    for month in range(1, 9):
        since = plant.at - timedelta(days=35 * month)
        start_downtime(
            asset_id=plant.pump.pk, started_at=since, ended_at=since + timedelta(hours=month), is_planned=month == 4,
            reason="Coupling slips under load" if month % 2 else "", actor=plant.people["technician"], at=plant.at,
            work_order_id=order.pk if month == 1 else None,
        )  # fmt: skip
    StopFeed.objects.create(code="oee-line-2", name="OEE platform, filling line 2")
    return plant


def addresses(plant: Plant) -> list[tuple[str, str]]:
    stop, order = DowntimeEvent.objects.latest("pk").pk, WorkOrder.objects.latest("pk").pk
    feed = StopFeed.objects.get().pk
    rows = [f"figures/{kind}/" for kind in ("stops", "labor", "preventive", "costs", "ready")]
    planner = [
        "figures/", *rows, "downtime/", f"downtime/{stop}/", f"downtime/{stop}/correct/", "downtime/new/",
        f"downtime/{stop}/attach/", f"downtime/{stop}/void/", "failures/", "schedule/", "schedule/lock/",
        "costs/by-asset/", f"assets/{plant.pump.pk}/", f"orders/{order}/",
    ]  # fmt: skip
    technician = [f"orders/{order}/failure/", f"assets/{plant.pump.pk}/", "downtime/new/"]
    rooms = (
        ("planner", planner),
        ("technician", technician),
        ("admin", ["stop-feeds/", f"stop-feeds/{feed}/"]),
    )
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


def test_down_and_up_are_one_tap_each(phone_page: Page, busy_plant: Plant, signed_in: SignedIn) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(f"/work/assets/{busy_plant.pump.pk}/")
    page.get_by_role("button", name="It is down").click()
    expect(page.get_by_text("is down since now")).to_be_visible()
    page.get_by_role("button", name="It runs again").click()
    expect(page.get_by_text("runs again.")).to_be_visible()
    assert not DowntimeEvent.objects.open().exists()


def test_a_failure_is_recorded_on_the_phone(phone_page: Page, busy_plant: Plant, signed_in: SignedIn) -> None:
    order = WorkOrder.objects.latest("pk")
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(f"/work/orders/{order.pk}/", wait_until="networkidle")
    page.get_by_role("link", name="Record the failure").click()
    expect(page.get_by_text("Parameter deviation")).to_be_hidden()
    page.get_by_text("Vibration").click()
    page.get_by_role("button", name="Record").click()
    page.wait_for_url(f"**/work/orders/{order.pk}/")
    expect(page.get_by_text("Vibration")).to_be_visible()
    assert FailureRecord.objects.get().mode.name == "Vibration"


def test_a_figure_opens_its_rows(desktop_page: Page, busy_plant: Plant, signed_in: SignedIn) -> None:
    page = signed_in(desktop_page, busy_plant.people["planner"])
    page.goto("/work/figures/?asset=P-101")
    tile = page.locator(".kpi", has_text="Mean down time, unplanned")
    tile.get_by_role("link", name="Stops").click()
    expect(page.get_by_role("heading", name="Stops")).to_be_visible()
    expect(page.get_by_text("1–8 of 8")).to_be_visible()
    page.get_by_role("link", name="Figures", exact=True).first.click()
    expect(page.get_by_role("heading", name="Maintenance figures")).to_be_visible()
