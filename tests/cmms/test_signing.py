"""A signature is bound to what was signed: any change of it shows the signature void, and nothing else does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from cmms.decisions.signed_content import canonical, changes_since, signature_digest
from cmms.models import Operation, Signature
from cmms.selectors.signed import signature_views
from cmms.services.closing import complete_work_order
from cmms.services.execution import finish_work
from cmms.services.labor import log_hours, reverse_labor
from cmms.services.planning import OperationInput, add_operation
from cmms.services.steps import attach_certificate, reopen_operation, update_operation
from cmms.services.stock import issue_request
from core.errors import Conflict, NotAllowed
from core.services.attachments import store_attachment
from core.services.reauthentication import TooManyAttempts, WrongPassword
from tests.builders import NOW, asset, boss, item, part, parts_request, person, stock
from tests.cmms.steps_under_test import GAP, checker, done, job, measured, signed, step, worker

pytestmark = pytest.mark.django_db
STEP = OperationInput("Set the gap", instructions="Use the dial gauge.", sign_off="TWO", points=[GAP])


@pytest.fixture
def ready() -> Any:
    """A step with a reading, hours and a part, done and signed by who did it."""
    who = worker()
    order = job(STEP, OperationInput("Clean up"))
    first = step(order)
    thing = item(is_stocked=True)
    stock(5, of=thing)
    measured(first, "0.03", who)
    log_hours(
        work_order_id=order.pk,
        operation_id=first.pk,
        hours=Decimal(2),
        worked_on=NOW.date(),
        actor=who,
        at=NOW,
    )
    asked = parts_request(order, [part(thing, 3, operation_id=first.pk)])
    issue_request(parts_request_id=asked.pk, actor=boss(), at=NOW)
    done(first, who)
    signed(first, who)
    return who, order, first, thing


def views(operation: Operation) -> Any:
    return signature_views([operation.pk])[operation.pk]


def is_valid(operation: Operation) -> bool:
    return bool(views(operation)[0].is_valid)


def force(operation: Operation, **values: Any) -> None:
    """Change what is stored past every service, as somebody with the database in hand would."""
    for name, value in values.items():
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE cmms_operation SET {name} = %s WHERE id = %s", [value, operation.pk])


FIELDS: dict[str, tuple[Any, str]] = {
    "title": ("Set it", "its title"),
    "instructions": ("By eye.", "its instructions"),
    "instructions_revision": (2, "the revision of its instructions"),
    "sequence": (11, "sequence"),
    "execution": ("OUTSIDE", "execution"),
    "status": ("PLANNED", "its state"),
    "times_reopened": (1, "it was opened again"),
    "done_at": (NOW + timedelta(seconds=1), "when it was done"),
    "done_by_id": (None, "who did it"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_change_of_the_step_voids_it(ready: Any, name: str) -> None:
    _, _, first, _ = ready
    assert is_valid(first)
    value, words = FIELDS[name]
    force(first, **{name: value})
    view = views(first)[0]
    assert not view.is_valid
    assert words in view.changes


def more_hours(who: Any, order: Any, first: Any, thing: Any) -> None:
    log_hours(
        work_order_id=order.pk,
        operation_id=first.pk,
        hours=Decimal(1),
        worked_on=NOW.date(),
        actor=who,
        at=NOW,
    )


def hours_taken_back(who: Any, order: Any, first: Any, thing: Any) -> None:
    entry = first.labor_entries.get()
    reverse_labor(labor_entry_id=entry.pk, reason="Other job", actor=who, at=NOW)


def more_parts(who: Any, order: Any, first: Any, thing: Any) -> None:
    asked = parts_request(order, [part(thing, 1, operation_id=first.pk)])
    issue_request(parts_request_id=asked.pk, actor=boss(), at=NOW)


def certificate(who: Any, order: Any, first: Any, thing: Any) -> None:
    file = store_attachment(content=b"%PDF-1.7 test", name="c.pdf", actor=who, at=NOW)
    attach_certificate(operation_id=first.pk, attachment_id=file.pk, actor=who, at=NOW)


def other_craft(who: Any, order: Any, first: Any, thing: Any) -> None:
    force(first, craft_id=who.technician.craft_id)


def other_asset(who: Any, order: Any, first: Any, thing: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cmms_workorder SET asset_id = %s", [asset().pk])


def opened_and_measured_again(who: Any, order: Any, first: Any, thing: Any) -> None:
    reopen_operation(operation_id=first.pk, reason="Check", actor=boss(), at=NOW)
    measured(first, "0.04", who)
    done(first, who)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (more_hours, ["hours"]),
        (hours_taken_back, ["hours"]),
        (more_parts, ["parts"]),
        (certificate, ["its certificate"]),
        (other_craft, ["craft"]),
        (other_asset, ["asset"]),
        (opened_and_measured_again, ["it was opened again", "inspection readings"]),
    ],
)
def test_a_further_fact_voids_it(ready: Any, change: Callable[..., None], words: list[str]) -> None:
    change(*ready)
    view = views(ready[2])[0]
    assert not view.is_valid
    assert view.changes == words


@pytest.mark.parametrize("column", ["value", "lower_limit", "upper_limit", "note", "taken_at", "taken_by_id"])
def test_a_reading_changed_behind_the_trigger_voids_it(ready: Any, column: str) -> None:
    values = {"note": "x", "taken_at": NOW + timedelta(1), "taken_by_id": boss().pk}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cmms_reading DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE cmms_reading SET {column} = %s", [values.get(column, Decimal("0.04"))])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cmms_reading ENABLE TRIGGER USER")
    assert views(ready[2])[0].changes == ["inspection readings"]


@pytest.mark.parametrize("column", ["signed_name", "meaning", "signed_at", "digest"])
def test_a_signature_changed_behind_the_trigger_is_void(ready: Any, column: str) -> None:
    values = {
        "signed_name": "Somebody", "meaning": "CHECKED", "signed_at": NOW + timedelta(1), "digest": "0" * 64,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cmms_signature DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE cmms_signature SET {column} = %s", [values[column]])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cmms_signature ENABLE TRIGGER USER")
    view = views(ready[2])[0]
    assert (view.is_valid, view.changes) == (False, ["the signature itself"])


def test_nothing_else_voids_it(ready: Any) -> None:
    who, order, first, thing = ready
    who.first_name, who.last_name = "New", "Name"
    who.save()
    thing.name, order.asset.name = "Renamed", "Renamed"
    thing.save()
    order.asset.save()
    first.refresh_from_db()
    first.estimated_hours = Decimal(9)
    first.save()
    log_hours(work_order_id=order.pk, hours=Decimal(1), worked_on=NOW.date(), actor=who, at=NOW)
    other = step(order, 20)
    log_hours(
        work_order_id=order.pk,
        operation_id=other.pk,
        hours=Decimal(1),
        worked_on=NOW.date(),
        actor=who,
        at=NOW,
    )
    add_operation(work_order_id=order.pk, operation=OperationInput("One more"), actor=boss(), at=NOW)
    update_operation(operation_id=other.pk, title="Tidy up", after=[first.pk], actor=boss(), at=NOW)
    done(other, who)
    signed(first, checker(), "CHECKED")
    assert [each.is_valid for each in views(first)] == [True, True]


def test_void_signatures_stay_and_the_database_keeps_them(ready: Any) -> None:
    who, _, first, _ = ready
    opened_and_measured_again(*ready)
    signed(first, who)
    found = views(first)
    assert [each.is_valid for each in found] == [False, True]
    assert found[0].signature.content["readings"][0]["value"] == "0.03"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cmms_signature")
    with pytest.raises(Conflict):
        found[0].signature.delete()


class TestWho:
    def test_needs_the_password_and_waits_after_too_many_wrong_ones(self, settings: Any) -> None:
        settings.SIGNING_FAILURE_LIMIT = 3
        who = worker()
        first = step(job(OperationInput("Weld", sign_off="ONE")))
        done(first, who)
        for _ in range(3):
            with pytest.raises(WrongPassword, match="not your password"):
                signed(first, who, password="guess")
        with pytest.raises(TooManyAttempts, match="Wait 15 minutes"):
            signed(first, who)
        assert not Signature.objects.exists()
        cache.clear()
        assert signed(first, who).signed_name == str(who)

    def test_who_did_it_signs_and_another_checks(self) -> None:
        who, other = worker(), checker()
        first = step(job(OperationInput("Weld", sign_off="TWO")))
        with pytest.raises(Conflict, match="is not done"):
            signed(first, who)
        done(first, who)
        with pytest.raises(NotAllowed, match="was done by"):
            signed(first, other)
        with pytest.raises(Conflict, match="signs step"):
            signed(first, other, "CHECKED")
        signed(first, who)
        with pytest.raises(NotAllowed, match="cannot check it too"):
            signed(first, who, "CHECKED")
        with pytest.raises(Conflict, match="already carries"):
            signed(first, who)
        with pytest.raises(NotAllowed):
            signed(first, person(), "CHECKED")
        signed(first, other, "CHECKED")

    def test_a_login_without_password_cannot_sign(self) -> None:
        who = worker()
        first = step(job(OperationInput("Weld")))
        done(first, who)
        who.set_unusable_password()
        who.save()
        with pytest.raises(NotAllowed, match="no password"):
            signed(first, who)


def test_work_is_completed_only_with_valid_signatures(ready: Any) -> None:
    who, order, first, _ = ready
    done(step(order, 20))
    finish_work(work_order_id=order.pk, actor=boss(), at=NOW)
    with pytest.raises(Conflict, match="valid signature is missing for step 10"):
        complete_work_order(work_order_id=order.pk, actor=boss(), at=NOW)
    signed(first, checker(), "CHECKED")
    more_hours(*ready)
    with pytest.raises(Conflict, match="valid signature is missing"):
        complete_work_order(work_order_id=order.pk, actor=boss(), at=NOW)
    signed(first, who)
    signed(first, checker(), "CHECKED")
    assert complete_work_order(work_order_id=order.pk, actor=boss(), at=NOW).status == "COMPLETED"


def test_statements_do_not_grow_with_steps_and_signatures() -> None:
    who = worker()

    def count(steps: int) -> int:
        order = job(*[OperationInput(f"Step {n}", sign_off="ONE", points=[GAP]) for n in range(steps)])
        keys = []
        for each in order.operations.all():
            measured(each, "0.03", who)
            done(each, who)
            signed(each, who)
            keys.append(each.pk)
        with CaptureQueriesContext(connection) as statements:
            assert all(view.is_valid for found in signature_views(keys).values() for view in found)
        return len(statements)

    assert count(2) == count(9) <= 6


words = st.text(max_size=6)
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.decimals(-1000, 1000, places=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
contents = st.dictionaries(words, plain_values, max_size=3)


class TestCanonicalForm:
    @given(contents)
    def test_order_and_trailing_zeros_do_not_matter(self, content: dict[str, Any]) -> None:
        shuffled = dict(reversed(content.items()))
        assert canonical(content) == canonical(shuffled)

    def test_equal_values_have_one_form(self) -> None:
        berlin = timezone(timedelta(hours=1))
        one = {"hours": Decimal("2.00"), "at": datetime(2026, 3, 2, 9, tzinfo=UTC)}
        two = {"at": datetime(2026, 3, 2, 10, tzinfo=berlin), "hours": Decimal("2")}
        assert canonical(one) == canonical(two)
        assert canonical(one) == b'{"at":"2026-03-02T09:00:00.000000+00:00","hours":"2"}'

    def test_a_float_has_no_exact_form(self) -> None:
        with pytest.raises(TypeError):
            canonical({"hours": 2.5})

    @given(contents, contents)
    def test_different_contents_have_different_digests(self, one: Any, two: Any) -> None:
        act = {"signer_id": 1, "name": "A", "meaning": "PERFORMED", "signed_at": NOW}
        same = canonical(one) == canonical(two)
        assert (signature_digest(one, **act) == signature_digest(two, **act)) == same
        assert bool(changes_since(one, two)) == (not same)
