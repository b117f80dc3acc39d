"""An order changes, ends early or is taken back."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, NotAllowed, RuleViolation
from procurement.choices import OrderStatus, RequisitionStatus
from procurement.decisions.progress import shrink
from procurement.models import OrderLineSource, PurchaseOrder, RequisitionLine
from procurement.services.approval import approve_order
from procurement.services.order_changes import LineChange, cancel_order, close_order, revise_order
from procurement.services.ordering import issue_order
from procurement.services.receiving import ReceiptLineInput, return_goods
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    covered_order,
    direct_order,
    issued_order,
    item,
    need,
    order_lines,
    received,
    requisition,
    requisition_lines,
)

Announced = list[tuple[str, dict[str, Any]]]


def revise(place: Yard, order: PurchaseOrder, **values: Any) -> PurchaseOrder:
    [line, *_] = order_lines(order)
    return revise_order(
        order_id=order.pk,
        changes=[LineChange(line.pk, **values)],
        reason="Agreed by phone",
        actor=place.buyer,
        at=NOW,
    )


def test_a_revision_keeps_what_the_order_said_before(place: Yard, announced: Announced) -> None:
    order = issued_order(place)
    changed = revise(place, order, quantity=Decimal(5))
    before = changed.revisions.get()
    assert (before.before["lines"][0]["quantity"], before.reason) == ("10.0000", "Agreed by phone")
    assert (changed.revision, changed.net_total) == (1, 100)
    assert announced[-1][0] == "order_revised"


def test_a_revision_that_changes_nothing_is_refused(place: Yard) -> None:
    with pytest.raises(RuleViolation, match="Nothing would change"):
        revise(place, issued_order(place), quantity=Decimal(10))


def test_an_order_is_never_for_less_than_is_held(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "6")
    with pytest.raises(RuleViolation, match="6 of line 1 Gear oil are received"):
        revise(place, order, quantity=Decimal(5))
    assert revise(place, order, quantity=Decimal(6)).status == OrderStatus.RECEIVED


def test_receive_all_return_all_and_revise_to_half(place: Yard) -> None:
    order = issued_order(place, bought(place, "10000", "1"))
    received(place, order, "10000")
    [line] = order_lines(order)
    return_goods(
        order_id=order.pk,
        lines=[ReceiptLineInput(line.pk, Decimal(10_000))],
        note="Wrong grade",
        actor=place.receiver,
        at=NOW,
    )
    assert revise(place, order, quantity=Decimal(5_000)).status == OrderStatus.ISSUED
    received(place, order, "5000")
    [line] = order_lines(order)
    assert (line.net_received, line.outstanding) == (5_000, 0)


def test_what_an_order_line_no_longer_orders_is_open_again_in_proportion(place: Yard) -> None:
    thing = item(place)
    made = requisition(place, need(place, "6", "20", thing), need(place, "4", "20", thing))
    order = covered_order(place, made)
    revise(place, order, quantity=Decimal(5))
    assert [line.quantity_ordered for line in requisition_lines(made)] == [3, 2]
    made.refresh_from_db()
    assert made.status == RequisitionStatus.APPROVED
    assert RequisitionLine.objects.to_order().count() == 2


def test_a_new_line_continues_the_numbers_and_takes_from_requisitions(place: Yard) -> None:
    order = covered_order(place)
    [more] = requisition_lines(requisition(place))
    revise_order(
        order_id=order.pk,
        changes=[],
        new_lines=[bought(place, kind="SERVICE", requisition_lines=[(more.pk, Decimal(10))])],
        reason="Also this",
        actor=place.buyer,
        at=NOW,
    )
    assert [line.line_number for line in order_lines(order)] == [1, 2]
    order.refresh_from_db()
    assert order.net_total == 400
    assert approve_order(order_id=order.pk, actor=place.buyer, at=NOW).status == OrderStatus.APPROVED


def test_a_short_close_cancels_what_is_still_out(place: Yard, announced: Announced) -> None:
    order = issued_order(place, bought(place), bought(place, "1", "30", kind="CHARGE"))
    received(place, order, "7")
    closed = close_order(order_id=order.pk, reason="Discontinued", actor=place.buyer, at=NOW)
    goods, charge = order_lines(order)
    assert (goods.quantity_cancelled, goods.outstanding, charge.quantity_cancelled) == (3, 0, 0)
    assert (closed.status, closed.close_reason) == (OrderStatus.CLOSED, "Discontinued")
    assert announced[-1][0] == "order_closed"
    with pytest.raises(Conflict):
        received(place, order, "1")
    with pytest.raises(Conflict):
        revise(place, order, quantity=Decimal(9))


def test_a_cancelled_order_gives_its_needs_back(place: Yard, announced: Announced) -> None:
    made = requisition(place)
    order = covered_order(place, made)
    approve_order(order_id=order.pk, actor=place.buyer, at=NOW)
    issue_order(order_id=order.pk, actor=place.buyer, at=NOW)
    cancel_order(order_id=order.pk, reason="Too late", actor=place.buyer, at=NOW)
    made.refresh_from_db()
    [line] = requisition_lines(made)
    assert (made.status, line.quantity_ordered) == (RequisitionStatus.APPROVED, 0)
    assert OrderLineSource.objects.get().quantity == 0
    assert announced[-1][0] == "order_cancelled"
    assert covered_order(place, made).status == OrderStatus.DRAFT


def test_an_order_of_which_something_came_is_closed_not_cancelled(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "1")
    with pytest.raises(Conflict, match="Close it instead"):
        cancel_order(order_id=order.pk, reason="x", actor=place.buyer, at=NOW)


@pytest.mark.parametrize("verb", [close_order, cancel_order])
def test_ending_an_order_needs_a_reason_and_the_right(place: Yard, verb: Any) -> None:
    order = issued_order(place)
    with pytest.raises(RuleViolation, match="reason"):
        verb(order_id=order.pk, reason="  ", actor=place.buyer, at=NOW)
    with pytest.raises(NotAllowed):
        verb(order_id=order.pk, reason="x", actor=place.receiver, at=NOW)


def test_a_draft_is_cancelled_by_who_may_make_one(place: Yard) -> None:
    order = direct_order(place)
    assert cancel_order(order_id=order.pk, reason="x", actor=place.buyer, at=NOW).status == "CANCELLED"


@given(
    parts=st.lists(st.decimals(0, 10_000, places=4), min_size=1, max_size=6),
    total=st.decimals(0, 10_000, places=4),
)
def test_shrunk_parts_sum_exactly_and_none_grows(parts: list[Decimal], total: Decimal) -> None:
    shares = shrink(parts, total)
    assert sum(shares) == min(sum(parts), total)
    for part, share in zip(parts, shares, strict=True):
        assert share >= 0
        assert share <= part + 1
