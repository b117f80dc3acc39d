"""`sync_roles` makes groups of the roles in the settings."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def run(**options: Any) -> str:
    out = StringIO()
    call_command("sync_roles", stdout=out, **options)
    return out.getvalue()


def test_makes_each_role_hold_exactly_its_permissions(settings: Any) -> None:
    settings.ROLES = {"clerk": ("core.view_item", "core.add_item")}
    assert "clerk: 2 added, 0 removed" in run()
    assert "clerk: 0 added, 0 removed" in run()
    settings.ROLES = {"clerk": ("core.view_item",)}
    assert "clerk: 0 added, 1 removed" in run()
    assert [each.codename for each in Group.objects.get(name="clerk").permissions.all()] == ["view_item"]


def test_names_a_permission_that_does_not_exist_and_changes_nothing(settings: Any) -> None:
    settings.ROLES = {"clerk": ("core.view_item", "core.fly")}
    with pytest.raises(CommandError, match=r"core\.fly"):
        run()
    assert not Group.objects.exists()


def test_a_dry_run_changes_nothing(settings: Any) -> None:
    settings.ROLES = {"clerk": ("core.view_item",)}
    assert "1 would be added" in run(dry_run=True)
    assert not Group.objects.exists()
