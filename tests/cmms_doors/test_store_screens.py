"""The stores in a real browser: every page fits a small phone, and a shelf is counted with the thumb."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.models import StockCount
from core.models import User
from tests.browser import has_sideways_scroll
from tests.cmms_doors.plant import Plant, build
from tests.cmms_doors.store import fill
from tests.cmms_doors.test_store_pages import PAGES

pytestmark = pytest.mark.django_db(transaction=True)
SignedIn = Callable[[Page, User], Page]
FRAGMENTS = {"work-order-components", "asset-components"}


@pytest.fixture
def stores(transactional_db: None) -> tuple[Plant, dict[str, int]]:
    plant = build()
    return plant, fill(plant)


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_every_page_fits_the_screen(
    size: str, request: pytest.FixtureRequest, stores: tuple[Plant, dict[str, int]], signed_in: SignedIn
) -> None:
    page: Page = request.getfixturevalue(size)
    plant, keys = stores
    signed_in(page, plant.people["admin"])
    whole = [(name, of) for name, of, _, _ in PAGES if name not in FRAGMENTS]
    for name, of in [
        *dict.fromkeys(whole),
        ("work-order", "order"),
        ("asset", "asset"),
        ("issue-queue", None),
    ]:
        address = reverse(f"cmms:{name}", args=[keys[of]] if of else [])
        answer = page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, address
        assert not has_sideways_scroll(page), address


def test_a_shelf_is_counted_with_the_thumb(
    phone_page: Page, stores: tuple[Plant, dict[str, int]], signed_in: SignedIn
) -> None:
    plant, keys = stores
    page = signed_in(phone_page, plant.people["storekeeper"])
    page.goto(reverse("cmms:count", args=[keys["count"]]))
    page.get_by_role("link", name="Count the next").click()
    for _ in range(6):
        if page.get_by_label("Counted").count() == 0:
            break
        page.get_by_label("Counted").fill("2")
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Finish").click()
    page.get_by_label("Why do shelves and books differ?").fill("Used without paper")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("a second person must approve it")).to_be_visible()
    assert StockCount.objects.get(pk=keys["count"]).status == "TO_APPROVE"
