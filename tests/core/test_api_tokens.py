"""Tokens: issued at login, limited by scope and time, ended by revoking."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.errors import RuleViolation
from core.models import ApiToken, User
from core.services.tokens import digest_of, issue_token

pytestmark = pytest.mark.django_db
LOGIN = "/api/v1/auth/token/"


def client_with(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def token_of(user: User, **values: Any) -> str:
    return issue_token(actor=user, at=values.pop("at", timezone.now()), **values)[1]


def test_login_gives_a_token_that_works_and_stores_only_its_digest(admin: User) -> None:
    answer = APIClient().post(LOGIN, {"username": "admin", "password": "demo", "name": "ERP"})
    assert answer.status_code == 200
    token = answer.json()["token"]
    assert token.startswith("tnk_")
    assert answer.json()["user"]["username"] == "admin"
    stored = ApiToken.objects.get()
    assert (stored.name, stored.digest) == ("ERP", digest_of(token=token))
    assert client_with(token).get("/api/v1/me/").json()["user"]["username"] == "admin"


@pytest.mark.parametrize(
    "body", [{"username": "admin", "password": "wrong"}, {"username": "nobody", "password": "x"}]
)
def test_a_wrong_password_is_refused_without_saying_which_half_is_wrong(
    admin: User, body: dict[str, str]
) -> None:
    answer = APIClient().post(LOGIN, body)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "User name or password is wrong" in answer.json()["detail"]


def test_failed_logins_lock_the_account_out(admin: User, settings: Any) -> None:
    settings.AXES_ENABLED = True
    client = APIClient()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(LOGIN, {"username": "admin", "password": "wrong"})
    answer = client.post(LOGIN, {"username": "admin", "password": "demo"})
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert "Too many failed logins. Wait" in answer.json()["detail"]
    page = Client().post("/login/", {"username": "admin", "password": "demo"})
    assert page.status_code == 429
    assert "Please wait" in page.content.decode()


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer tnk_nothing", "Bearer \xff\xfe"])
def test_a_token_that_is_not_ours_is_refused(header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    answer = client.get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_a_revoked_and_a_retired_persons_token_are_refused(admin: User, make_user: Any) -> None:
    expired = token_of(admin, at=timezone.now() - timedelta(days=40), expires_in_days=30)
    revoked = token_of(admin)
    assert client_with(revoked).post("/api/v1/auth/token/revoke/").status_code == 204
    retired = token_of(make_user("old", is_active=False))
    for token in (expired, revoked, retired):
        assert client_with(token).get("/api/v1/me/").status_code == 401


def test_a_reading_token_reads_and_does_not_write(admin: User) -> None:
    client = client_with(token_of(admin, scopes=["read"]))
    assert client.get("/api/v1/sites/").status_code == 200
    refused = client.post("/api/v1/sites/", {"code": "N", "name": "North"})
    assert refused.status_code == 403
    assert "scopes are read" in refused.json()["detail"]


def test_a_token_without_scopes_may_what_its_user_may(make_user: Any) -> None:
    client = client_with(token_of(make_user("ann", "core.view_site")))
    assert client.get("/api/v1/sites/").status_code == 200
    assert client.get("/api/v1/items/").status_code == 403
    assert client.post("/api/v1/sites/", {"code": "N", "name": "North"}).status_code == 403


def test_use_is_noted_at_most_once_an_hour(admin: User) -> None:
    client = client_with(token_of(admin))
    client.get("/api/v1/me/")
    noted = ApiToken.objects.get().last_used_at
    client.get("/api/v1/me/")
    assert noted is not None
    assert ApiToken.objects.get().last_used_at == noted


@pytest.mark.parametrize("wrong", [{"scopes": ["fly"]}, {"expires_in_days": 0}, {"expires_in_days": 367}])
def test_refuses_an_unknown_scope_or_a_life_out_of_bounds(admin: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleViolation):
        token_of(admin, **wrong)
    assert APIClient().post(LOGIN, {"username": "admin", "password": "demo", **wrong}).status_code == 400
