"""The password entered anew before something is signed: checked, counted, never kept."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache

from core.errors import NotAllowed
from core.models import User


class WrongPassword(NotAllowed):
    """The password does not belong to the person."""

    code = "wrong_password"


class TooManyAttempts(NotAllowed):
    """Too many wrong passwords; wait."""

    code = "too_many_attempts"


def confirm_identity(*, actor: User, password: str) -> None:
    """Raise unless `password` is the actor's own.

    After SIGNING_FAILURE_LIMIT wrong ones the right one is refused too, for SIGNING_COOLOFF_MINUTES. Attempts are
    counted outside the transaction, so that a refused command counts.
    """
    key = f"signing-failures:{actor.pk}"
    minutes: int = settings.SIGNING_COOLOFF_MINUTES
    # Counted before the check: several attempts at the same moment cannot pass the limit together.
    cache.add(key, 0, timeout=minutes * 60)
    if _count(key, minutes) > settings.SIGNING_FAILURE_LIMIT:
        raise TooManyAttempts(
            "Too many wrong passwords.", field="password", remedy=f"Wait {minutes} minutes, then sign again."
        )
    if not actor.is_active or not actor.has_usable_password():
        raise NotAllowed(
            "This login has no password, so it cannot sign.", field="password", remedy="Ask an administrator."
        )
    if not actor.check_password(password):
        raise WrongPassword("That is not your password.", field="password", remedy="Enter it again.")
    cache.delete(key)


def _count(key: str, minutes: int) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two calls
        cache.set(key, 1, timeout=minutes * 60)
        return 1
