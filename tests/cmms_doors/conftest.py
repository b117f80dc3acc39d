"""The plant and who looks at it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.cmms_doors.plant import Plant, build

As = Callable[[str], Client]
ApiAs = Callable[[str], APIClient]


@pytest.fixture
def plant(db: None) -> Plant:
    return build()


@pytest.fixture
def as_role(plant: Plant) -> As:
    """`as_role("planner")`: the pages as that role sees them."""

    def client(role: str) -> Client:
        signed = Client()
        signed.force_login(plant.people[role])
        return signed

    return client


@pytest.fixture
def api_as(plant: Plant) -> ApiAs:
    """`api_as("planner")`: the API as that role sees it."""

    def client(role: str) -> APIClient:
        signed = APIClient()
        signed.force_authenticate(plant.people[role])
        return signed

    return client
