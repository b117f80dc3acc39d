"""People and master data for tests of the shared half."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from core.models import Item, ItemCategory, Unit, User

MakeUser = Callable[..., User]


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """`make_user("ann", "core.view_site")`: a person with exactly these permissions."""

    def make(username: str, *permissions: str, **values: Any) -> User:
        user = User.objects.create_user(username=username, password="demo", **values)
        for name in permissions:
            label, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=label, codename=codename)
            )
        return user

    return make


@pytest.fixture
def admin(make_user: MakeUser) -> User:
    return make_user("admin", is_superuser=True, is_staff=True)


@pytest.fixture
def api(admin: User) -> APIClient:
    """The API as an administrator sees it."""
    client = APIClient()
    client.force_authenticate(admin)
    return client


@pytest.fixture
def pages(admin: User) -> Client:
    """The pages as an administrator sees them."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def items(db: None) -> Callable[[int], list[Item]]:
    """`items(5)`: so many items of one category."""

    def make(count: int) -> list[Item]:
        unit, _ = Unit.objects.get_or_create(code="PCE", defaults={"name": "Piece"})
        category, _ = ItemCategory.objects.get_or_create(code="BRG", defaults={"name": "Bearings"})
        start = Item.objects.count()
        return [
            Item.objects.create(
                code=f"I-{number:04d}", name=f"Bearing {number}", category=category, unit=unit
            )
            for number in range(start, start + count)
        ]

    return make
