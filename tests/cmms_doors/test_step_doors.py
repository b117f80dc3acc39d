"""Steps, inspection, signatures, findings and qualifications by page and API: same rules, same words, closed doors."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import (
    InspectionPoint,
    InspectionTemplate,
    Nonconformance,
    Operation,
    PersonQualification,
    Reading,
    Signature,
    WorkOrder,
)
from core.models import IdempotencyRecord
from tests.cmms_doors.steps_plant import Steps, addresses, build_steps

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
ApiAs = Callable[[str], APIClient]
API = "/api/v1"


@pytest.fixture
def made(plant: Any) -> Steps:
    return build_steps(plant)


def point(made: Steps, name: str) -> InspectionPoint:
    return InspectionPoint.objects.get(operation=made.step(20), name__startswith=name)


def test_every_page_opens_for_who_may_and_for_nobody_else(made: Steps, as_role: As, client: Client) -> None:
    for role, address in addresses(made):
        assert as_role(role).get(address).status_code == 200, address
        answer = client.get(address)
        assert answer.status_code == 302 and "login" in answer["Location"], address


class TestPages:
    def post(self, client: Client, name: str, key: int, **data: Any) -> Any:
        return client.post(reverse(f"cmms:{name}", args=[key]), data)

    def test_a_reading_says_its_verdict_and_asks_what_to_do(self, made: Steps, as_role: As) -> None:
        client = as_role("technician")
        gap = point(made, "Gap")
        answer = self.post(client, "point-reading", gap.pk, value="0.04")
        assert answer["Location"].endswith(f"/steps/{gap.operation_id}/#points")
        answer = self.post(client, "point-reading", gap.pk, value="0.4")
        reading = Reading.objects.latest("pk")
        assert answer["Location"] == reverse("cmms:reading-out", args=[reading.pk])
        assert self.post(client, "point-reading", gap.pk, value="wide").status_code == 422
        guard = point(made, "Guard")
        self.post(client, "point-reading", guard.pk, is_in_order="no")
        assert not Reading.objects.latest("pk").is_in_limits
        step = client.get(reverse("cmms:step", args=[gap.operation_id])).content.decode()
        assert (
            "Out of limits: Gap of the coupling, Bearing temperature after 30 minutes, Guard fitted" in step
        )

    def test_a_step_is_planned_with_its_order_and_points(self, made: Steps, as_role: As) -> None:
        step = made.step(40)
        body = {
            "title": "Balance it", "execution": "OUTSIDE", "sign_off": "ONE", "estimated_hours": "1",
            "after": [made.step(20).pk], "qualifications": [made.gas.pk],
            "points-TOTAL_FORMS": 2, "points-INITIAL_FORMS": 0,
            "points-0-name": "Rest imbalance", "points-0-kind": "MEASURE", "points-0-unit": "g mm",
            "points-0-upper_limit": "12", "points-0-is_mandatory": "on",
            "points-1-name": "", "points-1-kind": "MEASURE", "points-1-is_mandatory": "on",
        }  # fmt: skip
        answer = self.post(as_role("planner"), "step-edit", step.pk, **body)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        step.refresh_from_db()
        assert (step.title, step.sign_off, step.instructions_revision) == ("Balance it", "ONE", 2)
        assert step.inspection_points.get().upper_limit == 12
        assert step.predecessor_links.get().predecessor == made.step(20)
        template = InspectionTemplate.objects.get()
        self.post(as_role("planner"), "step-template", step.pk, template=template.pk)
        assert [each.name for each in step.inspection_points.order_by("position")] == [
            "Rest imbalance",
            "Leaks",
        ]

    def test_signing_twice_is_one_signature_and_no_password_is_kept(self, made: Steps, as_role: As) -> None:
        step, client = made.step(10), as_role("planner")
        body = {"meaning": "CHECKED", "password": "demo", "idempotency_key": "k-1"}
        assert self.post(client, "step-sign", step.pk, **body).status_code == 302
        # What tells two deliveries apart does not contain the password, so this one is the same command.
        again = self.post(client, "step-sign", step.pk, **{**body, "password": "other"})
        assert again.status_code == 302
        assert Signature.objects.filter(operation=step, meaning="CHECKED").count() == 1
        kept = str(list(IdempotencyRecord.objects.values()))
        assert "demo" not in kept and "other" not in kept
        refused = self.post(client, "step-sign", step.pk, meaning="CHECKED", password="secret-word")
        assert refused.status_code == 409 and "secret-word" not in refused.content.decode()

    def test_a_finding_goes_from_rework_to_settled(self, made: Steps, as_role: As) -> None:
        planner = as_role("planner")
        self.post(planner, "nonconformance-rework", made.finding.pk, title="Clean it", instructions="")
        made.finding.refresh_from_db()
        assert made.finding.status == "IN_REWORK" and made.finding.rework_operation is not None
        page = planner.get(reverse("cmms:nonconformance", args=[made.finding.pk])).content.decode()
        assert "Reworked by step" in page
        listed = planner.get(reverse("cmms:nonconformances"), {"status": "UNSETTLED"}).content.decode()
        assert made.finding.number in listed

    def test_qualifications_are_granted_and_withdrawn(self, made: Steps, as_role: As) -> None:
        planner = as_role("planner")
        body = {
            "person": made.plant.people["planner"].pk, "qualification": made.gas.pk, "valid_from": "2026-01-01",
        }  # fmt: skip
        assert planner.post(reverse("cmms:qualification-grant"), body).status_code == 302
        row = PersonQualification.objects.latest("pk")
        assert str(row.valid_until) == "2026-12-31"
        assert "31 Dec 2026" in planner.get(reverse("cmms:qualifications")).content.decode()
        self.post(planner, "qualification-withdraw", row.pk, withdrawn_on="2026-02-01", reason="Eyesight")
        over = planner.get(reverse("cmms:qualifications-held"), {"standing": "OVER"}).content.decode()
        assert "Eyesight" in over and made.held.certificate_number not in over

    def test_the_order_shows_what_is_in_the_way(self, made: Steps, as_role: As) -> None:
        planner = as_role("planner")
        page = planner.get(reverse("cmms:work-order", args=[made.order.pk])).content.decode()
        for words in ("nonconformance open", "signature missing", "inspection open", "1 of 3 inspected"):
            assert words in page
        listed = planner.get(reverse("cmms:work-orders")).content.decode()
        assert "nonconformance open" in listed
        exported = b"".join(planner.get(reverse("cmms:work-orders"), {"export": "csv"})).decode()  # type: ignore[arg-type]
        assert "nonconformance open" in exported
        assert (
            made.order.number
            in planner.get(reverse("cmms:work-orders"), {"finding": "true"}).content.decode()
        )

    def test_a_permit_is_asked_for_recorded_and_withdrawn(self, made: Steps, as_role: As) -> None:
        planner, key = as_role("planner"), made.order.pk
        self.post(planner, "work-order-need-permit", key)
        assert "no permit" in planner.get(reverse("cmms:work-order", args=[key])).content.decode()
        self.post(planner, "work-order-permit", key, permit_number="HW-7", valid_until="2050-01-01T12:00")
        made.order.refresh_from_db()
        assert made.order.permit_number == "HW-7"
        self.post(planner, "work-order-withdraw-permit", key, reason="Wind")
        made.order.refresh_from_db()
        assert made.order.permit_number == ""

    def test_the_job_sheet_is_a_pdf(self, made: Steps, as_role: As) -> None:
        answer = as_role("technician").get(reverse("cmms:job-sheet", args=[made.order.pk]))
        assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
        assert as_role("technician").get(reverse("cmms:job-sheet", args=[10**9])).status_code == 404


class TestApi:
    def test_a_step_goes_from_plan_to_signature(self, made: Steps, api_as: ApiAs) -> None:
        planner, worker = api_as("planner"), api_as("technician")
        added = planner.post(
            f"{API}/work-orders/{made.order.pk}/add-operation/",
            {"title": "Paint", "after": [10], "sign_off": "ONE"},
        )
        assert added.status_code == 201, added.data
        step = Operation.objects.get(title="Paint")
        address = f"{API}/operations/{step.pk}"
        body = {
            "instructions": "Two coats", "qualifications": [made.gas.pk],
            "points": [{"name": "Coat", "unit": "µm", "lower_limit": "80"}],
        }  # fmt: skip
        changed = planner.post(f"{address}/change/", body)
        assert changed.status_code == 200, changed.data
        assert changed.data["qualifications"] == [made.gas.pk] and changed.data["after"] == [made.step(10).pk]
        assert worker.post(f"{address}/finish/").json()["code"] == "readings_missing"
        coat = InspectionPoint.objects.get(operation=step)
        taken = worker.post(f"{API}/inspection-points/{coat.pk}/take-reading/", {"value": "95"})
        assert taken.status_code == 201 and taken.data["is_in_limits"] is True
        assert worker.post(f"{address}/finish/").status_code == 200
        wrong = worker.post(f"{address}/sign/", {"meaning": "PERFORMED", "password": "no"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
        signed = worker.post(f"{address}/sign/", {"meaning": "PERFORMED", "password": "demo"})
        assert signed.status_code == 201 and signed.data["is_valid"] is True
        reopened = worker.post(f"{address}/reopen/", {"reason": "Runs"})
        assert reopened.status_code == 200
        listed = worker.get(f"{API}/signatures/", {"operation": step.pk}).json()["results"]
        assert [(each["is_valid"], each["changes"]) for each in listed] == [(False, ["it was opened again"])]

    def test_findings_and_concessions(self, made: Steps, api_as: ApiAs) -> None:
        worker, approver = api_as("technician"), api_as("approver")
        body = {"work_order": made.order.pk, "reading": made.reading.pk, "concession_reason": "Hot day"}
        raised = worker.post(f"{API}/nonconformances/", body)
        assert raised.status_code == 201, raised.data
        address = f"{API}/nonconformances/{raised.data['id']}"
        assert raised.data["status"] == "CONCESSION_ASKED"
        refused = approver.post(f"{address}/refuse-concession/", {"reason": "Too hot"})
        assert refused.data["status"] == "OPEN"
        again = worker.post(f"{address}/ask-concession/", {"reason": "Short run"})
        assert again.status_code == 200
        assert approver.post(f"{address}/approve-concession/").data["status"] == "CONCEDED"
        other = f"{API}/nonconformances/{made.finding.pk}"
        assert api_as("planner").post(f"{other}/rework/").data["status"] == "IN_REWORK"

    def test_qualifications_and_permits(self, made: Steps, api_as: ApiAs) -> None:
        planner = api_as("planner")
        who = made.plant.people["planner"].pk
        granted = planner.post(
            f"{API}/person-qualifications/",
            {"person": who, "qualification": made.gas.pk, "valid_from": "2026-01-01", "never_ends": True},
        )
        assert granted.status_code == 201 and granted.data["valid_until"] is None
        address = f"{API}/person-qualifications/{granted.data['id']}"
        assert planner.post(f"{address}/withdraw/", {"reason": "Left"}).data["withdrawal_reason"] == "Left"
        order = f"{API}/work-orders/{made.order.pk}"
        assert (
            planner.post(f"{order}/ask-permit/", {"needs_permit": True}).data["flags"]["permit"] == "missing"
        )
        permit = {"permit_number": "HW-9", "valid_until": "2050-01-01T00:00:00Z"}
        assert planner.post(f"{order}/record-permit/", permit).data["flags"]["permit"] == "in_force"
        assert planner.get(f"{order}/job-sheet/").content.startswith(b"%PDF-")
        made_one = planner.post(f"{API}/qualifications/", {"code": "CR", "name": "Crane", "valid_months": 24})
        assert made_one.status_code == 201

    def test_over_estimate_is_not_told_without_the_right_to_costs(self, made: Steps, api_as: ApiAs) -> None:
        address = f"{API}/work-orders/{made.order.pk}/"
        assert api_as("technician").get(address).data["flags"]["is_over_estimate"] is None
        assert api_as("planner").get(address).data["flags"]["is_over_estimate"] is False


CLOSED = [
    ("storekeeper", "step-edit", "operations/{step}/change/", "step"),
    ("technician", "step-edit", "operations/{step}/change/", "step"),
    ("storekeeper", "step-reopen", "operations/{step}/reopen/", "step"),
    ("storekeeper", "step-sign", "operations/{step}/sign/", "step"),
    ("auditor", "step-certificate", "operations/{step}/attach-certificate/", "step"),
    ("auditor", "point-reading", "inspection-points/{point}/take-reading/", "point"),
    ("buyer", "step-raise", "nonconformances/", "step"),
    ("technician", "nonconformance-rework", "nonconformances/{finding}/rework/", "finding"),
    ("technician", "nonconformance-dismiss", "nonconformances/{finding}/dismiss/", "finding"),
    ("technician", "nonconformance-approve", "nonconformances/{finding}/approve-concession/", "finding"),
    ("storekeeper", "nonconformance-refuse", "nonconformances/{finding}/refuse-concession/", "finding"),
    ("technician", "qualification-withdraw", "person-qualifications/{held}/withdraw/", "held"),
    ("technician", "work-order-permit", "work-orders/{order}/record-permit/", "order"),
    ("storekeeper", "work-order-need-permit", "work-orders/{order}/ask-permit/", "order"),
]
BODY = {
    "title": "x", "reason": "x", "meaning": "CHECKED", "password": "demo", "value": "1", "description": "x",
    "permit_number": "1", "valid_until": "2050-01-01T00:00:00Z", "needs_permit": True,
}  # fmt: skip
WATCHED = (Operation, Signature, Reading, Nonconformance, PersonQualification, WorkOrder)


@pytest.mark.parametrize(("role", "page", "api", "on"), CLOSED, ids=lambda value: str(value))
def test_a_door_is_closed_to_who_may_not(
    made: Steps, as_role: As, api_as: ApiAs, role: str, page: str, api: str, on: str
) -> None:
    keys = {
        "step": made.step(10).pk, "point": point(made, "Gap").pk, "finding": made.finding.pk, "held": made.held.pk,
        "order": made.order.pk,
    }  # fmt: skip
    file = {"certificate": 1, "work_order": made.order.pk}
    before = [list(model._default_manager.order_by("pk").values()) for model in WATCHED]
    assert as_role(role).post(reverse(f"cmms:{page}", args=[keys[on]]), BODY).status_code == 403
    answer = api_as(role).post(f"{API}/{api.format(**keys)}", {**BODY, **file})
    assert answer.status_code in {400, 403} and (
        answer.status_code == 403 or "certificate" in answer.json()["errors"]
    )
    assert [list(model._default_manager.order_by("pk").values()) for model in WATCHED] == before


COLLECTIONS = (
    "qualifications", "person-qualifications", "inspection-templates", "inspection-template-points",
    "inspection-points", "readings", "signatures", "nonconformances", "operations",
)  # fmt: skip


def test_statements_do_not_grow_with_the_rows(made: Steps, as_role: As, api_as: ApiAs) -> None:
    pages, api = as_role("admin"), api_as("admin")
    shown = [
        reverse("cmms:work-order", args=[made.order.pk]), reverse("cmms:step", args=[made.step(20).pk]),
        reverse("cmms:work-orders"), reverse("cmms:nonconformances"), reverse("cmms:qualifications"),
        reverse("cmms:qualifications-held"), reverse("cmms:nonconformance", args=[made.finding.pk]),
        reverse("cmms:job-sheet", args=[made.order.pk]), f"{API}/work-orders/{made.order.pk}/",
        *(f"{API}/{name}/" for name in COLLECTIONS),
    ]  # fmt: skip

    def counts() -> dict[str, int]:
        found = {}
        for address in shown:
            with CaptureQueriesContext(connection) as statements:
                client = api if address.startswith(API) else pages
                assert client.get(address).status_code == 200, address
            found[address] = len(statements)
        return found

    few = counts()
    for number in range(3):
        build_steps(made.plant, f"Job {number}")
    planner = made.plant.people["planner"]
    for number in range(5):
        added = api_as("planner").post(
            f"{API}/work-orders/{made.order.pk}/add-operation/", {"title": f"More {number}", "after": [20]}
        )
        assert added.status_code == 201, added.data
        api_as("planner").post(
            f"{API}/nonconformances/", {"work_order": made.order.pk, "description": f"Scratch {number}"}
        )
        api_as("planner").post(
            f"{API}/person-qualifications/",
            {"person": planner.pk, "qualification": made.gas.pk, "valid_from": f"2020-0{number + 1}-01"},
        )
    many = counts()
    assert few == many
    assert max(many.values()) <= 45
