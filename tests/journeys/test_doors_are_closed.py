"""Who may not do a thing can't do it by page, admin or API, is told so plainly, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import CostEntry, PartsRequestLine, StockMovement, WorkOrder, WorkRequest
from cmms.services.parts import RequestLineInput
from cmms.services.planning import create_work_order
from cmms.services.work_requests import report_fault
from core.models import User
from procurement.models import GoodsReceipt, Hold, Invoice, MatchRun, PurchaseOrder, Requisition
from procurement.services.ordering import order_requisition_lines
from tests.plant import Plant, build_plant

WATCHED: tuple[type[Model], ...] = (
    CostEntry, PartsRequestLine, StockMovement, WorkOrder, WorkRequest, GoodsReceipt, Hold, Invoice, MatchRun,
    PurchaseOrder, Requisition,
)  # fmt: skip
Scene = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """A verb that a role may not do, and every way to try it on the document `on`."""

    role: str
    verb: str
    page: str
    api: str
    admin: str = ""
    on: str = ""
    body: dict[str, Any] = field(default_factory=dict)


WHY = {"reason": "because"}
DOORS = (
    Door("technician", "accept a fault", "cmms:work-request-accept", "work-requests/{}/accept/",
         "cmms_workrequest:accept", "fault", {"title": "Pump"}),
    Door("technician", "approve work", "cmms:work-order-approve", "work-orders/{}/approve/",
         "cmms_workorder:approve", "draft", WHY),
    Door("storekeeper", "release work", "cmms:work-order-release", "work-orders/{}/release/",
         "cmms_workorder:release", "draft"),
    Door("buyer", "start work", "cmms:work-order-start", "work-orders/{}/start/", "cmms_workorder:start", "released"),
    Door("finance", "cancel work", "cmms:work-order-cancel", "work-orders/{}/cancel/", "cmms_workorder:cancel",
         "released", WHY),
    Door("auditor", "report a fault", "cmms:report", "work-requests/", body={"description": "Broken"}),
    Door("planner", "hand over parts", "cmms:request-issue", "parts-requests/{}/issue/", "cmms_partsrequest:issue",
         "parts_request"),
    Door("technician", "approve a requisition", "procurement:requisition-approve", "requisitions/{}/approve/",
         "procurement_requisition:approve", "requisition", WHY),
    Door("buyer", "reject a requisition", "procurement:requisition-reject", "requisitions/{}/reject/",
         "procurement_requisition:reject", "requisition", WHY),
    Door("planner", "approve an order", "procurement:order-approve", "purchase-orders/{}/approve/",
         "procurement_purchaseorder:approve", "order", WHY),
    Door("approver", "send an order for approval", "procurement:order-submit", "purchase-orders/{}/submit/",
         "procurement_purchaseorder:submit", "order"),
    Door("receiver", "issue an order", "procurement:order-issue", "purchase-orders/{}/issue/",
         "procurement_purchaseorder:issue", "order"),
    Door("storekeeper", "cancel an order", "procurement:order-cancel", "purchase-orders/{}/cancel/",
         "procurement_purchaseorder:cancel", "issued", WHY),
    Door("buyer", "receive goods", "procurement:order-receive", "purchase-orders/{}/receive/", on="issued",
         body={"lines": "all"}),
    Door("buyer", "match invoices", "procurement:match-start", "match-runs/"),
    Door("buyer", "release a hold", "procurement:hold-release", "holds/{}/release/", "procurement_hold:release",
         "hold", WHY),
    Door("auditor", "reject an invoice", "procurement:invoice-reject", "invoices/{}/reject/",
         "procurement_invoice:reject", "invoice", WHY),
)  # fmt: skip


@pytest.fixture
def plant(db: None) -> Plant:
    return build_plant()


@pytest.fixture
def scene(plant: Plant) -> Scene:
    """One document in each state that the verbs are about."""
    seal = plant.item("SEAL-1", stocked=True, on_hand=4)
    released = plant.work_order(estimate="777.77")
    in_words = {"kind": "NON_CATALOGUE", "unit_id": plant.unit.pk, "estimated_unit_cost": Decimal(5)}
    first = RequestLineInput(quantity=Decimal(2), description="Sleeve", **in_words)  # type: ignore[arg-type]
    plant.request(released, first)
    issued = plant.order_needs("1234.56", released)
    invoice = plant.bill(issued, [(issued.lines.get().pk, "2", "1300")])
    plant.request(released, RequestLineInput(quantity=Decimal(1), description="Ring", **in_words))  # type: ignore[arg-type]
    lines = plant.approved_requisition_lines(released)
    order = order_requisition_lines(
        requisition_line_ids=[line.pk for line in lines],
        supplier_id=plant.supplier.pk,
        unit_prices={line.pk: Decimal(9) for line in lines},
        actor=plant["buyer"],
        at=plant.later(),
    )
    asked = plant.request(
        released,
        RequestLineInput(kind="ITEM", quantity=Decimal(1), item_id=seal.pk),
        RequestLineInput(quantity=Decimal(3), description="Bolt", **in_words),  # type: ignore[arg-type]
    )
    fault = report_fault(
        description="Noise",
        asset_id=plant.asset.pk,
        location_id=None,
        actor=plant["technician"],
        at=plant.later(),
    )
    draft = create_work_order(
        title="Look at it",
        asset_id=plant.asset.pk,
        type="CORRECTIVE",
        priority="LOW",
        actor=plant["planner"],
        at=plant.later(),
    )
    hold = Hold.objects.active().filter(invoice=invoice).earliest("pk")
    requisition = Requisition.objects.to_approve().get()
    return {
        "fault": fault, "draft": draft, "released": released, "parts_request": asked, "requisition": requisition,
        "order": order, "issued": issued, "invoice": invoice, "hold": hold,
    }  # fmt: skip


def pages_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.RoleBackend")
    return client


def program_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def everything() -> dict[str, list[dict[str, Any]]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in WATCHED}


def body_of(door: Door, scene: Scene, plant: Plant) -> dict[str, Any]:
    body = dict(door.body)
    if body.get("lines") == "all":
        body["lines"] = [{"order_line": line.pk, "quantity": "1"} for line in scene[door.on].lines.all()]
    if door.api == "work-requests/":
        body["asset"] = plant.asset.pk
    return body


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.role} may not {door.verb}")
def test_a_door_is_closed_to_who_may_not(door: Door, plant: Plant, scene: Scene) -> None:
    keys = [scene[door.on].pk] if door.on else []
    before, person = everything(), plant[door.role]
    pages = pages_of(person)
    for answer in (pages.get(reverse(door.page, args=keys)), pages.post(reverse(door.page, args=keys), WHY)):
        assert answer.status_code == 403
        assert "You may not do this" in answer.content.decode()
    body = body_of(door, scene, plant)
    refused = program_of(person).post(f"/api/v1/{door.api.format(*keys)}", body, format="json")
    assert refused.status_code == 403, refused.content
    assert refused["Content-Type"].startswith("application/problem+json")
    assert len(refused.json()["detail"]) > 10
    if door.admin:
        model, _, verb = door.admin.partition(":")
        address = f"{reverse(f'admin:{model}_do', args=[verb])}?ids={keys[0]}"
        for answer in (pages.get(address), pages.post(address, WHY)):
            assert answer.status_code == 403
            assert "may not do this" in answer.content.decode()
    assert everything() == before


def test_who_entered_an_invoice_cannot_release_it_by_any_door(plant: Plant, scene: Scene) -> None:
    hold, person, before = scene["hold"], plant["finance"], everything()
    words = "You entered this invoice, so you may not release it."
    page = pages_of(person).post(reverse("procurement:hold-release", args=[hold.pk]), WHY)
    admin = pages_of(person).post(
        f"{reverse('admin:procurement_hold_do', args=['release'])}?ids={hold.pk}", WHY
    )
    api = program_of(person).post(f"/api/v1/holds/{hold.pk}/release/", WHY, format="json")
    for answer in (page, admin):
        assert answer.status_code == 403 and words in answer.content.decode()
    assert api.status_code == 403 and words in api.json()["detail"]
    assert everything() == before


def test_nobody_is_let_in_without_signing_in(scene: Scene) -> None:
    before = everything()
    for door in DOORS:
        keys = [scene[door.on].pk] if door.on else []
        page = Client().post(reverse(door.page, args=keys), WHY)
        assert page.status_code == 302 and "/login/" in page["Location"]
        assert APIClient().post(f"/api/v1/{door.api.format(*keys)}", {}, format="json").status_code == 401
    assert everything() == before


def test_amounts_are_shown_to_buyers_and_hidden_from_technicians(plant: Plant, scene: Scene) -> None:
    work, order = scene["released"].pk, scene["issued"].pk
    shown = {
        reverse("cmms:work-order", args=[work]): "777.77",
        reverse("procurement:order", args=[order]): "1,234.56",
        f"/admin/procurement/purchaseorder/{order}/change/": "234.56",
    }
    for address, amount in shown.items():
        seen, hidden = (pages_of(plant[role]).get(address) for role in ("buyer", "technician"))
        assert amount in seen.content.decode(), address
        assert amount not in hidden.content.decode() or hidden.status_code == 403, address
    for path, names in (
        (f"work-orders/{work}/", ["costs"]),
        (f"purchase-orders/{order}/", ["net_total", "tax_total"]),
    ):
        seen, hidden = (
            program_of(plant[role]).get(f"/api/v1/{path}").json() for role in ("buyer", "technician")
        )
        assert all(seen[name] is not None and hidden[name] is None for name in names), path
        assert "777.77" not in str(hidden) and "1234.56" not in str(hidden)
