"""In a real browser: a stranger reports by a link, a planner joins and moves, trees open by keyboard, labels print."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import Location, RequestLink, WorkRequest
from cmms.services.documents import add_asset_document
from cmms.services.request_links import renew_request_link, report_without_login
from cmms.services.work_requests import accept_work_request
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.plant import Plant, build
from tests.cmms_doors.test_scanning import large_picture

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]


@pytest.fixture
def plant(transactional_db: None) -> Plant:
    return build()


@pytest.fixture
def link(plant: Plant) -> RequestLink:
    return renew_request_link(
        location_id=Location.objects.get().pk, actor=plant.people["planner"], at=plant.at
    )


def test_a_stranger_reports_with_a_phone_and_sees_how_far_it_is(
    phone_page: Page, plant: Plant, link: RequestLink
) -> None:
    phone_page.goto(reverse("cmms:public-report", args=[link.token]))
    assert not has_sideways_scroll(phone_page)
    phone_page.get_by_label("What is wrong?").fill("The gate does not close any more.")
    phone_page.get_by_label("Your name").fill("Ann")
    phone_page.get_by_label("Your e-mail").fill("ann@example.com")
    phone_page.get_by_role("button", name="Send report").click()
    expect(phone_page.get_by_text("We have received your report.")).to_be_visible()
    assert not has_sideways_scroll(phone_page)
    fault = WorkRequest.objects.get()
    accept_work_request(work_request_id=fault.pk, actor=plant.people["planner"], at=plant.at)
    phone_page.reload()
    expect(phone_page.get_by_text("It is accepted as planned work.")).to_be_visible()


def test_a_tree_opens_by_keyboard(desktop_page: Page, plant: Plant, signed_in: SignedIn) -> None:
    signed_in(desktop_page, plant.people["technician"])
    desktop_page.goto(reverse("cmms:asset-tree"))
    desktop_page.locator("summary").first.focus()
    desktop_page.keyboard.press("Enter")
    expect(desktop_page.get_by_role("link", name="P-101")).to_be_visible()


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_the_pages_of_places_fit_the_screen(
    size: str, request: pytest.FixtureRequest, plant: Plant, link: RequestLink, signed_in: SignedIn
) -> None:
    page: Page = request.getfixturevalue(size)
    planner = plant.people["planner"]
    finding = plant.order("Guard of the coupling is missing")
    finding.type = "AUDIT_FINDING"
    finding.save()
    plant.pump.warranty_until = "2090-05-01"
    plant.pump.save()
    for name, content, kind in (
        ("plate.png", large_picture(), "PHOTO"),
        ("manual.pdf", b"%PDF-1.7", "MANUAL"),
    ):
        add_asset_document(
            asset_id=plant.pump.pk, content=content, name=name, kind=kind, actor=planner, at=plant.at
        )
    twice = [
        report_without_login(
            token=link.token, description=words, photo=ContentFile(large_picture(), name="a.png"), at=plant.at
        )
        for words in ("Water below the filler", "It is wet at the filling line, somebody may slip")
    ]
    order = accept_work_request(work_request_id=twice[0].pk, actor=planner, at=plant.at)
    pages = {
        "tree": reverse("cmms:asset-tree"),
        "location": reverse("cmms:location", args=[link.location_id]),
        "asset": reverse("cmms:asset", args=[plant.pump.pk]),
        "move": reverse("cmms:asset-move", args=[plant.pump.pk]),
        "add-file": reverse("cmms:asset-add-file", args=[plant.pump.pk]),
        "spare": reverse("cmms:asset-spare-part", args=[plant.pump.pk]),
        "request": reverse("cmms:work-request", args=[twice[1].pk]),
        "requests": reverse("cmms:work-requests"),
        "order": reverse("cmms:work-order", args=[order.pk]),
        "finding": reverse("cmms:work-order", args=[finding.pk]),
        "labels-empty": reverse("cmms:labels"),
        "labels": reverse("cmms:labels") + "?assets_at=HB-H2&size=24",
        "labels-link": reverse("cmms:labels") + "?links_of=HB-H2&size=8",
        "public": reverse("cmms:public-report", args=[link.token]),
        "status": reverse("cmms:report-status", args=[twice[0].status_token]),
    }
    signed_in(page, planner)
    for name, address in pages.items():
        if name == "public":
            page.context.clear_cookies()
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, address
        folder = os.environ.get("SHOTS")
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True)
        assert not has_sideways_scroll(page), address
