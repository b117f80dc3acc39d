"""The pages of recurring work in a real browser: they fit a small phone, and a reading takes three taps at most."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import Craft, CraftRate, MaintenancePlan, MeterReading
from cmms.services.plans.generating import generate_due
from cmms.services.plans.job_plans import PartInput, revise_job_plan
from config.roles import ROLES
from core.models import User
from core.services.roles import sync_roles
from tests.browser import has_sideways_scroll
from tests.builders import asset, boss, item, person, stock
from tests.plans.upkeep import every, job_plan, meter, plan, read, step

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]
NOW = datetime.now(UTC)
TODAY = NOW.date()


class Floor:
    """A pump with everything on it, a planner and a technician."""

    def __init__(self) -> None:
        sync_roles(roles=ROLES)
        self.people = {}
        for role, name in (("planner", "Petra"), ("technician", "Tom"), ("approver", "Arne")):
            self.people[role] = person(username=role, first_name=name, last_name="Lang")
            self.people[role].groups.add(Group.objects.get(name=role))
        self.pump = asset("P-101")
        self.pump.name = "Feed pump of filling line 2"
        self.pump.save()
        self.hours = meter(self.pump, rollover_at=Decimal(100000))
        for day, value in ((60, 4200), (30, 4620), (2, 5010)):
            read(self.hours, value, TODAY - timedelta(days=day))
        electric = Craft.objects.create(code="ELE", name="Electrician")
        CraftRate.objects.create(
            craft=electric, valid_from=TODAY - timedelta(days=900), hourly_rate=Decimal(64)
        )
        seal = stock(2, "35.20", of=item("SP-1", name="Shaft seal 40 mm"))
        bearing = item("SP-2", name="Deep groove ball bearing 6308")
        self.monthly = job_plan(
            "Monthly check", [step("Check the seal for leaks", "0.5"), step("Grease the bearings", "1")]
        )
        self.yearly = job_plan(
            "Annual service",
            [
                step("Replace the shaft seal", "3"), step("Replace the bearings", "4"),
                step("Measure the insulation", "1.5", craft_id=electric.pk),
                step("Balance the rotor", "0", execution="OUTSIDE", outside_cost=Decimal(420)),
            ],
            [PartInput(seal.item_id, Decimal(1)), PartInput(bearing.pk, Decimal(2), 21, Decimal("48.90"))],
        )  # fmt: skip
        self.second = revise_job_plan(
            job_plan_id=self.yearly.pk, change_note="The bearing is warmed before it is fitted", actor=boss(), at=NOW,
            steps=[step("Replace the shaft seal", "3"), step("Warm and replace the bearings", "5")],
        )  # fmt: skip
        self.plan = plan(
            every(1, of=self.monthly, hierarchy=1), every(4, of=self.yearly, hierarchy=2), on=self.pump,
            start_on=TODAY - timedelta(days=62), at=NOW - timedelta(days=33), title="Care of the feed pump",
            part_lead_days=10,
        )  # fmt: skip
        generate_due(at=NOW - timedelta(days=31))
        generate_due(at=NOW)
        plan(
            every(3, of=self.yearly, meter_every=Decimal(1000)), on=self.pump, trigger="FIRST", meter_id=self.hours.pk,
            start_on=TODAY - timedelta(days=20), start_reading=Decimal(4500), at=NOW, title="Service by running hours",
        )  # fmt: skip

    def addresses(self) -> list[tuple[str, str, str]]:
        named = {
            "plans": reverse("cmms:plans"), "plan": reverse("cmms:plan", args=[self.plan.pk]),
            "plan-new": reverse("cmms:plan-new"), "plan-edit": reverse("cmms:plan-edit", args=[self.plan.pk]),
            "plans-run": reverse("cmms:plans-run"), "forecast": reverse("cmms:forecast"),
            "forecast-year": f"{reverse('cmms:forecast')}?months=12",
            "job-plans": reverse("cmms:job-plans"), "job-plan": reverse("cmms:job-plan", args=[self.yearly.pk]),
            "job-plan-new": reverse("cmms:job-plan-new"),
            "job-plan-revise": reverse("cmms:job-plan-revise", args=[self.yearly.pk]),
            "meters": reverse("cmms:meters"), "meter": reverse("cmms:meter", args=[self.hours.pk]),
            "asset": reverse("cmms:asset", args=[self.pump.pk]),
        }  # fmt: skip
        phone = {"read": reverse("cmms:meter-read", args=[self.hours.pk]), "asset-floor": named["asset"]}
        return [
            *(("planner", name, address) for name, address in named.items()),
            *(("technician", name, address) for name, address in phone.items()),
        ]


@pytest.fixture
def floor(transactional_db: None) -> Floor:
    return Floor()


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_every_page_fits_the_screen(
    size: str, request: pytest.FixtureRequest, floor: Floor, signed_in: SignedIn
) -> None:
    page: Page = request.getfixturevalue(size)
    role = ""
    for who, _name, address in floor.addresses():
        if who != role:
            signed_in(page, floor.people[who])
            role = who
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, address
        assert not has_sideways_scroll(page), address


def test_a_reading_is_entered_in_two_taps(phone_page: Page, floor: Floor, signed_in: SignedIn) -> None:
    page = signed_in(phone_page, floor.people["technician"])
    page.goto(reverse("cmms:asset", args=[floor.pump.pk]))
    page.get_by_role("link", name="Enter reading").click()
    expect(page.get_by_label("Reading", exact=True)).to_be_focused()
    page.keyboard.type("5042")
    page.get_by_role("button", name="Save reading").click()
    expect(page.get_by_text("Kept: 5042")).to_be_visible()
    expect(page.get_by_role("region", name="Meters")).to_contain_text("5,042")
    assert MeterReading.objects.latest("pk").value == 5042


def test_a_planner_writes_a_plan_with_two_intervals(
    desktop_page: Page, floor: Floor, signed_in: SignedIn
) -> None:
    page = signed_in(desktop_page, floor.people["planner"])
    page.goto(f"{reverse('cmms:plan-new')}?asset=P-101")
    page.get_by_label("Title").fill("Seal check")
    lines = page.locator("[data-line]")
    for number, (work, count) in enumerate(((floor.monthly, "2"), (floor.yearly, "12"))):
        line = lines.nth(number)
        line.get_by_label("Job plan").select_option(str(work.pk))
        line.get_by_label("Every", exact=False).first.fill(count)
        line.get_by_label("Rank").fill(str(number + 1))
    page.get_by_role("button", name="Create plan").click()
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Active")
    expect(page.locator(".due-list li").first).to_contain_text("Monthly check")
    made = MaintenancePlan.objects.get(title="Seal check")
    assert list(made.packages.order_by("hierarchy").values_list("every_count", flat=True)) == [2, 12]
