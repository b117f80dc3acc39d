"""The bridge's pages in a real browser: they fit a small phone and a desk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.models import User
from tests.browser import has_sideways_scroll
from tests.linkage_doors.conftest import Chain

pytestmark = pytest.mark.django_db(transaction=True)


def addresses(chain: Chain) -> list[str]:
    return [
        f"/links/trace/work_order/{chain.work_order.pk}/",
        f"/links/trace/purchase_order/{chain.purchase_order.pk}/?show=all",
        f"/links/trace/cost_entry/{chain.cost_entries[0].pk}/",
        "/links/buyer-tasks/",
        f"/work/orders/{chain.work_order.pk}/",
        f"/purchasing/orders/{chain.purchase_order.pk}/",
        f"/purchasing/requisitions/{chain.requisition.pk}/",
        "/links/reconcile/",
    ]


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_pages_fit_the_screen(
    size: str,
    request: pytest.FixtureRequest,
    signed_in: Callable[[Page, User], Page],
    admin: User,
    chain: Callable[..., Chain],
    buyer_task: Callable[[Chain], object],
    work_order: Callable[..., object],
) -> None:
    made = chain(lines=2, shared_with=work_order("Overhaul the gearbox of the long conveyor in hall 4"))
    buyer_task(made)
    page = signed_in(request.getfixturevalue(size), admin)
    for address in addresses(made):
        page.goto(address)
        expect(page.locator(".loading:visible")).to_have_count(0)
        assert not has_sideways_scroll(page), address


def test_the_picture_is_for_the_desk_and_the_timeline_for_the_phone(
    phone_page: Page, desktop_page: Page, signed_in: Callable[[Page, User], Page], admin: User,
    chain: Callable[..., Chain],
) -> None:  # fmt: skip
    address = addresses(chain())[0]
    signed_in(desktop_page, admin).goto(address)
    expect(desktop_page.locator("svg.trace")).to_be_visible()
    expect(desktop_page.locator(".trace-list")).to_be_hidden()
    signed_in(phone_page, admin).goto(address)
    expect(phone_page.locator("svg.trace")).to_be_hidden()
    expect(phone_page.locator(".trace-list")).to_be_visible()
