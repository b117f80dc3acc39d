"""Signatures of incoming messages as Standard Webhooks 1.0 defines them (symmetric scheme v1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)  # the standard's own window against replays


def secret_text(key: bytes) -> str:
    """A key as it is handed over."""
    return PREFIX + base64.b64encode(key).decode()


def signature(*, key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """'v1,' and the base64 of HMAC-SHA256 over 'id.timestamp.body'."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def is_signed(*, keys: Iterable[bytes], message_id: str, timestamp: str, body: bytes, sent: str) -> bool:
    """Whether one of the space-separated signatures in `sent` was made with one of the keys."""
    given = [each.encode() for each in sent.split()]
    good = False
    for key in keys:
        right = signature(key=key, message_id=message_id, timestamp=timestamp, body=body).encode()
        for each in given:
            good |= hmac.compare_digest(right, each)
    return good


def is_fresh(*, timestamp: str, now: datetime) -> bool:
    """Whether the message's time (seconds since 1970) is within the tolerance of `now`, before or after."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()
