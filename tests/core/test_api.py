"""The API's shared behaviour: problems in plain words, safe retries, reading rights, constant statements."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from cmms.api.downtime import IngestView
from core.api.auth import TokenLoginView
from core.api.mixins import IdempotentMixin
from core.models import Item, Site

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.pages_under_test")]
NORTH = {"code": "N", "name": "North"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:tenon:problem:{code}")
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    ("why", "status", "code"),
    [
        ("rule", 422, "rule_violation"),
        ("right", 403, "not_allowed"),
        ("state", 409, "illegal_transition"),
        ("stale", 412, "stale_version"),
        ("missing", 404, "not_found"),
        ("twins", 409, "already_exists"),
    ],
)
def test_a_refusal_is_a_problem_with_a_status_and_a_sentence(
    api: APIClient, why: str, status: int, code: str
) -> None:
    body = problem(api.post(f"/api/v1/test/{why}/"), status, code)
    if why == "rule":
        assert body["field"] == "quantity"
        assert body["errors"] == {"quantity": ["Quantity is more than is left. Enter 3 or less."]}


def test_input_that_the_model_refuses_is_named_by_field_in_the_models_words(api: APIClient) -> None:
    api.post("/api/v1/sites/", NORTH)
    body = problem(api.post("/api/v1/sites/", NORTH), 400, "invalid")
    assert body["errors"] == {"code": ["Site with this Code already exists."]}
    body = problem(api.post("/api/v1/sites/", {"code": "M"}), 400, "invalid")
    assert "name" in body["errors"]


def test_a_constraint_speaks_its_own_words(api: APIClient, items: Callable[[int], list[Item]]) -> None:
    [item] = items(1)
    body = problem(api.patch(f"/api/v1/items/{item.pk}/", {"is_service": True}), 400, "invalid")
    assert body["errors"] == {"non_field_errors": ["A service cannot be kept in stock."]}


def test_a_row_that_is_used_is_not_deleted(api: APIClient, items: Callable[[int], list[Item]]) -> None:
    [item] = items(1)
    problem(api.delete(f"/api/v1/item-categories/{item.category_id}/"), 409, "in_use")


@pytest.mark.parametrize("address", ["9" * 30, "77"])
def test_a_row_that_is_not_there_is_a_404(api: APIClient, address: str) -> None:
    problem(api.get(f"/api/v1/sites/{address}/"), 404, "not_found")


def test_broken_json_and_a_wrong_method_are_problems(api: APIClient) -> None:
    problem(api.post("/api/v1/sites/", "{", content_type="application/json"), 400, "parse_error")
    problem(api.put("/api/v1/sites/", {}), 405, "method_not_allowed")


def test_strangers_are_asked_for_a_token() -> None:
    problem(APIClient().get("/api/v1/sites/"), 401, "not_authenticated")


def test_a_keyed_post_is_done_once_and_answered_twice(api: APIClient) -> None:
    first = api.post("/api/v1/sites/", NORTH, headers={"Idempotency-Key": "k1"})
    second = api.post("/api/v1/sites/", NORTH, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Site.objects.count() == 1


def test_another_body_under_the_same_key_is_a_conflict(api: APIClient) -> None:
    api.post("/api/v1/sites/", NORTH, headers={"Idempotency-Key": "k1"})
    answer = api.post("/api/v1/sites/", {"code": "S", "name": "South"}, headers={"Idempotency-Key": "k1"})
    problem(answer, 409, "idempotency_key_reused")
    assert Site.objects.count() == 1


def test_a_refused_post_can_be_repeated_under_its_key(api: APIClient) -> None:
    problem(api.post("/api/v1/sites/", {"code": "N"}, headers={"Idempotency-Key": "k1"}), 400, "invalid")
    assert api.post("/api/v1/sites/", NORTH, headers={"Idempotency-Key": "k1"}).status_code == 201


def endpoints(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from endpoints(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


@pytest.mark.urls("config.urls")
def test_every_post_of_the_api_honours_the_idempotency_key() -> None:
    careless = []
    for route, callback in endpoints(get_resolver("config.urls").url_patterns):
        view = getattr(callback, "cls", None)
        if (
            view is None
            or not route.startswith("api/v1/")
            or issubclass(view, (IdempotentMixin, TokenLoginView))
            or view is IngestView  # machines send the key of their own standard: webhook-id
        ):
            continue
        posts = "post" in callback.actions if getattr(callback, "actions", None) else hasattr(view, "post")
        if posts:
            careless.append(route)
    assert not careless


@pytest.mark.parametrize("count", [3, 60])
def test_a_list_takes_the_same_statements_for_any_number_of_rows(
    api: APIClient, items: Callable[[int], list[Item]], count: int
) -> None:
    items(count)
    with CaptureQueriesContext(
        connection,
    ) as statements:
        body = api.get("/api/v1/items/?page_size=200").json()
    assert len(body["results"]) == count
    assert len(statements) == 1


def test_pages_follow_each_other_without_gap_or_twin(
    api: APIClient, items: Callable[[int], list[Item]]
) -> None:
    items(25)
    seen: list[int] = []
    address = "/api/v1/items/?page_size=10"
    while address:
        body = api.get(address).json()
        seen += [row["id"] for row in body["results"]]
        address = body["next"]
    assert len(seen) == len(set(seen)) == 25


def test_filters_narrow_a_list_and_a_senseless_one_is_a_problem(
    api: APIClient, items: Callable[[int], list[Item]]
) -> None:
    items(3)
    assert len(api.get("/api/v1/items/?code=I-0001").json()["results"]) == 1
    problem(api.get("/api/v1/items/?category=x"), 400, "invalid")


def test_master_data_changed_by_the_api_has_its_history(api: APIClient) -> None:
    site = api.post("/api/v1/sites/", NORTH).json()
    api.patch(f"/api/v1/sites/{site['id']}/", {"name": "Nord"})
    entries = list(Site.history.filter(id=site["id"]).order_by("history_id"))
    assert [(entry.name, entry.history_user.username) for entry in entries] == [
        ("North", "admin"),
        ("Nord", "admin"),
    ]


@pytest.mark.urls("config.urls")
def test_the_schema_is_valid_without_a_warning() -> None:
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    text = out.getvalue()
    assert "application/problem+json" in text
    assert "Idempotency-Key" in text


@pytest.mark.urls("config.urls")
def test_schema_and_docs_are_served(pages: Client) -> None:
    assert pages.get("/api/v1/schema/").status_code == 200
    assert pages.get("/api/v1/docs/").status_code == 200
