"""Effects on the world outside: stored with their cause, carried out after it is stored, retried until done.

A message is delivered at least once: whoever dies between sending and noting it sends it again. Its key goes
along (for an e-mail as Message-ID), so that the receiving side can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F

from core.access import require
from core.choices import OutboxStatus
from core.commands import command
from core.errors import Conflict, NotFound
from core.models import OutboxMessage, User

RETRY = "core.retry_outbox"
EMAIL = "email"
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)  # doubled after each failure: 1, 2, 4 ... 64 minutes
CLAIM = timedelta(minutes=5)  # longer than any delivery takes
Deliver = Callable[[str, dict[str, Any]], None]

log = structlog.get_logger(__name__)
_deliverers: dict[str, Deliver] = {}
_wakers: list[Callable[[], object]] = []


def register_deliverer(*, kind: str, deliver: Deliver) -> None:
    """Say who carries out messages of a kind: called with key and payload, raises where it could not."""
    _deliverers[kind] = deliver


def register_waker(*, wake: Callable[[], object]) -> None:
    """Say who is told, after the transaction, that there is something to send."""
    if wake not in _wakers:
        _wakers.append(wake)


@command
def queue_messages(*, messages: dict[str, dict[str, Any]], kind: str, at: datetime) -> None:
    """Store messages (payload by key) as due, in the transaction of their cause; one statement for all.

    A key that is stored already is left as it is: the same cause tells nothing twice.
    """
    if not messages:
        return
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(key=key, kind=kind, payload=payload, created_at=at, due_at=at)
            for key, payload in messages.items()
        ],
        ignore_conflicts=True,
    )
    for wake in _wakers:
        # The minute's round finds what nobody was woken for, so a missing broker refuses no command.
        transaction.on_commit(wake, robust=True)


def email(*, to: str, subject: str, body: str) -> dict[str, Any]:
    """The payload of an e-mail in plain text."""
    return {"to": to, "subject": " ".join(subject.split())[:150], "body": body}


def claim_message(*, message_id: int, at: datetime) -> OutboxMessage | None:
    """Take a due message for delivery by one conditional update; None where somebody else has it or it is done."""
    taken = (
        OutboxMessage.objects.due(at)
        .filter(pk=message_id)
        .update(status=OutboxStatus.SENDING, claimed_until=at + CLAIM, attempts=F("attempts") + 1)
    )
    return OutboxMessage.objects.get(pk=message_id) if taken else None


def deliver_message(*, message_id: int, at: datetime) -> bool:
    """Send one message if it is due; whether it was sent now. A failure is noted and never raised."""
    message = claim_message(message_id=message_id, at=at)
    if message is None:
        return False
    # Only who still holds the claim may note the outcome.
    held = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts)
    try:
        _deliverers[message.kind](message.key, message.payload)
    except Exception as error:
        log.warning("outbox_failed", key=message.key, attempts=message.attempts, error=repr(error))
        is_last = message.attempts >= MOST_ATTEMPTS
        held.update(
            status=OutboxStatus.DEAD if is_last else OutboxStatus.DUE,
            due_at=at + FIRST_WAIT * 2 ** (message.attempts - 1),
            claimed_until=None,
            last_error=f"{type(error).__name__}: {error}"[:500],
        )
        return False
    held.update(status=OutboxStatus.SENT, sent_at=at, claimed_until=None, last_error="")
    return True


def due_messages(*, at: datetime, limit: int = 100) -> list[int]:
    """Keys of what is to be sent now, oldest first."""
    return list(OutboxMessage.objects.due(at).order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


@command
def retry_message(*, message_id: int, actor: User, at: datetime) -> OutboxMessage:
    """Try again what was given up. Raises Conflict unless it was."""
    require(actor, RETRY)
    message: OutboxMessage | None = OutboxMessage.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        raise NotFound("That message does not exist.", field="message_id")
    if message.status != OutboxStatus.DEAD:
        raise Conflict("Only a message that was given up can be sent again.")
    message.status, message.attempts, message.due_at = OutboxStatus.DUE, 0, at
    message.save(update_fields=["status", "attempts", "due_at"])
    for wake in _wakers:
        transaction.on_commit(wake, robust=True)
    return message


def _send_email(key: str, payload: dict[str, Any]) -> None:
    """Hand an e-mail to the mail server, under a Message-ID that is the same at every attempt."""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
    EmailMessage(
        subject=payload["subject"],
        body=payload["body"],
        to=[payload["to"]],
        headers={"Message-ID": f"<{key}@{host}>", "Auto-Submitted": "auto-generated"},
    ).send()


register_deliverer(kind=EMAIL, deliver=_send_email)
