"""Roles are groups; what each may do is written down once, in the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import Group, Permission

from core.commands import command
from core.errors import RuleViolation


@command
def sync_roles(*, roles: Mapping[str, Sequence[str]]) -> dict[str, tuple[int, int]]:
    """Make the group of each role hold exactly its permissions; returns (added, removed) per role.

    Running it again changes nothing. Groups that are not named stay as they are. Raises RuleViolation, and
    changes nothing, where a permission ('app_label.codename') does not exist.
    """
    known = {
        f"{label}.{codename}": key
        for key, label, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    unknown = sorted({name for names in roles.values() for name in names} - set(known))
    if unknown:
        raise RuleViolation(
            f"There is no permission {', '.join(unknown)}.",
            field="roles",
            remedy="Correct the name in config/roles.py, or run migrate first.",
        )
    changes: dict[str, tuple[int, int]] = {}
    for role, names in roles.items():
        group, _ = Group.objects.get_or_create(name=role)
        held = set(group.permissions.values_list("pk", flat=True))
        wanted = {known[name] for name in names}
        if held != wanted:
            group.permissions.set(wanted)
        changes[role] = (len(wanted - held), len(held - wanted))
    return changes
