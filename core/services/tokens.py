"""Keys for programs: issue, use, revoke."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.commands import command
from core.errors import RuleViolation
from core.models import ApiToken, User

PREFIX = "tnk_"
READ, WRITE = "read", "write"
SCOPES = (READ, WRITE)
DEFAULT_LIFE_DAYS = 30
LONGEST_LIFE_DAYS = 366


def digest_of(*, token: str) -> str:
    """What is stored of a token. It has 256 random bits, so a plain digest cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


@command
def issue_token(
    *,
    actor: User,
    at: datetime,
    name: str = "",
    scopes: Sequence[str] = (),
    expires_in_days: int = DEFAULT_LIFE_DAYS,
) -> tuple[ApiToken, str]:
    """A new token of `actor` and its text, which is shown this once and stored nowhere.

    No scopes: whatever the user may do. Raises RuleViolation for an unknown scope or a life
    outside 1 to 366 days.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise RuleViolation(
            f"There is no scope {', '.join(unknown)}.",
            field="scopes",
            remedy=f"Choose from {', '.join(SCOPES)}.",
        )
    if not 1 <= expires_in_days <= LONGEST_LIFE_DAYS:
        raise RuleViolation(f"A token lives 1 to {LONGEST_LIFE_DAYS} days.", field="expires_in_days")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=actor,
        name=name,
        digest=digest_of(token=text),
        scopes=sorted(set(scopes)),
        created_at=at,
        expires_at=at + timedelta(days=expires_in_days),
    )
    return token, text


@command
def revoke_token(*, token: ApiToken, at: datetime) -> None:
    """End a token now; ending it twice changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at)


@command
def note_use(*, token_id: int, at: datetime) -> None:
    """Remember when a token was last used."""
    ApiToken.objects.filter(pk=token_id).update(last_used_at=at)
