"""A code leads to its page; a camera reads it where the browser can; photos are made smaller before they are sent."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from struct import pack

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import Bin, WorkRequest
from core.models import Attachment, User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.conftest import As
from tests.cmms_doors.plant import Plant, build

SignedIn = Callable[[Page, User], Page]
# A camera and a reader as browsers have them, for a machine that has neither.
WITH_READER = """
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  setInterval(() => { pen.fillStyle = `hsl(${Date.now() % 360} 50% 50%)`; pen.fillRect(0, 0, 64, 64); }, 40);
  const stream = canvas.captureStream(20);
  window.camera = stream.getTracks()[0];
  const media = { getUserMedia: async () => { if (window.noCamera) throw new DOMException("no", "NotAllowedError"); return stream; } };
  Object.defineProperty(navigator, "mediaDevices", { value: media });
  let looks = 0;
  window.BarcodeDetector = class { async detect() { looks += 1; return looks < 3 ? [] : [{ rawValue: " p-101 " }]; } };
})();
"""
WITHOUT_READER = "delete window.BarcodeDetector;"


def found(client: object, code: str) -> str:
    answer = client.get(reverse("cmms:find"), {"q": code})  # type: ignore[attr-defined]
    return str(answer.headers.get("Location", ""))


@pytest.fixture
def busy_plant(transactional_db: None) -> Plant:
    return build()


@pytest.mark.django_db
def test_codes_of_the_work_half_lead_to_their_pages(plant: Plant, as_role: As) -> None:
    order, fault, stock = plant.order(), plant.fault(), plant.stock()
    asked = plant.ask(order)
    client = as_role("technician")
    assert found(client, plant.pump.code.lower()) == reverse("cmms:asset", args=[plant.pump.pk])
    assert found(client, order.number) == reverse("cmms:work-order", args=[order.pk])
    assert found(client, fault.number) == reverse("cmms:work-request", args=[fault.pk])
    assert found(client, asked.number) == reverse("cmms:parts-request", args=[asked.pk])
    assert found(client, stock.item.code) == reverse("cmms:stock-item", args=[stock.pk])
    place = Bin.objects.earliest("pk")
    assert found(client, place.code) == f"{reverse('cmms:stock')}?q={place.code}"


@pytest.mark.django_db
def test_a_printed_address_of_ours_is_opened_and_one_of_others_is_not(plant: Plant, as_role: As) -> None:
    client = as_role("technician")
    path = reverse("cmms:asset", args=[plant.pump.pk])
    assert found(client, f"http://testserver{path}") == path
    for other in (
        f"http://elsewhere.example{path}",
        "http://testserver//elsewhere.example/",
        "javascript:alert(1)",
    ):
        assert found(client, other) == ""


@pytest.mark.django_db
def test_who_may_not_see_a_thing_does_not_find_it(plant: Plant, as_role: As) -> None:
    order = plant.order()
    client = as_role("technician")
    plant.people["technician"].groups.clear()
    assert client.get(reverse("cmms:find"), {"q": order.number}).status_code == 403


@pytest.mark.django_db
def test_finding_takes_no_more_statements_for_more_rows(plant: Plant, as_role: As) -> None:
    client = as_role("planner")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("cmms:find"), {"q": "leak"})
        return len(captured)

    plant.fault()
    statements()
    few = statements()
    for _ in range(8):
        plant.fault()
        plant.order("Leaks again")
    assert statements() == few


@pytest.mark.django_db(transaction=True)
def test_the_camera_reads_a_code_and_opens_its_page(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.add_init_script(WITH_READER)
    page.goto(reverse("cmms:my-work"))
    page.get_by_role("button", name="Scan").tap()
    expect(page.get_by_role("dialog", name="Scan a code")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Feed pump")


@pytest.mark.django_db(transaction=True)
def test_a_scan_fills_the_place_of_a_report_and_ends_the_camera(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.add_init_script(WITH_READER)
    page.goto(reverse("cmms:report"))
    page.get_by_role("button", name="Scan").tap()
    expect(page.locator("[name=where]")).to_have_value("p-101")
    assert page.evaluate("window.camera.readyState") == "ended"
    assert not has_sideways_scroll(page)


@pytest.mark.django_db(transaction=True)
def test_a_refused_camera_is_said_and_leads_back_to_typing(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.add_init_script(WITH_READER + "window.noCamera = true;")
    page.goto(reverse("cmms:my-work"))
    page.get_by_role("button", name="Scan").tap()
    expect(page.get_by_role("dialog")).to_contain_text("may not use the camera")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.django_db(transaction=True)
def test_without_a_reader_the_button_leads_to_typing(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.add_init_script(WITHOUT_READER)
    page.goto(reverse("cmms:my-work"))
    page.get_by_role("button", name="Scan").tap()
    expect(page.get_by_text("Type the code, or use a hand scanner")).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.goto(reverse("cmms:report"))
    expect(page.get_by_role("button", name="Scan")).to_have_count(0)


def large_picture() -> bytes:
    """A PNG of 2,400 by 1,800 pixels, stored without compression: 13 MB."""
    width, height = 2400, 1800
    rows = b"".join(b"\x00" + bytes((x * 3 + y) % 251 for x in range(3)) * width for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    head = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.django_db(transaction=True)
def test_a_photo_is_made_smaller_before_it_is_sent(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:report"))
    page.locator("[name=where]").fill("P-101")
    page.locator("[name=description]").fill("The seal leaks")
    picture = large_picture()
    assert len(picture) > 12_000_000
    page.locator("[name=photo]").set_input_files(
        {"name": "seal.png", "mimeType": "image/png", "buffer": picture}
    )
    page.get_by_role("button", name="Send report").tap()  # at once: sending waits for the smaller photo
    page.wait_for_url("**/work/requests/*/")
    kept = Attachment.objects.get()
    assert (kept.content_type, kept.name) == ("image/jpeg", "seal.jpg")
    assert kept.size < 1_000_000
    assert WorkRequest.objects.get().photo == kept
    assert page.evaluate("document.querySelector('img.photo').naturalWidth") == 1600
    assert page.evaluate("document.querySelector('img.photo').naturalHeight") == 1200


@pytest.mark.django_db(transaction=True)
def test_the_chosen_photo_is_shown_with_what_was_saved(
    phone_page: Page, busy_plant: Plant, signed_in: SignedIn
) -> None:
    page = signed_in(phone_page, busy_plant.people["technician"])
    page.goto(reverse("cmms:report"))
    page.locator("[name=photo]").set_input_files(
        {"name": "seal.png", "mimeType": "image/png", "buffer": large_picture()}
    )
    expect(page.get_by_text("made smaller from 12.4 MB")).to_be_visible()
    expect(page.get_by_alt_text("The chosen photo")).to_be_visible()
    page.locator("[name=photo]").set_input_files(
        {"name": "note.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    expect(page.get_by_text("note.png, 1 kB")).to_be_visible()
    assert not has_sideways_scroll(page)
