"""Two people at once, on real connections: one is served, the other is told plainly, and no limit is passed."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import close_old_connections, connection

from core.errors import Conflict, RuleViolation
from procurement.choices import InvoiceStatus, OrderStatus, ToleranceKind
from procurement.models import Approval, PurchaseOrder, PurchaseOrderLine, ToleranceRule
from procurement.services.approval import approve_order, approve_requisition
from procurement.services.ordering import submit_order
from procurement.services.quantities import mismatches
from tests.procurement_builders import (
    APPROVER,
    CLERK,
    NOW,
    Yard,
    bill,
    bought,
    covered_order,
    direct_order,
    issued_order,
    order_lines,
    person,
    received,
    requisition,
    requisition_lines,
    yard,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(transactional_db: None) -> Yard:
    return yard()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each on its own connection; what each returned or raised."""
    ready = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        close_old_connections()
        try:
            ready.wait(timeout=20)
            results[number] = act()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def failures(results: list[object]) -> list[Exception]:
    return [each for each in results if isinstance(each, Exception)]


def test_the_last_pieces_come_in_once(place: Yard) -> None:
    order = issued_order(place)
    received(place, order, "6")
    refused = failures(at_once(*[lambda: received(place, order, "4")] * 2))
    assert [type(error) for error in refused] == [RuleViolation]
    [line] = order_lines(order)
    assert line.net_received == 10
    assert PurchaseOrder.objects.get().status == OrderStatus.RECEIVED


def test_many_small_deliveries_at_once_stay_within_the_tolerance(place: Yard) -> None:
    ToleranceRule.objects.create(kind=ToleranceKind.RECEIPT_QUANTITY, percent=Decimal(10))
    order = issued_order(place)
    refused = failures(at_once(*[lambda: received(place, order, "2")] * 8))
    assert [type(error) for error in refused] == [RuleViolation] * 3
    assert PurchaseOrderLine.objects.get().net_received == 10
    assert not mismatches()


def test_of_two_approvers_of_an_order_one_wins_and_the_other_is_told(place: Yard) -> None:
    other = person("olga", *APPROVER, orders_up_to=Decimal(50_000))
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    refused = failures(
        at_once(
            lambda: approve_order(order_id=order.pk, actor=place.approver, at=NOW),
            lambda: approve_order(order_id=order.pk, actor=other, at=NOW),
        )
    )
    [told] = refused
    assert isinstance(told, Conflict)
    winner = Approval.objects.get(purchase_order=order).decided_by
    assert f"already approved by {winner}" in str(told)


def test_of_two_approvers_of_a_requisition_one_wins_and_the_other_is_told(place: Yard) -> None:
    other = person("olga", *APPROVER, requisitions_up_to=Decimal(50_000))
    made = requisition(place, approved=False)
    refused = failures(
        at_once(
            lambda: approve_requisition(requisition_id=made.pk, actor=place.approver, at=NOW),
            lambda: approve_requisition(requisition_id=made.pk, actor=other, at=NOW),
        )
    )
    assert [type(error) for error in refused] == [Conflict]
    assert Approval.objects.filter(requisition=made).count() == 1


def test_one_need_is_ordered_once_by_two_buyers(place: Yard) -> None:
    made = requisition(place)
    refused = failures(at_once(*[lambda: covered_order(place, made)] * 2))
    assert [type(error) for error in refused] == [Conflict]
    [line] = requisition_lines(made)
    assert line.quantity_ordered == 10
    assert PurchaseOrder.objects.count() == 1


def test_deliveries_of_two_orders_on_one_invoice_do_not_wait_for_each_other_in_a_circle(place: Yard) -> None:
    clerk = person("clara", *CLERK)
    first, second = issued_order(place, bought(place), bought(place)), issued_order(place, bought(place))
    lines = [*order_lines(second), *order_lines(first)]
    invoice = bill(place, clerk, "R-1", *[(line, "10", "20") for line in lines])
    for _ in range(5):
        results = at_once(
            lambda: received(place, first, "2", "2"),
            lambda: received(place, second, "2"),
        )
        assert not failures(results)
    invoice.refresh_from_db()
    assert invoice.status == InvoiceStatus.PAYABLE
    assert not mismatches()
