"""Stops, failures, schedules and figures through the pages, the API and signed messages."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import (
    AssetClass,
    ClassFailureCode,
    DowntimeEvent,
    FailureCode,
    FailureRecord,
    StopFeed,
    StopFeedKey,
    WorkOrder,
)
from cmms.selectors.kpis import KINDS
from cmms.services.downtime import start_downtime
from cmms.services.execution import finish_operation, finish_work
from cmms.services.failures import record_failure
from core.errors import Conflict, RuleViolation
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
ApiAs = Callable[[str], APIClient]


def url(name: str, *keys: Any) -> str:
    return reverse(f"cmms:{name}", args=keys)


def pumps(plant: Plant, modes: int = 2) -> list[FailureCode]:
    """The pump gets a class with observed modes."""
    of_class = AssetClass.objects.create(code="PU", name="Pumps")
    plant.pump.asset_class = of_class
    plant.pump.save()
    codes = [FailureCode.objects.create(kind="MODE", code=f"M{n}", name=f"Mode {n}") for n in range(modes)]
    for n, code in enumerate(codes):
        ClassFailureCode.objects.create(asset_class=of_class, failure_code=code, sequence=n)
    FailureCode.objects.create(kind="CAUSE", code="WEAR", name="Wear")
    return codes


def stop(plant: Plant, hours: int = 3, **values: Any) -> DowntimeEvent:
    since = plant.at - timedelta(hours=hours)
    given = {"started_at": since, "ended_at": since + timedelta(hours=1), **values}
    return start_downtime(asset_id=plant.pump.pk, actor=plant.people["technician"], at=plant.at, **given)


class TestPages:
    def test_one_tap_down_and_one_tap_up(self, plant: Plant, as_role: As) -> None:
        technician = as_role("technician")
        page = technician.get(url("asset", plant.pump.pk)).content.decode()
        assert "It is down" in page and url("asset-down", plant.pump.pk) in page
        technician.post(url("asset-down", plant.pump.pk))
        event = DowntimeEvent.objects.get()
        page = technician.get(url("asset", plant.pump.pk)).content.decode()
        assert url("downtime-up", event.pk) in page and "It is down" not in page
        line = technician.get(url("asset", plant.line.pk)).content.decode()
        assert "P-101" in line and "Down" in line
        technician.post(url("downtime-up", event.pk))
        event.refresh_from_db()
        assert event.ended_at is not None

    def test_a_planner_records_corrects_attaches_and_voids(self, plant: Plant, as_role: As) -> None:
        planner, order = as_role("planner"), plant.order()
        since, until = (plant.at - timedelta(hours=n) for n in (5, 4))
        sent = {
            "asset": "P-101", "started_at": f"{since:%Y-%m-%dT%H:%M}", "ended_at": f"{until:%Y-%m-%dT%H:%M}",
            "reason": "Jammed",
        }  # fmt: skip
        assert planner.post(url("downtime-new"), sent).status_code == 302
        event = DowntimeEvent.objects.get()
        changed = {**sent, "words": "Bearing hot", "reason": "Looked again"}
        assert planner.post(url("downtime-correct", event.pk), changed).status_code == 302
        planner.post(url("downtime-attach", event.pk), {"work_order": order.number})
        event.refresh_from_db()
        assert (event.reason, event.work_order) == ("Bearing hot", order)
        panel = planner.get(url("order-stops", order.pk)).content.decode()
        assert "The machine runs again" in panel and url("work-order-finish", order.pk) in panel
        refused = planner.post(url("downtime-void", event.pk), {"reason": ""})
        assert refused.status_code == 422
        planner.post(url("downtime-void", event.pk), {"reason": "Never was"})
        assert "Never was" in planner.get(url("downtime", event.pk)).content.decode()
        assert "No stop is recorded" in planner.get(url("asset-stops", plant.pump.pk)).content.decode()

    def test_who_may_not_correct_is_told(self, plant: Plant, as_role: As) -> None:
        event = stop(plant)
        answer = as_role("technician").post(url("downtime-void", event.pk), {"reason": "x"})
        assert answer.status_code == 403
        assert as_role("technician").get(url("kpis")).status_code == 403

    def test_a_failure_is_recorded_from_few_modes_and_corrected(self, plant: Plant, as_role: As) -> None:
        codes, order = pumps(plant, modes=14), plant.order()
        FailureCode.objects.create(kind="MODE", code="OTHER", name="Of no class")
        foreign = FailureCode.objects.create(kind="MODE", code="FUR", name="Of furnaces")
        ClassFailureCode.objects.create(
            asset_class=AssetClass.objects.create(code="FU", name="Furnaces"), failure_code=foreign
        )
        technician = as_role("technician")
        page = technician.get(url("work-order-failure", order.pk)).content.decode()
        assert "Observed mode (ISO 14224)" in page and "Of furnaces" not in page and "Of no class" in page
        assert page.index("Mode 11") < page.index("More modes") < page.index("Mode 12")
        assert technician.post(url("work-order-failure", order.pk), {"mode": foreign.pk}).status_code == 422
        good = {"mode": codes[0].pk, "is_functional_failure": "on"}
        assert technician.post(url("work-order-failure", order.pk), good).status_code == 302
        again = technician.post(url("work-order-failure", order.pk), {"mode": codes[1].pk})
        assert again.status_code == 422
        technician.post(url("work-order-failure", order.pk), {"mode": codes[1].pk, "reason": "Looked closer"})
        assert FailureRecord.objects.count() == 2
        assert FailureRecord.objects.current().get().mode == codes[1]
        assert "Mode 1" in technician.get(url("order-stops", order.pk)).content.decode()
        assert "Mode 1" in technician.get(url("failures")).content.decode()

    def test_a_new_key_is_shown_once_and_kept_nowhere(self, plant: Plant, as_role: As) -> None:
        feed = StopFeed.objects.create(code="oee", name="OEE")
        admin = as_role("admin")
        answer = admin.post(url("stop-feed", feed.pk))
        assert "whsec_" in answer.content.decode() and answer["Cache-Control"] == "no-store"
        assert "whsec_" not in admin.get(url("stop-feed", feed.pk)).content.decode()
        key = StopFeedKey.objects.get()
        admin.post(url("stop-feed-key-revoke", key.pk))
        key.refresh_from_db()
        assert key.revoked_at is not None
        assert as_role("planner").post(url("stop-feed", feed.pk)).status_code == 403


class TestGuards:
    def finished(self, plant: Plant) -> WorkOrder:
        order, who = plant.order(), plant.people["technician"]
        for step in order.operations.all():
            finish_operation(operation_id=step.pk, actor=who, at=plant.at)
        return finish_work(work_order_id=order.pk, actor=who, at=plant.at)

    def test_corrective_work_is_completed_with_a_failure_record(self, plant: Plant, as_role: As) -> None:
        codes, order = pumps(plant), self.finished(plant)
        planner = as_role("planner")
        refused = planner.post(url("work-order-complete", order.pk))
        assert refused.status_code == 409
        assert "How the asset failed is not recorded" in refused.content.decode()
        record_failure(
            work_order_id=order.pk, mode_id=codes[0].pk, actor=plant.people["technician"], at=plant.at
        )
        assert planner.post(url("work-order-complete", order.pk)).status_code == 302

    def test_a_class_may_do_without(self, plant: Plant, as_role: As) -> None:
        pumps(plant)
        AssetClass.objects.filter(code="PU").get()
        of_class = AssetClass.objects.get(code="PU")
        of_class.needs_failure_record = False
        of_class.save()
        order = self.finished(plant)
        assert as_role("planner").post(url("work-order-complete", order.pk)).status_code == 302

    def test_a_record_waits_until_there_is_work(self, plant: Plant) -> None:
        codes, draft = pumps(plant), plant.order(state="DRAFT")
        who = plant.people["technician"]
        with pytest.raises(Conflict, match="nothing to record yet"):
            record_failure(work_order_id=draft.pk, mode_id=codes[0].pk, actor=who, at=plant.at)
        order = plant.order()
        with pytest.raises(RuleViolation, match="in the future"):
            record_failure(
                work_order_id=order.pk, mode_id=codes[0].pk, occurred_at=plant.at + timedelta(days=1),
                actor=who, at=plant.at,
            )  # fmt: skip


class TestFigures:
    def test_the_page_answers_with_figures_and_no_data(self, plant: Plant, as_role: As) -> None:
        stop(plant)
        order = plant.order()
        plant.hours(order)
        page = as_role("planner").get(url("kpis"), {"asset": "LINE-2"}).content.decode()
        assert "Mean time between failures" in page and "no data" in page and "<svg" in page
        assert "LINE-2 Filling line 2: 2 assets" in page
        assert "97.00 EUR" in page
        wrong = as_role("planner").get(url("kpis"), {"asset": "NOWHERE"})
        assert wrong.status_code == 422 and "No asset is called" in wrong.content.decode()
        late = as_role("planner").get(url("kpis"), {"since": "2026-02-01", "until": "2026-01-01"})
        assert "The last day comes after the first" in late.content.decode()

    def test_every_figure_opens_its_rows_and_exports_them(self, plant: Plant, as_role: As) -> None:
        stop(plant)
        plant.hours(plant.order())
        grease = plant.order("Grease", "RELEASED")
        grease.type = "PREVENTIVE"
        grease.save()
        planner = as_role("planner")
        for kind in KINDS:
            for export in ("", "csv", "xlsx"):
                answer = planner.get(url("kpi-rows", kind), {"asset": "LINE-2", "export": export})
                assert answer.status_code == 200, (kind, export)
                assert answer.streaming or b"rows" in answer.content
        assert planner.get(url("kpi-rows", "nonsense")).status_code == 404
        sent = planner.get(url("kpi-rows", "stops"), {"export": "csv"})
        lines = list(csv.reader(io.StringIO(b"".join(sent).decode("utf-8-sig"))))  # type: ignore[arg-type]
        assert lines[0][0] == "Asset" and lines[1][4] == "1.00"
        book = zipfile.ZipFile(
            io.BytesIO(b"".join(planner.get(url("kpi-rows", "stops"), {"export": "xlsx"})))  # type: ignore[arg-type]
        )
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<v>1.00</v>" in sheet and "P-101 Feed pump" in sheet
        nothing = planner.get(url("kpi-rows", "stops"), {"asset": "NOWHERE"})
        assert "No asset is called" in nothing.content.decode()

    def test_cost_per_asset_counts_what_is_below(self, plant: Plant, as_role: As) -> None:
        plant.hours(plant.order())
        page = as_role("planner").get(url("asset-costs"), {"sort": "-total"}).content.decode()
        assert page.count("97.00") == 4  # labor and total, of the pump and of its line
        assert as_role("receiver").get(url("asset-costs")).status_code == 403

    def test_pages_take_no_more_statements_for_more_rows(self, plant: Plant, as_role: As) -> None:
        planner = as_role("planner")
        pages = [
            url("kpis"), url("downtimes"), url("failures"), url("schedule"), url("asset-costs"), url("stop-feeds"),
            url("asset", plant.pump.pk), url("asset-stops", plant.pump.pk), *(url("kpi-rows", kind) for kind in KINDS),
        ]  # fmt: skip

        def counts() -> dict[str, int]:
            found = {}
            for page in pages:
                with CaptureQueriesContext(connection) as ran:
                    assert planner.get(page).status_code == 200, page
                found[page] = len(ran)
            return found

        codes = pumps(plant)

        def grow(number: int) -> None:
            for n in range(number):
                order = plant.order(f"Order {n}")
                plant.hours(order)
                plant.ask(order, 2)
                event = stop(plant, hours=100 + 2 * DowntimeEvent.objects.count())
                event.work_order = order
                event.save()
                record_failure(
                    work_order_id=order.pk, mode_id=codes[0].pk, actor=plant.people["technician"], at=plant.at
                )

        grow(1)
        planner.get(url("kpis"))
        few = counts()
        grow(6)
        many = counts()
        assert {page: (few[page], many[page]) for page in pages if many[page] > few[page]} == {}
        assert many[url("kpis")] <= 40


class TestApi:
    def test_stops_through_the_api(self, plant: Plant, api_as: ApiAs) -> None:
        technician, planner = api_as("technician"), api_as("planner")
        made = technician.post("/api/v1/downtime-events/", {"asset": plant.pump.pk, "reason": "Jam"})
        assert made.status_code == 201, made.content
        one = f"/api/v1/downtime-events/{made.json()['id']}/"
        assert technician.post("/api/v1/downtime-events/", {"asset": plant.pump.pk}).status_code == 409
        assert technician.post(f"{one}end/").json()["ended_at"]
        order = plant.order()
        assert planner.post(f"{one}attach/", {"work_order": order.pk}).json()["work_order"] == order.pk
        assert technician.post(f"{one}void/", {"reason": "x"}).status_code == 403
        assert planner.post(f"{one}void/", {"reason": "Wrong"}).json()["void_reason"] == "Wrong"
        codes = pumps(plant)
        body = {"work_order": order.pk, "mode": codes[0].pk}
        assert technician.post("/api/v1/failure-records/", body).status_code == 201
        assert technician.post("/api/v1/failure-records/", body).status_code == 422
        report = planner.get("/api/v1/reports/failures/").json()
        assert report == [
            {"asset_class": "Pumps", "code": "M0", "name": "Mode 0", "failures": 1, "assets": 1}
        ]

    def test_figures_rows_and_reports(self, plant: Plant, api_as: ApiAs) -> None:
        stop(plant)
        plant.hours(plant.order())
        body = api_as("planner").get("/api/v1/kpis/", {"asset": "P-101"}).json()
        figures = {each["key"]: each for each in body["figures"]}
        assert figures["cost"]["value"] == "97.0000" and figures["mttr"]["value"] is None
        (rows,) = figures["cost"]["rows"]
        assert api_as("planner").get(rows).json()["count"] == 1
        assert "cost" not in {each["key"] for each in _of_somebody(plant)["figures"]}
        assert api_as("planner").get("/api/v1/kpis/", {"asset": "X"}).status_code == 400
        costs = api_as("planner").get("/api/v1/reports/asset-costs/").json()["results"]
        assert {each["code"]: each["total"] for each in costs} == {"LINE-2": "97.0000", "P-101": "97.0000"}
        assert api_as("technician").get("/api/v1/kpis/").status_code == 403

    def test_a_week_is_locked_once(self, plant: Plant, api_as: ApiAs) -> None:
        order = plant.order(state="RELEASED")
        assert order.due_at is not None
        monday = order.due_at.date() - timedelta(days=order.due_at.weekday())
        body = {"site": plant.site.pk, "starts_on": monday.isoformat()}
        made = api_as("planner").post("/api/v1/week-schedules/", body)
        assert made.status_code == 201, made.content
        assert api_as("planner").post("/api/v1/week-schedules/", body).status_code == 409
        works = api_as("planner").get("/api/v1/scheduled-work/").json()["results"]
        assert [Decimal(each["hours"]) for each in works] == [2]
        assert api_as("technician").post("/api/v1/week-schedules/", body).status_code == 403


def _of_somebody(plant: Plant) -> dict[str, Any]:
    """What somebody sees who may see figures, but no money."""
    who = plant.people["receiver"]
    who.user_permissions.add(Permission.objects.get(codename="view_kpis"))
    client = APIClient()
    client.force_authenticate(type(who).objects.get(pk=who.pk))
    return dict(client.get("/api/v1/kpis/").json())
