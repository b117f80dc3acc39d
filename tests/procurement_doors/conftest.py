"""The trade and who looks at it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.procurement_doors.trade import Trade, build

As = Callable[[str], Client]
ApiAs = Callable[[str], APIClient]


@pytest.fixture
def trade(db: None) -> Trade:
    return build()


@pytest.fixture
def as_role(trade: Trade) -> As:
    """`as_role("buyer")`: the pages as that role sees them."""

    def client(role: str) -> Client:
        signed = Client()
        signed.force_login(trade.people[role], backend="core.backends.RoleBackend")
        return signed

    return client


@pytest.fixture
def api_as(trade: Trade) -> ApiAs:
    """`api_as("buyer")`: the API as that role sees it."""

    def client(role: str) -> APIClient:
        signed = APIClient()
        signed.force_authenticate(trade.people[role])
        return signed

    return client
