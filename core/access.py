"""Who may: one check, called by the services, so that no door goes round it."""

from __future__ import annotations

from typing import Any, Protocol

from core.errors import NotAllowed


class Actor(Protocol):
    """What a permission check needs of a user."""

    def has_perm(self, perm: str, obj: Any = None) -> bool: ...


VIEW_COSTS = "core.view_costs"


def permission_words(permission: str) -> str:
    """'procurement.approve_requisition' -> 'approve requisition'."""
    return permission.rpartition(".")[2].replace("_", " ")


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
