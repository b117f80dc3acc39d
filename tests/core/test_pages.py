"""The shared pages: lists, commands, refusals, logging in, health."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Item, Site, User
from core.views.paging import LongPaginator

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.pages_under_test")]
Items = Callable[[int], list[Item]]


def text_of(answer: Any) -> str:
    return answer.content.decode()


class TestListPage:
    def test_says_what_to_expect_where_there_is_nothing(self, pages: Client) -> None:
        assert "No items yet" in text_of(pages.get("/test/items/"))

    def test_finds_rows_by_all_words(self, pages: Client, items: Items) -> None:
        items(12)
        found = text_of(pages.get("/test/items/?q=bearing+I-0011"))
        assert "I-0011" in found
        assert "I-0001" not in found
        assert "Nothing matches" in text_of(pages.get("/test/items/?q=nothing"))

    def test_sorts_by_the_columns_it_offers_and_by_no_other(self, pages: Client, items: Items) -> None:
        items(3)
        assert [row.cells[0].html for row in pages.get("/test/items/?sort=-code").context["rows"]] == [
            "I-0002", "I-0001", "I-0000",
        ]  # fmt: skip
        assert pages.get("/test/items/?sort=category__items__id").context["sort"] == "code"

    def test_filters_and_pages(self, pages: Client, items: Items) -> None:
        rows = items(60)
        Item.objects.filter(pk=rows[0].pk).update(is_active=False)
        assert len(pages.get("/test/items/?is_active=false").context["rows"]) == 1
        assert len(pages.get("/test/items/?page=2&per=50").context["rows"]) == 10
        assert len(pages.get("/test/items/?page=99").context["rows"]) == 10
        assert len(pages.get("/test/items/?per=999999").context["rows"]) == 25

    def test_counts_no_further_than_anybody_pages(
        self, pages: Client, items: Items, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        items(60)
        assert "1–25 of 60" in text_of(pages.get("/test/items/"))
        monkeypatch.setattr(LongPaginator, "most", 50)
        assert "1–25 of more than 50" in text_of(pages.get("/test/items/"))
        last = pages.get("/test/items/?page=99")
        assert [row.cells[0].html for row in last.context["rows"]][-1] == "I-0049"
        assert "Search, filter or sort to see the others." in text_of(last)
        monkeypatch.setattr(LongPaginator, "most", 60)
        assert "of 60" in text_of(pages.get("/test/items/"))

    @pytest.mark.parametrize("count", [5, 100])
    def test_takes_the_same_statements_for_any_number_of_rows(
        self, pages: Client, items: Items, count: int
    ) -> None:
        items(count)
        with CaptureQueriesContext(connection) as statements:
            pages.get("/test/items/?per=100")
        assert len(statements) <= 5, [each["sql"] for each in statements]

    def test_hides_columns_of_cost_from_who_may_not_see_them(self, make_user: Any, items: Items) -> None:
        items(1)
        client = Client()
        client.force_login(make_user("ann", "core.view_item"))
        answer = client.get("/test/items/")
        assert "Price" not in text_of(answer)
        assert "New item" not in text_of(answer)
        assert "Price" not in b"".join(client.get("/test/items/?export=csv").streaming_content).decode()

    def test_exports_without_formulas(self, pages: Client, items: Items) -> None:
        [item] = items(1)
        Item.objects.filter(pk=item.pk).update(name='=HYPERLINK("http://x")')
        answer = pages.get("/test/items/?export=csv")
        assert answer["Content-Type"].startswith("text/csv")
        assert "'=HYPERLINK" in b"".join(answer.streaming_content).decode()

    def test_answers_htmx_with_the_rows_only(self, pages: Client, items: Items) -> None:
        items(1)
        body = text_of(pages.get("/test/items/", headers={"HX-Request": "true", "HX-Target": "list-body"}))
        assert "I-0000" in body
        assert "<html" not in body


class TestCommandPage:
    KEY = "form-1"

    def send(self, client: Client, code: str = "N", key: str = KEY, **extra: Any) -> Any:
        return client.post("/test/new-site/", {"code": code, "idempotency_key": key}, **extra)

    def test_runs_once_and_leads_a_second_submission_to_the_first_result(self, pages: Client) -> None:
        first, second = self.send(pages), self.send(pages)
        assert Site.objects.count() == 1
        assert first.url == second.url == f"/done/{Site.objects.get().pk}/"

    def test_the_same_key_with_other_content_is_refused_with_a_fresh_key(self, pages: Client) -> None:
        self.send(pages)
        answer = self.send(pages, code="M")
        assert answer.status_code == 409
        assert "already sent" in text_of(answer)
        assert answer.context["form"]["idempotency_key"].value() != self.KEY

    @pytest.mark.parametrize(
        ("code", "status"), [("rule", 422), ("right", 403), ("state", 409), ("stale", 409)]
    )
    def test_keeps_what_was_typed_when_refused(self, pages: Client, code: str, status: int) -> None:
        answer = self.send(pages, code=code)
        assert answer.status_code == status
        assert f'value="{code}"' in text_of(answer)

    def test_shows_the_models_words_beside_the_field(self, pages: Client) -> None:
        self.send(pages)
        answer = self.send(pages, key="form-2")
        assert answer.status_code == 422
        assert answer.context["form"].errors["code"] == ["Site with this Code already exists."]

    def test_answers_htmx_with_where_to_go(self, pages: Client) -> None:
        answer = self.send(pages, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"].startswith("/done/")

    def test_says_so_where_the_right_is_missing(self, make_user: Any) -> None:
        client = Client()
        client.force_login(make_user("ann"))
        answer = self.send(client)
        assert answer.status_code == 403
        assert "does not include the right to add site" in text_of(answer)
        assert not Site.objects.exists()


def test_a_page_carries_no_inline_script_or_style(pages: Client, items: Items) -> None:
    items(1)
    for address in ("/test/items/", "/test/new-site/", "/test/refused/rule/", "/nowhere/"):
        body = text_of(pages.get(address))
        assert " style=" not in body
        assert "<style" not in body
        assert "onclick" not in body
        assert "<script>" not in body


@pytest.mark.parametrize(("why", "status"), [("rule", 422), ("right", 403), ("state", 409), ("missing", 404)])
def test_a_refusal_in_a_page_is_a_plain_page(pages: Client, why: str, status: int) -> None:
    answer = pages.get(f"/test/refused/{why}/")
    assert answer.status_code == status
    assert "To the start page" in text_of(answer)


def test_strangers_are_led_to_the_login_and_back(db: None) -> None:
    answer = Client().get("/test/items/?q=a")
    assert (answer.status_code, answer.url) == (302, "/login/?next=/test/items/%3Fq%3Da")


def test_logging_in_and_out(admin: User, items: Items) -> None:
    client = Client()
    assert client.post("/login/", {"username": "admin", "password": "no"}).status_code == 200
    assert client.post("/login/", {"username": "admin", "password": "demo"}).url == "/"
    assert client.post("/logout/").url == "/login/"


def test_who_has_no_page_is_told_so(make_user: Any) -> None:
    client = Client()
    client.force_login(make_user("ann"))
    assert "no role yet" in text_of(client.get("/"))


def test_the_history_of_a_row_is_for_those_who_may_view_it(
    pages: Client, make_user: Any, items: Items
) -> None:
    [item] = items(1)
    address = f"/history/core.item/{item.pk}/"
    assert "Created" in text_of(pages.get(address))
    assert address in text_of(pages.get(f"/test/items/{item.pk}/"))
    client = Client()
    client.force_login(make_user("ann"))
    assert client.get(address).status_code == 403
    assert pages.get("/history/core.user/1/").status_code == 404
    assert pages.get("/history/nothing/1/").status_code == 404


def test_each_answer_carries_the_id_of_its_request(pages: Client) -> None:
    assert pages.get("/", headers={"X-Request-ID": "abc-1"})["X-Request-ID"] == "abc-1"
    assert pages.get("/", headers={"X-Request-ID": "<script>"})["X-Request-ID"] != "<script>"


def test_health_needs_no_login_and_readiness_looks_at_the_services(db: None) -> None:
    assert Client().get("/healthz/").json() == {"status": "ok"}
    answer = Client().get("/readyz/").json()
    assert (answer["database"], answer["redis"]) == ("ok", "ok")
