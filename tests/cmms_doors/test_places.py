"""Trees, locations, labels and files as people and programs meet them."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from cmms.models import Asset, AssetMove, Bin, Location, RequestLink, SparePart
from cmms.services.request_links import renew_request_link
from core.models import OutboxMessage
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
ApiAs = Callable[[str], APIClient]
PDF = b"%PDF-1.7 manual"


def statements_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address).status_code == 200
    return len(statements)


def test_the_tree_opens_a_level_at_a_time_at_constant_statements(plant: Plant, as_role: As) -> None:
    client, address = as_role("technician"), reverse("cmms:asset-tree")
    few = [statements_of(client, f"{address}{ask}") for ask in ("", "?q=pump", f"?parent={plant.line.pk}")]
    for number in range(130):
        Asset.objects.create(code=f"A-{number:03}", name=f"Pump {number}", site=plant.site, parent=plant.line)
    many = [statements_of(client, f"{address}{ask}") for ask in ("", "?q=pump", f"?parent={plant.line.pk}")]
    assert few == many
    level = client.get(address, {"parent": plant.line.pk}, headers={"HX-Request": "true"}).content.decode()
    assert "A-000" in level and "A-120" not in level and "Show more" in level and "<html" not in level
    found = client.get(address, {"q": "pump 7"}).content.decode()
    assert "A-007" in found and "A-012" not in found
    assert "Nothing found" in client.get(address, {"q": "zebra"}).content.decode()


def test_a_planner_moves_an_asset_on_its_page_and_hears_of_open_work(plant: Plant, as_role: As) -> None:
    order = plant.order()
    Location.objects.create(code="HB-H3", name="Hall 3", site=plant.site)
    client, address = as_role("planner"), reverse("cmms:asset-move", args=[plant.pump.pk])
    assert order.number in client.get(address).content.decode()
    sent = {"location": "HB-H3", "parent": "", "reason": "Line rebuilt", "idempotency_key": "m1"}
    answer = client.post(address, sent, follow=True)
    shown = answer.content.decode()
    assert f"Look at its open work: {order.number}" in shown and "Where it has been" in shown
    assert AssetMove.objects.count() == 1
    assert as_role("technician").get(address).status_code == 403


def test_a_location_below_itself_is_refused_beside_its_field(plant: Plant, as_role: As) -> None:
    hall = Location.objects.get()
    bay = Location.objects.create(code="BAY", name="Bay", site=plant.site, parent=hall)
    sent = {"parent": bay.code, "reason": "x", "idempotency_key": "m2"}
    answer = as_role("planner").post(reverse("cmms:location-move", args=[hall.pk]), sent)
    assert answer.status_code == 409 and "which is part of it" in answer.content.decode()


def test_files_and_spare_parts_are_edited_on_the_asset_page(plant: Plant, as_role: As) -> None:
    client, page = as_role("planner"), reverse("cmms:asset", args=[plant.pump.pk])
    file = SimpleUploadedFile("manual.pdf", PDF)
    sent = {"file": file, "kind": "MANUAL", "idempotency_key": "f1"}
    assert client.post(reverse("cmms:asset-add-file", args=[plant.pump.pk]), sent).status_code == 302
    part = SparePart.objects.filter(asset=plant.pump).first()
    assert part is not None
    edit = reverse("cmms:asset-spare-part", args=[plant.pump.pk])
    assert part.item.code in client.get(edit, {"part": part.pk}).content.decode()
    sent = {"item": part.item.code, "quantity_fitted": "4", "idempotency_key": "s1"}
    assert client.post(edit, sent).status_code == 302
    shown = client.get(page).content.decode()
    assert "manual.pdf" in shown and "4 PCE fitted" in shown
    assert "Add a file" not in as_role("technician").get(page).content.decode()


def test_labels_lead_to_their_asset_and_cost_no_more_statements(plant: Plant, as_role: As) -> None:
    client, address = as_role("planner"), reverse("cmms:labels")
    ask = {"assets_at": "HB-H2", "size": "24"}
    few = statements_of(client, f"{address}?assets_at=HB-H2")
    for number in range(30):
        Asset.objects.create(
            code=f"L-{number:02}", name=f"Motor {number}", site=plant.site, location=plant.pump.location
        )
    assert statements_of(client, f"{address}?assets_at=HB-H2") == few
    shown = client.get(address, ask).content.decode()
    assert shown.count('class="qr"') == 32 and shown.count("label-page") == 2
    assert "style=" not in shown
    assert client.get(reverse("cmms:find"), {"q": "L-03"}).url == reverse(
        "cmms:asset", args=[Asset.objects.get(code="L-03").pk]
    )
    chosen = client.post(reverse("cmms:assets-labels"), {"selected": [plant.pump.pk, plant.line.pk]})
    assert client.get(chosen.url).content.decode().count('class="qr"') == 2
    Bin.objects.create(storeroom=plant.storeroom, code="Z-9")
    assert "Z-9" in client.get(address, {"bins_of": plant.storeroom.pk}).content.decode()
    assert "one kind" in client.get(address, {"assets_at": "HB-H2", "places_of": "HB-H2"}).content.decode()


def test_links_are_made_and_printed_by_planners_only(plant: Plant, as_role: As) -> None:
    hall = Location.objects.get()
    client = as_role("planner")
    assert (
        client.post(
            reverse("cmms:location-renew-link", args=[hall.pk]), {"idempotency_key": "l1"}
        ).status_code
        == 302
    )
    link = RequestLink.objects.get()
    assert link.token in client.get(reverse("cmms:location", args=[hall.pk])).content.decode()
    assert (
        "Something wrong here?"
        in client.get(reverse("cmms:labels"), {"links_of": hall.code}).content.decode()
    )
    other = as_role("technician")
    assert link.token not in other.get(reverse("cmms:location", args=[hall.pk])).content.decode()
    assert other.get(reverse("cmms:labels"), {"links_of": hall.code}).status_code == 403


def test_a_duplicate_is_joined_with_one_tap(plant: Plant, as_role: As) -> None:
    order, report = plant.order(), plant.fault()
    client = as_role("planner")
    page = client.get(reverse("cmms:work-request", args=[report.pk])).content.decode()
    join = reverse("cmms:work-request-join", args=[report.pk])
    assert f'action="{join}"' in page and f'value="{order.number}"' in page
    assert client.post(join, {"work_order": order.number, "idempotency_key": "j1"}).status_code == 302
    report.refresh_from_db()
    assert (report.status, report.work_order) == ("JOINED", order)


def test_warranty_is_told_on_the_work_order_while_it_lasts(plant: Plant, as_role: As) -> None:
    order, client = plant.order(), as_role("technician")
    page = reverse("cmms:work-order", args=[order.pk])
    for year, told in ((2020, False), (2090, True)):
        plant.pump.warranty_until = f"{year}-05-01"
        plant.pump.save()
        assert ("claim before paying" in client.get(page).content.decode()) is told


def test_the_api_moves_adds_files_and_makes_links(plant: Plant, api_as: ApiAs) -> None:
    api = api_as("planner")
    hall = Location.objects.create(code="HB-H3", name="Hall 3", site=plant.site)
    moved = api.post(f"/api/v1/assets/{plant.line.pk}/move/", {"location": hall.pk, "reason": "Rebuilt"})
    assert moved.status_code == 200 and moved.json()["along"] == [plant.pump.pk]
    patched = api.patch(f"/api/v1/assets/{plant.line.pk}/", {"location": plant.pump.location_id})
    assert patched.status_code == 422 and "verb 'move'" in patched.json()["detail"]
    assert api.patch(f"/api/v1/assets/{plant.line.pk}/", {"name": "Line two"}).status_code == 200
    file = SimpleUploadedFile("a.pdf", PDF)
    added = api.post("/api/v1/asset-documents/", {"asset": plant.pump.pk, "file": file}, format="multipart")
    assert added.status_code == 201
    link = api.post("/api/v1/request-links/", {"location": hall.pk})
    assert link.status_code == 201 and link.json()["token"]
    assert api.post(f"/api/v1/request-links/{link.json()['id']}/end/").json()["is_active"] is False
    assert api_as("technician").get("/api/v1/request-links/").status_code == 403
    assert api.get("/api/v1/asset-moves/").json()["results"]


def test_the_admin_shows_messages_and_links_without_their_address(plant: Plant, as_role: As) -> None:
    link = renew_request_link(
        location_id=Location.objects.get().pk, actor=plant.people["planner"], at=plant.at
    )
    admin = as_role("admin")
    shown = admin.get(reverse("admin:cmms_requestlink_change", args=[link.pk]))
    assert shown.status_code == 200 and link.token not in shown.content.decode()
    for name in ("core_outboxmessage", "cmms_assetmove", "cmms_assetdocument", "cmms_workorderdocument"):
        assert admin.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_who_has_a_login_is_written_to_when_they_ask_for_it(plant: Plant, as_role: As) -> None:
    worker = plant.people["technician"]
    worker.email = "tom@example.com"
    worker.save()
    for key, more in (("r1", {}), ("r2", {"tell_me": "on"})):
        sent = {
            "where": "P-101",
            "description": "Drips",
            "priority": "NORMAL",
            "idempotency_key": key,
            **more,
        }
        assert as_role("technician").post(reverse("cmms:report"), sent).status_code == 302
    assert [each.payload["to"] for each in OutboxMessage.objects.all()] == ["tom@example.com"]
