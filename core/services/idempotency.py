"""Every write is safe to retry: a second delivery of a command returns the first result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.errors import KeyReused, RuleViolation
from core.models import IdempotencyRecord, User

MAX_KEY_LENGTH = 200


def _fingerprint(content: Any) -> str:
    """SHA-256 of the command's content in canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def run_once(
    *, key: str, actor: User | None, command: str, content: Any, run: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Run `run` once per (actor, key) and return (its JSON result, whether this is a replay).

    The record is inserted first, in the same transaction as the command: a second delivery that arrives meanwhile
    waits on the unique key, then gets the stored result. A failed command leaves no record, so it can be sent again.
    Raises KeyReused when the same key comes with another command or other content.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise RuleViolation("An idempotency key has 1 to 200 characters.", field="Idempotency-Key")
    digest = _fingerprint(content)
    with transaction.atomic():
        record_id = _claim(key=key, actor=actor, command=command, digest=digest)
        if record_id is None:
            stored = IdempotencyRecord.objects.get(actor=actor, key=key)
            if stored.fingerprint != digest or stored.command != command:
                raise KeyReused(
                    "This idempotency key was already used for a different command.",
                    field="Idempotency-Key",
                    remedy="Use a new key for a new command.",
                )
            return dict(stored.result or {}), True
        result = run()
        IdempotencyRecord.objects.filter(pk=record_id).update(result=result)
    return result, False


def _claim(*, key: str, actor: User | None, command: str, digest: str) -> int | None:
    """Insert the record and return its key, or None where it exists (after its writer has committed)."""
    table = connection.ops.quote_name(IdempotencyRecord._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, actor_id, command, fingerprint, created_at) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (actor_id, key) DO NOTHING RETURNING id",
            [key, actor.pk if actor else None, command, digest, timezone.now()],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None
