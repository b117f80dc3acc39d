"""The shared pages in a real browser: they fit a small phone, and nothing typed is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.models import Item, Site, User
from tests.browser import has_sideways_scroll

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.pages_under_test")]
SignedIn = Callable[[Page, User], Page]


@pytest.mark.parametrize("size", ["phone_page", "desktop_page"])
def test_pages_fit_the_screen(
    size: str,
    request: pytest.FixtureRequest,
    signed_in: SignedIn,
    admin: User,
    items: Callable[[int], list[Item]],
) -> None:
    rows = items(30)
    rows[0].name = "A deep groove ball bearing with a name that is longer than any phone is wide"
    rows[0].save()
    page = signed_in(request.getfixturevalue(size), admin)
    for address in (
        "/test/items/",
        "/test/items/?q=none",
        f"/test/items/{rows[0].pk}/",
        "/test/new-site/",
        "/test/refused/rule/",
    ):
        page.goto(address)
        assert not has_sideways_scroll(page), address


def test_what_is_typed_outlives_a_refusal_and_goes_with_success(
    phone_page: Page, signed_in: SignedIn, admin: User
) -> None:
    page = signed_in(phone_page, admin)
    page.goto("/test/new-site/")
    page.fill("input[name=code]", "state")
    page.fill("input[name=name]", "Yard by the river")
    page.get_by_role("button", name="New site").click()
    expect(page.get_by_role("alert")).to_contain_text("WO-1 is draft.")
    expect(page.locator("input[name=name]")).to_have_value("Yard by the river")
    page.goto("/test/new-site/")
    expect(page.locator("input[name=name]")).to_have_value("Yard by the river")
    page.fill("input[name=code]", "R1")
    page.get_by_role("button", name="New site").click()
    expect(page.locator(".notice-success")).to_contain_text("R1 Yard by the river is open.")
    page.goto("/test/new-site/")
    expect(page.locator("input[name=name]")).to_have_value("")


def test_without_a_connection_nothing_is_sent_and_nothing_is_lost(
    phone_page: Page, signed_in: SignedIn, admin: User
) -> None:
    page = signed_in(phone_page, admin)
    page.goto("/test/new-site/")
    page.context.set_offline(True)
    page.fill("input[name=code]", "R1")
    page.get_by_role("button", name="New site").click()
    expect(page.locator("#state-line")).to_contain_text("Nothing was sent; what you typed is kept.")
    page.context.set_offline(False)
    page.get_by_role("button", name="New site").click()
    expect(page.locator(".notice-success")).to_be_visible()
    assert Site.objects.count() == 1


def test_an_impatient_double_click_sends_once(desktop_page: Page, signed_in: SignedIn, admin: User) -> None:
    page = signed_in(desktop_page, admin)
    page.goto("/test/new-site/")
    page.fill("input[name=code]", "R1")
    page.get_by_role("button", name="New site").dblclick()
    expect(page.locator(".notice-success")).to_be_visible()
    assert Site.objects.count() == 1


def test_searching_narrows_the_list_while_typing(
    desktop_page: Page, signed_in: SignedIn, admin: User, items: Any
) -> None:
    items(30)
    page = signed_in(desktop_page, admin)
    page.goto("/test/items/")
    page.get_by_role("searchbox").fill("I-0017")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "q=I-0017" in page.url
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Code").click()
    expect(page.locator("tbody tr")).to_have_count(1)
