"""A second delivery of a command gets the first answer and changes nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from core.errors import KeyReused, RuleViolation
from core.models import IdempotencyRecord, Site, User
from core.services.idempotency import run_once


def _open_site(code: str) -> dict[str, Any]:
    return {"pk": Site.objects.create(code=code, name="Yard").pk}


@pytest.mark.django_db
def test_the_second_delivery_gets_the_first_result(admin: User) -> None:
    first = run_once(key="k", actor=admin, command="open", content={"code": "N"}, run=lambda: _open_site("N"))
    second = run_once(
        key="k", actor=admin, command="open", content={"code": "N"}, run=lambda: _open_site("N")
    )
    assert first == ({"pk": Site.objects.get().pk}, False)
    assert second == (first[0], True)


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "content"), [("open", {"code": "M"}), ("close", {"code": "N"})])
def test_one_key_for_two_commands_is_an_error(admin: User, command: str, content: dict[str, str]) -> None:
    run_once(key="k", actor=admin, command="open", content={"code": "N"}, run=lambda: _open_site("N"))
    with pytest.raises(KeyReused):
        run_once(key="k", actor=admin, command=command, content=content, run=lambda: _open_site("M"))
    assert Site.objects.count() == 1


@pytest.mark.django_db
def test_two_people_may_use_the_same_key(admin: User, make_user: Any) -> None:
    for person, code in ((admin, "N"), (make_user("ann"), "M"), (None, "O")):
        run_once(key="k", actor=person, command="open", content={}, run=lambda code=code: _open_site(code))
    assert Site.objects.count() == 3


@pytest.mark.django_db
def test_a_refused_command_can_be_sent_again_under_its_key(admin: User) -> None:
    def refuse() -> dict[str, Any]:
        _open_site("N")
        raise RuleViolation("No.")

    with pytest.raises(RuleViolation):
        run_once(key="k", actor=admin, command="open", content={}, run=refuse)
    assert not Site.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    assert run_once(key="k", actor=admin, command="open", content={}, run=lambda: _open_site("N"))[1] is False


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_one_to_two_hundred_characters(key: str) -> None:
    with pytest.raises(RuleViolation, match="1 to 200"):
        run_once(key=key, actor=None, command="open", content={}, run=dict)


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_arrives_meanwhile_waits_and_gets_the_first_result() -> None:
    inside = threading.Event()

    def slow() -> dict[str, Any]:
        inside.set()
        threading.Event().wait(0.3)
        return _open_site("N")

    def deliver(_: int) -> tuple[dict[str, Any], bool]:
        try:
            return run_once(key="k", actor=None, command="open", content={}, run=slow)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(deliver, range(3)))
    assert inside.is_set()
    assert Site.objects.count() == 1
    assert sorted(replayed for _, replayed in answers) == [False, True, True]
    assert {answer["pk"] for answer, _ in answers} == {Site.objects.get().pk}
