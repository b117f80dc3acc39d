"""Messages to the outside are stored with their cause, sent once it is stored, retried, and given up in the open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from core.commands import command
from core.errors import Conflict, NotAllowed
from core.models import OutboxMessage, User
from core.services import outbox
from core.services.outbox import (
    EMAIL,
    MOST_ATTEMPTS,
    claim_message,
    deliver_message,
    due_messages,
    email,
    queue_messages,
    retry_message,
)
from core.tasks import deliver_outbox

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def queue(key: str = "one", kind: str = EMAIL) -> OutboxMessage:
    queue_messages(
        messages={key: email(to="ann@example.com", subject="Your\nreport", body="Done.")}, kind=kind, at=AT
    )
    return OutboxMessage.objects.get(key=key)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(key: str, payload: dict[str, Any]) -> None:
        raise ConnectionError("no route")

    monkeypatch.setitem(outbox._deliverers, EMAIL, fail)


def test_a_message_is_sent_once_however_often_the_job_runs() -> None:
    message = queue()
    assert deliver_message(message_id=message.pk, at=AT)
    assert not deliver_message(message_id=message.pk, at=AT)
    assert deliver_outbox() == 0
    (sent,) = mail.outbox
    assert sent.to == ["ann@example.com"] and sent.subject == "Your report"
    assert sent.extra_headers["Message-ID"].startswith("<one@")
    message.refresh_from_db()
    assert (message.status, message.sent_at, message.attempts) == ("SENT", AT, 1)


def test_the_same_cause_queues_one_message() -> None:
    queue()
    queue()
    assert OutboxMessage.objects.count() == 1


def test_who_has_claimed_a_message_keeps_it_until_the_claim_ends() -> None:
    message = queue()
    assert claim_message(message_id=message.pk, at=AT) is not None
    assert claim_message(message_id=message.pk, at=AT + timedelta(minutes=4)) is None
    again = claim_message(message_id=message.pk, at=AT + timedelta(minutes=6))
    assert again is not None and again.attempts == 2


def test_a_failure_is_retried_later_and_later_and_given_up_at_last(broken: None) -> None:
    message, now, waits = queue(), AT, []
    for _ in range(MOST_ATTEMPTS):
        assert not deliver_message(message_id=message.pk, at=now)
        message.refresh_from_db()
        waits.append((message.due_at - now) // timedelta(minutes=1))
        assert not due_messages(at=now)
        now = message.due_at
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert message.status == "DEAD" and message.last_error == "ConnectionError: no route"
    assert not due_messages(at=now + timedelta(days=9))


def test_what_was_given_up_is_sent_again_by_who_may(broken: None) -> None:
    message = queue()
    admin = User.objects.create_superuser("admin")
    with pytest.raises(Conflict):
        retry_message(message_id=message.pk, actor=admin, at=AT)
    OutboxMessage.objects.filter(pk=message.pk).update(status="DEAD", attempts=MOST_ATTEMPTS)
    with pytest.raises(NotAllowed):
        retry_message(message_id=message.pk, actor=User.objects.create_user("tom"), at=AT)
    assert retry_message(message_id=message.pk, actor=admin, at=AT).status == "DUE"


@pytest.mark.django_db(transaction=True)
def test_it_goes_out_after_its_cause_is_stored_and_never_without() -> None:
    @command
    def tells(*, fails: bool) -> None:
        queue("cause")
        assert not mail.outbox
        if fails:
            raise ValueError

    with pytest.raises(ValueError):
        tells(fails=True)
    assert not mail.outbox and not OutboxMessage.objects.exists()
    tells(fails=False)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("wrong", [{"status": "SENT"}, {"status": "SENDING"}, {"sent_at": AT}])
def test_the_database_refuses_a_message_that_says_two_things(wrong: dict[str, Any]) -> None:
    message = queue()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(**wrong)
