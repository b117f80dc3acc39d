"""Who may: one check, called by the services, so that no door goes round it."""

from __future__ import annotations

from typing import Any, Protocol

from django.apps import apps

from core.errors import NotAllowed


class Actor(Protocol):
    """What a permission check needs of a user."""

    def has_perm(self, perm: str, obj: Any = None) -> bool: ...


VIEW_COSTS = "core.view_costs"
# Django names these rights for the model; people read verbs.
VERBS = {"view": "see", "add": "add", "change": "change", "delete": "delete"}


def permission_words(permission: str) -> str:
    """'procurement.approve_requisition' -> 'approve requisition'; 'cmms.view_costentry' -> 'see cost entries'."""
    app, _, codename = permission.partition(".")
    verb, _, noun = codename.partition("_")
    if verb in VERBS:
        try:
            return f"{VERBS[verb]} {apps.get_model(app, noun)._meta.verbose_name_plural}"
        except LookupError:
            pass
    return codename.replace("_", " ")


def require(actor: Actor, permission: str) -> None:
    """Raise NotAllowed, in plain words, unless `actor` holds `permission` ('app.verb_noun')."""
    if not actor.has_perm(permission):
        raise NotAllowed(
            f"Your role does not include the right to {permission_words(permission)}.",
            remedy="Ask an administrator if you need it.",
        )


def can_see_costs(actor: Actor) -> bool:
    """Whether amounts of money may be shown to `actor`."""
    return actor.has_perm(VIEW_COSTS)
