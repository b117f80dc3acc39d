"""Pages, API and admin of recurring work."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import (
    Asset,
    JobPlan,
    JobPlanRevision,
    MaintenancePlan,
    Meter,
    MeterReading,
    PlanCycle,
    WorkOrder,
)
from cmms.services.plans.generating import generate_due
from cmms.services.plans.job_plans import PartInput, revise_job_plan
from core.models import User
from core.services.roles import sync_roles
from tests.builders import asset, boss, item, person, stock
from tests.plans.upkeep import every, job_plan, meter, plan, read, step

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
TODAY = NOW.date()
As = Callable[[str], Client]


@pytest.fixture
def people(settings: Any) -> dict[str, User]:
    sync_roles(roles=settings.ROLES)
    found = {}
    for role in ("technician", "planner", "approver", "auditor", "finance"):
        found[role] = person(username=f"the-{role}")
        found[role].groups.add(Group.objects.get(name=role))
    return found


@pytest.fixture
def as_role(people: dict[str, User]) -> As:
    def client(role: str) -> Client:
        signed = Client()
        signed.force_login(boss() if role == "admin" else people[role])
        return signed

    return client


@pytest.fixture
def api_as(people: dict[str, User]) -> Callable[[str], APIClient]:
    def client(role: str) -> APIClient:
        signed = APIClient()
        signed.force_authenticate(boss() if role == "admin" else people[role])
        return signed

    return client


class World:
    """A pump with a meter, a plan that made an order, and a revision that waits for approval."""

    def __init__(self, plans: int = 1) -> None:
        self.pump = asset()
        self.meter = meter(self.pump)
        read(self.meter, 10, TODAY - timedelta(days=20))
        read(self.meter, 110, TODAY - timedelta(days=10))
        self.part = stock(1, 25).item
        self.work = job_plan(
            "Greasing", [step("Grease", "1.5")], [PartInput(self.part.pk, Decimal(2), lead_days=10)]
        )
        revise_job_plan(
            job_plan_id=self.work.pk, change_note="Cleaning first", steps=[step("Clean"), step("Grease", "2")],
            actor=boss(), at=NOW,
        )  # fmt: skip
        self.plan = self.more(plans)[0]

    def more(self, count: int) -> list[MaintenancePlan]:
        start = TODAY - timedelta(days=7)
        made = [
            plan(every(1, "WEEK", of=self.work), start_on=start, at=NOW, on=self.pump) for _ in range(count)
        ]
        generate_due(at=NOW)
        return made

    @property
    def revision(self) -> JobPlanRevision:
        return self.work.revisions.get(number=2)


@pytest.fixture
def world(db: None) -> World:
    return World()


def addresses(world: World) -> dict[str, str]:
    return {
        "plans": reverse("cmms:plans"), "plan": reverse("cmms:plan", args=[world.plan.pk]),
        "new": reverse("cmms:plan-new"), "edit": reverse("cmms:plan-edit", args=[world.plan.pk]),
        "suspend": reverse("cmms:plan-suspend", args=[world.plan.pk]), "run": reverse("cmms:plans-run"),
        "forecast": reverse("cmms:forecast"), "job-plans": reverse("cmms:job-plans"),
        "job-plan": reverse("cmms:job-plan", args=[world.work.pk]), "job-new": reverse("cmms:job-plan-new"),
        "revise": reverse("cmms:job-plan-revise", args=[world.work.pk]),
        "send-back": reverse("cmms:revision-send-back", args=[world.revision.pk]),
        "meters": reverse("cmms:meters"), "meter": reverse("cmms:meter", args=[world.meter.pk]),
        "read": reverse("cmms:meter-read", args=[world.meter.pk]),
        "asset-meters": reverse("cmms:asset-meters", args=[world.pump.pk]),
        "asset-plans": reverse("cmms:asset-plans", args=[world.pump.pk]),
        "order": reverse("cmms:work-order", args=[WorkOrder.objects.earliest("pk").pk]),
    }  # fmt: skip


SEEN_BY_ALL = (
    "plans",
    "plan",
    "forecast",
    "job-plans",
    "job-plan",
    "meters",
    "meter",
    "asset-meters",
    "asset-plans",
    "order",
)


class TestPages:
    def test_every_page_opens_for_whom_it_is_and_for_nobody_else(self, world: World, as_role: As) -> None:
        found = addresses(world)
        for role in ("planner", "auditor", "technician"):
            client = as_role(role)
            for name in SEEN_BY_ALL:
                assert client.get(found[name]).status_code == 200, (role, name)
        for name in ("new", "edit", "suspend", "run", "job-new", "revise"):
            assert as_role("planner").get(found[name]).status_code == 200, name
            assert as_role("technician").get(found[name]).status_code == 403, name
        assert as_role("technician").get(found["read"]).status_code == 200
        assert as_role("auditor").get(found["read"]).status_code == 403
        assert as_role("approver").get(found["send-back"]).status_code == 200
        assert as_role("planner").get(found["send-back"]).status_code == 403

    def test_money_shows_only_with_the_right(self, world: World, as_role: As) -> None:
        address = reverse("cmms:forecast")
        assert b"Money" in as_role("planner").get(address).content
        assert b"Money" not in as_role("technician").get(address).content
        csv = b"".join(as_role("technician").get(f"{address}?export=csv"))
        assert b"Cost" not in csv and world.plan.number.encode() in csv
        assert b"Cost" in b"".join(as_role("planner").get(f"{address}?export=csv"))

    def test_lists_search_filter_and_export(self, world: World, as_role: As) -> None:
        client = as_role("planner")
        plans = reverse("cmms:plans")
        assert world.plan.number in client.get(plans, {"q": world.pump.code}).content.decode()
        assert "Nothing matches" in client.get(plans, {"status": "DRAFT"}).content.decode()
        assert "Nothing matches" in client.get(plans, {"stuck": "true"}).content.decode()
        assert world.plan.number.encode() in b"".join(client.get(plans, {"export": "csv"}))
        jobs = reverse("cmms:job-plans")
        assert world.work.code in client.get(jobs, {"latest_status": "DRAFT"}).content.decode()
        assert "Nothing matches" in client.get(reverse("cmms:meters"), {"q": "kilometres"}).content.decode()

    def test_empty_lists_say_what_to_do(self, as_role: As) -> None:
        for name in ("plans", "job-plans", "meters", "forecast"):
            assert "empty-title" in as_role("planner").get(reverse(f"cmms:{name}")).content.decode()

    def test_a_plan_is_written_activated_changed_and_suspended(self, world: World, as_role: As) -> None:
        client = as_role("planner")
        body = {
            "title": "Weekly look", "where": world.pump.code, "type": "INSPECTION", "priority": "NORMAL",
            "trigger": "CALENDAR", "start_on": TODAY.isoformat(), "lead_days": 3, "due_time": "15:00",
            "shift_late_percent": 0, "shift_early_percent": 0, "tolerance_percent": 0, "meter_shift_percent": 100,
            "resets": "BOTH", "pile_up": "MERGE", "day_rule": "NEXT", "early_days": 0, "late_days": 2,
            "out_of_season": "SKIP", "merge_days": 0, "part_lead_days": 14, "buffer_days": 3, "stops": world.pump.code,
            "packages-TOTAL_FORMS": 2, "packages-INITIAL_FORMS": 0, "packages-0-job_plan": world.work.pk,
            "packages-0-every_count": 1, "packages-0-every_unit": "WEEK", "packages-0-hierarchy": 1,
            "packages-1-every_unit": "MONTH", "packages-1-hierarchy": 1,
        }  # fmt: skip
        answer = client.post(reverse("cmms:plan-new"), body)
        assert answer.status_code == 302, answer.content.decode()
        made = MaintenancePlan.objects.get(title="Weekly look")
        assert (made.status, made.planner.username, made.stops.count()) == ("DRAFT", "the-planner", 1)
        assert client.post(reverse("cmms:plan-activate", args=[made.pk])).status_code == 302
        edit = {
            **body,
            "title": "Weekly round",
            "stops": "",
            "packages-TOTAL_FORMS": 1,
            "packages-INITIAL_FORMS": 1,
            "planner": boss().pk,
        }
        assert client.post(reverse("cmms:plan-edit", args=[made.pk]), edit).status_code == 302
        assert (
            client.post(reverse("cmms:plan-suspend", args=[made.pk]), {"reason": "stands"}).status_code == 302
        )
        made.refresh_from_db()
        assert (made.title, made.status, made.stops.count()) == ("Weekly round", "SUSPENDED", 0)
        assert made.planner == boss()
        wrong = client.post(reverse("cmms:plan-new"), {**body, "stops": "NOWHERE"})
        assert wrong.status_code == 422 and "NOWHERE" in wrong.content.decode()

    def test_a_job_plan_goes_its_way_through_the_pages(self, people: dict[str, User], as_role: As) -> None:
        part = item()
        body = {
            "code": "JP-NEW", "name": "Filter change", "instructions": "", "steps-TOTAL_FORMS": 2,
            "steps-INITIAL_FORMS": 0, "steps-0-title": "Change it", "steps-0-execution": "INTERNAL",
            "steps-0-estimated_hours": "0.5", "steps-1-execution": "INTERNAL", "parts-TOTAL_FORMS": 1,
            "parts-INITIAL_FORMS": 0, "parts-0-item": part.code, "parts-0-quantity": "1",
        }  # fmt: skip
        planner, approver = as_role("planner"), as_role("approver")
        assert planner.post(reverse("cmms:job-plan-new"), body).status_code == 302
        made = JobPlan.objects.get(code="JP-NEW")
        first = made.revisions.get()
        assert planner.post(reverse("cmms:revision-submit", args=[first.pk])).status_code == 302
        assert planner.post(reverse("cmms:revision-approve", args=[first.pk])).status_code == 403
        assert approver.post(reverse("cmms:revision-approve", args=[first.pk])).status_code == 302
        form = planner.get(reverse("cmms:job-plan-revise", args=[made.pk])).content.decode()
        assert "Change it" in form and part.code in form
        revised = {
            **body, "change_note": "Two of them", "steps-TOTAL_FORMS": 1, "steps-INITIAL_FORMS": 1,
            "parts-INITIAL_FORMS": 1, "parts-0-quantity": "2",
        }  # fmt: skip
        assert planner.post(reverse("cmms:job-plan-revise", args=[made.pk]), revised).status_code == 302
        page = planner.get(reverse("cmms:job-plan", args=[made.pk])).content.decode()
        assert "Changed since revision 1" in page and "<del>1 Pce</del><ins>2 Pce</ins>" in page.replace(
            "PCE", "Pce"
        )

    def test_the_button_runs_the_scheduler(self, world: World, as_role: As) -> None:
        answer = as_role("planner").post(reverse("cmms:plan-run", args=[world.plan.pk]), follow=True)
        assert "0 work orders made." in answer.content.decode()

    def test_a_reading_that_is_lower_is_explained_beside_the_field(self, world: World, as_role: As) -> None:
        address = reverse("cmms:meter-read", args=[world.meter.pk])
        refused = as_role("technician").post(address, {"value": "5"})
        assert refused.status_code == 422 and "The last reading was 110" in refused.content.decode()
        assert as_role("technician").post(address, {"value": "112"}).status_code == 302
        assert MeterReading.objects.latest("pk").total == 112


class TestApi:
    def test_a_plan_from_nothing_to_its_order(
        self, people: dict[str, User], api_as: Callable[[str], APIClient]
    ) -> None:
        planner, approver = api_as("planner"), api_as("approver")
        pump = asset()
        job = planner.post(
            "/api/v1/job-plans/", {"code": "JP-API", "name": "Look", "steps": [{"title": "Look at it"}]}
        )
        assert job.status_code == 201, job.json()
        revision = planner.get(f"/api/v1/job-plan-revisions/?job_plan={job.json()['id']}").json()["results"][
            0
        ]
        for who, verb in ((planner, "submit"), (approver, "approve")):
            assert who.post(f"/api/v1/job-plan-revisions/{revision['id']}/{verb}/").status_code == 200
        body = {
            "title": "Daily look", "asset": pump.pk, "start_on": (TODAY - timedelta(days=1)).isoformat(), "lead_days": 0,
            "packages": [{"job_plan": job.json()["id"], "every_count": 1, "every_unit": "DAY"}],
        }  # fmt: skip
        made = planner.post("/api/v1/maintenance-plans/", body)
        assert made.status_code == 201, made.json()
        address = f"/api/v1/maintenance-plans/{made.json()['id']}/"
        assert planner.post(f"{address}activate/").json()["next_due_on"] == TODAY.isoformat()
        done = planner.post("/api/v1/maintenance-plans/generate-due/").json()
        assert len(done["orders"]) == 1
        assert planner.post("/api/v1/maintenance-plans/generate-due/").json()["orders"] == []
        cycle = planner.get(f"/api/v1/plan-cycles/?plan={made.json()['id']}").json()["results"][0]
        assert (cycle["status"], cycle["packages"][0]["revision"]) == ("OPEN", revision["id"])
        changed = planner.post(f"{address}change/", {"title": "Daily round"})
        assert changed.json()["title"] == "Daily round" and changed.json()["lead_days"] == 0
        assert planner.post(f"{address}suspend/", {"reason": "off"}).json()["status"] == "SUSPENDED"
        assert api_as("technician").post("/api/v1/maintenance-plans/", body).status_code == 403
        refused = planner.post("/api/v1/maintenance-plans/", {**body, "trigger": "METER"})
        assert refused.status_code == 422 and "meter" in refused.json()["detail"]

    def test_a_reading_counts_once_under_its_key(
        self, world: World, api_as: Callable[[str], APIClient]
    ) -> None:
        technician = api_as("technician")
        address = f"/api/v1/meters/{world.meter.pk}/readings/"
        first = technician.post(address, {"value": "150"}, headers={"Idempotency-Key": "r-1"})
        again = technician.post(address, {"value": "150"}, headers={"Idempotency-Key": "r-1"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert again["Idempotent-Replayed"] == "true"
        assert first.json() == again.json() and first.json()["total"] == "150.0000"
        assert MeterReading.objects.filter(meter=world.meter).count() == 3
        refused = technician.post(address, {"value": "1"})
        assert refused.status_code == 422 and refused.json()["field"] == "value"
        assert api_as("auditor").post(address, {"value": "500"}).status_code == 403

    def test_the_forecast_hides_money_from_who_may_not_see_it(
        self, world: World, api_as: Callable[[str], APIClient]
    ) -> None:
        seen = api_as("planner").get("/api/v1/maintenance-plans/forecast/?months=2").json()
        assert len(seen["months"]) == 2 and seen["months"][0]["cost"] is not None
        assert seen["crafts"][0]["craft"] == "Mechanic"
        assert Decimal(seen["parts"][0]["short"]) > 0 and seen["parts"][0]["buy_by"]
        hidden = api_as("technician").get(f"/api/v1/maintenance-plans/{world.plan.pk}/forecast/").json()
        assert hidden["months"][0]["cost"] is None and hidden["orders"]
        wrong = api_as("planner").get("/api/v1/maintenance-plans/forecast/?months=99")
        assert wrong.status_code == 400

    def test_meters_are_kept_as_master_data(self, world: World, api_as: Callable[[str], APIClient]) -> None:
        body = {"asset": world.pump.pk, "name": "Starts", "unit": world.meter.unit_id}
        assert api_as("planner").post("/api/v1/meters/", body).status_code == 201
        assert api_as("technician").post("/api/v1/meters/", {**body, "name": "X"}).status_code == 403


class TestAdmin:
    def test_every_page_opens_and_a_revision_is_sent_on(self, world: World, as_role: As) -> None:
        client = as_role("admin")
        for name, pk in (
            ("meter", world.meter.pk), ("meterreading", MeterReading.objects.latest("pk").pk),
            ("jobplan", world.work.pk), ("jobplanrevision", world.revision.pk), ("maintenanceplan", world.plan.pk),
            ("plancycle", PlanCycle.objects.latest("pk").pk),
        ):  # fmt: skip
            assert client.get(reverse(f"admin:cmms_{name}_changelist")).status_code == 200, name
            assert client.get(reverse(f"admin:cmms_{name}_change", args=[pk])).status_code == 200, name
        for name in ("sitecalendar", "siteclosure", "meter", "jobplan"):
            assert client.get(reverse(f"admin:cmms_{name}_add")).status_code == 200, name


LISTS = (
    "/api/v1/maintenance-plans/", "/api/v1/job-plans/", "/api/v1/job-plan-revisions/", "/api/v1/meters/",
    "/api/v1/meter-readings/", "/api/v1/plan-cycles/", "/api/v1/maintenance-plans/forecast/",
)  # fmt: skip


def test_pages_and_collections_take_no_more_statements_for_more_rows(world: World, as_role: As) -> None:
    pages, api = as_role("admin"), APIClient()
    api.force_authenticate(boss())
    shown = {name: address for name, address in addresses(world).items() if name in SEEN_BY_ALL}

    def counts() -> dict[str, int]:
        found = {}
        for address in [*shown.values(), *LISTS]:
            client = api if address.startswith("/api/") else pages
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            found[address] = len(asked)
        return found

    world.more(1)
    few = counts()
    world.more(6)
    for number in range(4):
        other = meter(world.pump, name=f"Meter {number}")
        read(other, number, TODAY - timedelta(days=3))
        read(world.meter, 120 + number, TODAY - timedelta(days=9 - number))
        work = job_plan(f"Other {number}", parts=[PartInput(item().pk, Decimal(1))])
        plan(every(1, "WEEK", of=work), at=NOW, start_on=TODAY, on=world.pump)
    assert counts() == few
    assert max(few.values()) <= 30
    assert (Meter.objects.count(), Asset.objects.count()) == (5, 1)
    assert date.today() >= TODAY
