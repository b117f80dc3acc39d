"""Counts of the shelves: blind, repeated beyond the tolerance, approved by a second person, posted once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cmms.choices import CountStatus, Tracking
from cmms.models import Serial, StockCount, StockItem, StockMovement
from cmms.selectors.stock_replay import replay_differences
from cmms.services.stock import (
    add_count_line,
    adjust_stock,
    approve_count,
    cancel_count,
    issue_parts,
    move_between_bins,
    record_count,
    reopen_count,
    start_count,
    submit_count,
)
from core.errors import Conflict, IllegalTransition, NotAllowed, RuleViolation
from tests.builders import NOW, boss, part, parts_request, person, stock, storeroom, work_order
from tests.cmms.test_parts import statements
from tests.cmms.test_stock_places import a_bin, levels, lots, serials, tracked

pytestmark = pytest.mark.django_db


def start(*held: StockItem, **values: Any) -> StockCount:
    return start_count(
        storeroom_id=storeroom().pk, stock_item_ids=[each.pk for each in held], actor=boss(), at=NOW, **values
    )


def record(count: StockCount, held: StockItem, quantity: int | None, *numbers: str, **where: Any) -> Any:
    line = count.lines.get(stock_item=held, **where)
    counted = None if quantity is None else Decimal(quantity)
    return record_count(
        count_line_id=line.pk, counted_quantity=counted, serial_numbers=numbers, actor=boss(), at=NOW
    )


def submit(count: StockCount, reason: str = "broken") -> StockCount:
    return submit_count(count_id=count.pk, reason=reason, actor=boss(), at=NOW)


def figures(held: StockItem) -> tuple[Decimal, Decimal]:
    held.refresh_from_db()
    return held.quantity_on_hand, held.value


def test_a_difference_is_counted_twice_and_posted_with_its_reason() -> None:
    held, right = stock(4, 5), stock(2)
    count = start(held, right)
    assert record(count, right, 2).needs_recount is False
    assert record(count, held, 2).needs_recount is True
    with pytest.raises(RuleViolation, match="1 of 2 lines are still to be counted, 1 of them again"):
        submit(count)
    again = record(count, held, 3)
    assert (again.needs_recount, again.first_quantity, again.variance) == (False, 2, -1)
    with pytest.raises(RuleViolation, match="Say why the shelves differ"):
        submit(count, "")
    assert submit(count).status == CountStatus.POSTED
    movement = StockMovement.objects.get(kind="ADJUSTMENT")
    assert (movement.value, movement.document_number, movement.note) == (-5, count.number, "broken")
    assert figures(held) == (3, 15)
    with pytest.raises(IllegalTransition):
        submit(count)
    assert replay_differences() == []


def test_within_the_tolerance_one_count_is_enough() -> None:
    room = storeroom()
    room.count_tolerance_percent = Decimal(10)
    room.save()
    held = stock(20)
    count = start(held)
    assert record(count, held, 18).needs_recount is False
    assert record(start(stock(20)), StockItem.objects.latest("pk"), 17).needs_recount is True


def test_work_goes_on_while_counting_and_only_the_difference_is_posted() -> None:
    held = stock(10, 2)
    line = parts_request(work_order(), [part(held.item, 4)]).lines.get()
    count = start(held)
    record(count, held, 9), record(count, held, 9)
    issue_parts(request_line_id=line.pk, actor=boss(), at=NOW)
    submit(count)
    assert figures(held) == (5, 10)


def test_differences_above_the_limit_wait_for_a_second_person() -> None:
    room = storeroom()
    room.count_approval_above = Decimal(9)
    room.save()
    held = stock(4, 5)
    count = start(held)
    record(count, held, 2), record(count, held, 2)
    assert submit(count).status == CountStatus.TO_APPROVE
    assert figures(held)[0] == 4
    with pytest.raises(NotAllowed, match="You counted this yourself"):
        approve_count(count_id=count.pk, actor=boss(), at=NOW)
    second = person("cmms.approve_count")
    reopen_count(count_id=count.pk, reason="look behind the shelf", actor=second, at=NOW)
    with pytest.raises(RuleViolation, match="still to be counted"):
        submit(count)
    record(count, held, 1)
    submit(count)
    posted = approve_count(count_id=count.pk, actor=second, at=NOW)
    assert (posted.status, posted.approved_by, figures(held)) == (CountStatus.POSTED, second, (1, 5))


def test_promised_parts_are_not_counted_away() -> None:
    held = stock(4)
    parts_request(work_order(), [part(held.item, 3)])
    count = start(held)
    record(count, held, 2), record(count, held, 2)
    with pytest.raises(RuleViolation, match="3 are promised to work orders, but only 2 would be left"):
        submit(count)


def test_each_bin_and_lot_is_a_line_of_its_own() -> None:
    held = lots(tracked(Tracking.LOT, 5), a=(2, date(2026, 5, 1)), b=(3, None))
    lot = held.item.lots.get(number="b").pk
    move_between_bins(
        stock_item_id=held.pk,
        to_bin_id=a_bin("B-1").pk,
        quantity=Decimal(1),
        lot_id=lot,
        actor=boss(),
        at=NOW,
    )
    count = start(held)
    assert count.lines.count() == 3
    record(count, held, 2, lot__number="a")
    for _ in range(2):
        record(count, held, 0, bin__code="B-1")
    record(count, held, 2, lot__number="b", bin=None)
    found = add_count_line(
        count_id=count.pk, stock_item_id=held.pk, bin_id=a_bin("B-2").pk, lot_number="a", actor=boss(), at=NOW
    )
    for _ in range(2):
        record_count(count_line_id=found.pk, counted_quantity=Decimal(1), actor=boss(), at=NOW)
    submit(count)
    assert levels(held) == {("", "a"): 2, ("", "b"): 2, ("B-2", "a"): 1}
    assert replay_differences() == []


def test_numbers_that_are_missing_go_and_those_found_come() -> None:
    held = serials(tracked(Tracking.SERIAL, 4), "s1", "s2", "s3")
    count = start(held)
    with pytest.raises(RuleViolation, match="Note the serial numbers"):
        record(count, held, 4)
    record(count, held, 3, "s1", "s4"), record(count, held, 3, "s1", "s4")
    submit(count)
    assert set(held.serials.values_list("number", flat=True)) == {"s1", "s4"}
    assert set(Serial.objects.filter(status="GONE").values_list("number", flat=True)) == {"s2", "s3"}
    assert figures(held)[0] == 3
    assert replay_differences() == []


def test_a_number_that_is_elsewhere_on_the_books_is_not_counted_in() -> None:
    held = serials(tracked(Tracking.SERIAL, 2), "s1", "s2", bin_id=a_bin("B-1").pk)
    move_between_bins(
        stock_item_id=held.pk, from_bin_id=a_bin("B-1").pk, to_bin_id=a_bin("B-2").pk,
        serial_ids=[Serial.objects.get(number="s2").pk], actor=boss(), at=NOW,
    )  # fmt: skip
    count = start(held)
    for where, numbers in (("B-1", ("s1", "s2")), ("B-2", ("s2",))):
        record(count, held, None, *numbers, bin__code=where)
    record(count, held, None, "s1", "s2", bin__code="B-1")
    with pytest.raises(Conflict, match="s2 was found in"):
        submit(count)


def test_a_part_found_in_another_bin_makes_the_balance_detailed() -> None:
    held = stock(2, 3)
    count = start(held)
    record(count, held, 2)
    line = add_count_line(
        count_id=count.pk, stock_item_id=held.pk, bin_id=a_bin("Z").pk, actor=boss(), at=NOW
    )
    for _ in range(2):
        record_count(count_line_id=line.pk, counted_quantity=Decimal(1), actor=boss(), at=NOW)
    submit(count)
    assert (figures(held), levels(held)) == ((3, 9), {("", ""): 2, ("Z", ""): 1})
    assert replay_differences() == []


def test_sheets_are_narrowed_and_no_line_is_on_two_open_ones() -> None:
    first, second = stock(1), stock(1)
    second.abc_class = "A"
    second.save()
    assert [line.stock_item for line in start(abc_class="A").lines.all()] == [second]
    assert [line.stock_item for line in start().lines.all()] == [first]
    with pytest.raises(RuleViolation, match="nothing to count"):
        start()


def test_a_count_given_up_posts_nothing() -> None:
    held = stock(1)
    count = start(held)
    record(count, held, 0)
    cancel_count(count_id=count.pk, reason="wrong shelf", actor=boss(), at=NOW)
    assert figures(held)[0] == 1
    with pytest.raises(IllegalTransition):
        record(count, held, 0)


def test_what_was_counted_since_is_left_out() -> None:
    held, other = stock(1), stock(1)
    count = start(held)
    record(count, held, 1)
    submit(count)
    assert [line.stock_item for line in start(not_counted_since=NOW).lines.all()] == [other]


def test_a_long_sheet_takes_no_more_statements() -> None:
    found = []
    for size in (2, 12):
        held = [stock(2) for _ in range(size)]
        for each in held:
            adjust_stock(stock_item_id=each.pk, counted_quantity=Decimal(3), reason="x", actor=boss(), at=NOW)
        count = start(*held)
        for each in held:
            record(count, each, 1), record(count, each, 1)
        found.append(statements(lambda: submit(count)))  # noqa: B023
    assert found[0] == found[1]


def test_it_takes_the_right() -> None:
    stock(1)
    with pytest.raises(NotAllowed):
        start_count(storeroom_id=storeroom().pk, actor=person(), at=NOW)
