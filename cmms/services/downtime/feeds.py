"""Keys of the platforms that report stops: made, shown once, revoked; and the check of their signatures."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings

from cmms.decisions.webhook_signatures import is_fresh, is_signed, secret_text
from cmms.models import StopFeed, StopFeedKey
from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound
from core.models import User

ROTATE = "cmms.rotate_stop_feed_key"


class BadSignature(NotAllowed):
    """The message does not prove who sent it."""

    code = "bad_signature"


class StaleMessage(NotAllowed):
    """The message is too old, or its clock is wrong."""

    code = "stale_message"


@command
def make_feed_key(*, feed_id: int, actor: User, at: datetime) -> tuple[StopFeedKey, str]:
    """A further key of the feed and its text, which is shown this once. Earlier keys go on working until revoked.

    The text is nowhere stored: it is derived from the key's salt with SECRET_KEY, so the database alone betrays
    nothing, and it can be checked again.
    """
    require(actor, ROTATE)
    feed = StopFeed.objects.filter(pk=feed_id).first()
    if feed is None:
        raise NotFound("That feed does not exist.", field="feed_id")
    key = StopFeedKey.objects.create(feed=feed, salt=secrets.token_hex(32), created_at=at, created_by=actor)
    return key, secret_text(_derived(key.salt, settings.SECRET_KEY))


@command
def revoke_feed_key(*, key_id: int, actor: User, at: datetime) -> StopFeedKey:
    """The key is not accepted any more. Raises Conflict where it already is not."""
    require(actor, ROTATE)
    key: StopFeedKey | None = StopFeedKey.objects.select_for_update().filter(pk=key_id).first()
    if key is None:
        raise NotFound("That key does not exist.", field="key_id")
    if key.revoked_at is not None:
        raise Conflict("This key is already revoked.")
    key.revoked_at = at
    key.save()
    return key


def _derived(salt: str, secret_key: str) -> bytes:
    return hmac.new(secret_key.encode(), f"stop-feed:{salt}".encode(), hashlib.sha256).digest()


def verified_feed(
    *, code: str, message_id: str, timestamp: str, body: bytes, sent: str, at: datetime
) -> StopFeed:
    """The feed that signed the message. Raises BadSignature (also for an unknown feed) or StaleMessage."""
    rows = StopFeedKey.objects.filter(feed__code=code, feed__is_active=True, revoked_at=None)
    keys = list(rows.select_related("feed").order_by("-pk")[:10])
    known = [str(each) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    derived = [_derived(key.salt, each) for key in keys for each in known]
    if not message_id or not is_signed(
        keys=derived, message_id=message_id, timestamp=timestamp, body=body, sent=sent
    ):
        raise BadSignature(
            "The signature does not fit this message.", remedy="Check the feed's code, its key and the body."
        )
    if not is_fresh(timestamp=timestamp, now=at):
        raise StaleMessage("The message is older or newer than five minutes.", remedy="Sign it anew.")
    return keys[0].feed
