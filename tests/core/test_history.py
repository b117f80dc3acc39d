"""History names who, when, what, why and which request, bulk writes included."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from structlog.contextvars import bound_contextvars

from cmms.models import Reservation
from cmms.services.parts import RequestLineInput
from core.commands import command
from core.history import (
    acting,
    added,
    bulk_create_with_history,
    bulk_update_with_history,
    created,
    store_with_history,
    updated,
)
from core.models import Item, ItemCategory, Site, User
from core.selectors import history_of
from tests.plant import build_plant

pytestmark = pytest.mark.django_db


def test_a_saved_row_names_actor_reason_and_request(admin: User) -> None:
    with acting(admin, "opening the yard"), bound_contextvars(request_id="req-1"):
        site = Site.objects.create(code="N", name="North")
    entry = site.history.get()
    assert (entry.history_user, entry.history_change_reason) == (admin, "opening the yard")
    assert entry.history_request_id == "req-1"


def test_rows_created_in_bulk_have_their_history(admin: User) -> None:
    with acting(admin, "import"), bound_contextvars(request_id="req-2"):
        rows = bulk_create_with_history([Site(code=f"S{number}", name="Yard") for number in range(5)])
    entries = Site.history.filter(id__in=[row.pk for row in rows])
    assert entries.count() == 5
    assert {
        (e.history_user_id, e.history_change_reason, e.history_request_id, e.history_type) for e in entries
    } == {(admin.pk, "import", "req-2", "+")}


def test_rows_changed_in_bulk_have_their_history(admin: User) -> None:
    rows = bulk_create_with_history([Site(code=f"S{number}", name="Yard") for number in range(3)])
    for row in rows:
        row.name = "Dock"
    with acting(admin, "renamed"):
        bulk_update_with_history(rows, ["name"])
    assert set(Site.objects.values_list("name", flat=True)) == {"Dock"}
    newest = rows[0].history.order_by("-history_id").first()
    assert (newest.name, newest.history_type, newest.history_change_reason) == ("Dock", "~", "renamed")


@pytest.mark.parametrize("count", [2, 200])
def test_bulk_writes_take_one_statement_for_any_number_of_rows(
    count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        bulk_create_with_history([Site(code=f"S{number}", name="Yard") for number in range(count)])


def test_several_tables_are_stored_in_one_statement_each_with_its_history(
    admin: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    [old] = bulk_create_with_history([Site(code="S0", name="Yard")])
    old.name = "Dock"
    sites = [Site(code=f"S{number}", name="Yard") for number in (1, 2)]
    categories = [ItemCategory(code="MECH", name="Mechanical")]
    with acting(admin, "import"), django_assert_num_queries(1):  # type: ignore[attr-defined]
        store_with_history(created(sites), None, updated([old], ["name"]), created(categories))
    assert [Site.objects.get(code=site.code).pk for site in sites] == [site.pk for site in sites]
    assert ItemCategory.objects.get().pk == categories[0].pk
    assert [entry.history_type for entry in old.history.order_by("history_id")] == ["+", "~"]
    assert {
        entry.history_change_reason for entry in (sites[0].history.get(), categories[0].history.get())
    } == {"import"}


def test_rows_that_somebody_else_created_meanwhile_are_left_alone() -> None:
    Site.objects.create(code="S1", name="Theirs")
    mine = [Site(code="S1", name="Mine"), Site(code="S2", name="Mine")]
    store_with_history(created(mine, unless_there=True))
    assert dict(Site.objects.values_list("code", "name")) == {"S1": "Theirs", "S2": "Mine"}
    assert [site.pk for site in mine] == [None, None]
    assert Site.history.filter(name="Mine").count() == 1


def test_what_is_added_makes_a_row_or_grows_the_one_that_is_there() -> None:
    plant = build_plant()
    item = plant.item("SEAL", stocked=True, on_hand=9)
    request = plant.request(plant.work_order(), RequestLineInput("ITEM", Decimal(1), item_id=item.pk))
    line, balance = request.lines.get(), item.stock_items.get()
    other = plant.request(
        plant.work_order(), RequestLineInput("ITEM", Decimal(9), item_id=item.pk)
    ).lines.get()
    Reservation.history.filter(request_line_id=other.pk).delete()
    Reservation.objects.filter(request_line=other).delete()
    rows = [Reservation(request_line=each, stock_item=balance, quantity=Decimal(2)) for each in (line, other)]
    store_with_history(added(rows, "quantity", unique=["request_line", "stock_item"]))
    kept = {each.request_line_id: each for each in Reservation.objects.all()}
    assert {pk: each.quantity for pk, each in kept.items()} == {line.pk: 3, other.pk: 2}
    newest = kept[line.pk].history.order_by("-history_id").first()
    assert (newest.history_type, newest.quantity) == ("~", 3)
    assert kept[other.pk].history.get().history_type == "+"


def test_a_command_inside_a_command_joins_its_transaction_and_keeps_its_own_actor(admin: User) -> None:
    @command
    def inner(*, actor: User) -> Site:
        return Site.objects.create(code="I", name="Inner")

    @command
    def outer(*, actor: User, reason: str) -> Site:
        inner(actor=actor)
        return Site.objects.create(code="O", name="Outer")

    outer(actor=admin, reason="why")
    assert Site.history.get(code="O").history_change_reason == "why"
    assert Site.history.get(code="I").history_user == admin


def test_differences_are_told_in_words(admin: User, items: Callable[[int], list[Item]]) -> None:
    [item] = items(1)
    with acting(admin, "wrong name"):
        item.name, item.is_active = "Seal", False
        item.save()
    newest, first = history_of(item, with_costs=True)
    assert {(change.label, change.before, change.after) for change in newest.changes} == {
        ("Name", "Bearing 0", "Seal"),
        ("Is active", "yes", "no"),
    }
    assert (newest.who, newest.reason, first.what) == ("admin", "wrong name", "Created")


@pytest.mark.parametrize("changes", [2, 20])
def test_reading_history_takes_the_same_statements_for_any_number_of_changes(
    changes: int, items: Callable[[int], list[Item]], django_assert_num_queries: Callable[[int], object]
) -> None:
    [item] = items(1)
    for number in range(changes):
        item.name = f"Bearing {number} b"
        item.save()
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        history_of(item, with_costs=True)
