"""How many SQL statements an order costs: few, and the same for 20 lines as for 200."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import User
from procurement.choices import InvoiceStatus
from procurement.models import PurchaseOrder, PurchaseOrderLine, RequisitionLine
from procurement.services.approval import approve_order
from procurement.services.order_changes import LineChange, cancel_order, close_order, revise_order
from procurement.services.ordering import (
    OrderLineInput,
    create_order,
    issue_order,
    order_requisition_lines,
    submit_order,
)
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.procurement_builders import (
    CLERK,
    NOW,
    Yard,
    bill,
    item,
    need,
    order_lines,
    person,
    requisition,
    requisition_lines,
)

pytestmark = pytest.mark.usefixtures("nobody_follows")
T = TypeVar("T")
SIZES = [20, 200]


def counted(act: Callable[[], T]) -> tuple[T, int]:
    """What the act returned, and how many statements it took (savepoints and BEGIN/COMMIT not counted)."""
    with CaptureQueriesContext(connection) as captured:
        result = act()
    said = [query["sql"] for query in captured.captured_queries]
    return result, len([sql for sql in said if "SAVEPOINT" not in sql and sql not in ("BEGIN", "COMMIT")])


def as_signed_in(user: User) -> User:
    """The user as a request loads it, knowing its permissions once one was asked for."""
    fresh = User.objects.get(pk=user.pk)
    fresh.get_all_permissions()
    return fresh


def lines_of(made: object) -> list[RequisitionLine]:
    return requisition_lines(made)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
def test_the_life_of_an_order_takes_few_statements_whatever_its_size(place: Yard, size: int) -> None:
    buyer, receiver = as_signed_in(place.buyer), as_signed_in(place.receiver)
    things = [item(place) for _ in range(size // 2)]
    made = requisition(place, *[need(place, "2", "20", thing) for thing in things])
    other = requisition(place, *[need(place, "1", "20") for _ in range(size // 2)])
    asked = [line.pk for line in [*lines_of(made), *lines_of(other)]]
    order, creating = counted(
        lambda: order_requisition_lines(
            requisition_line_ids=asked, supplier_id=place.supplier.pk, actor=buyer, at=NOW
        )
    )
    _, submitting = counted(lambda: submit_order(order_id=order.pk, actor=buyer, at=NOW))
    _, approving = counted(lambda: approve_order(order_id=order.pk, actor=buyer, at=NOW))
    _, issuing = counted(lambda: issue_order(order_id=order.pk, actor=buyer, at=NOW))
    lines = [ReceiptLineInput(line.pk, line.quantity) for line in order_lines(order)]
    assert len(lines) == size
    _, receiving = counted(
        lambda: receive_goods(order_id=order.pk, lines=lines, actor=receiver, at=NOW, delivery_note="DN-1")
    )
    clerk = as_signed_in(person("clara", *CLERK))
    billed = [(line, str(line.quantity), "20") for line in order_lines(order)]
    invoice, billing = counted(lambda: bill(place, clerk, "R-1", *billed))
    assert invoice.status == InvoiceStatus.PAYABLE
    spent = (creating, submitting, approving, issuing, receiving)
    for statements, most in zip(spent, (10, 2, 6, 4, 10), strict=True):
        assert statements <= most, spent
    assert sum(spent) + billing <= 52, (spent, billing)  # of 80; the rest is for whoever follows the events


def typed_order(place: Yard, buyer: User, size: int) -> PurchaseOrder:
    things = [item(place) for _ in range(size)]
    made = requisition(place, *[need(place, "2", "20", thing) for thing in things])
    lines = [
        OrderLineInput(
            description=line.description,
            quantity=line.quantity,
            unit_id=line.unit_id,
            unit_price=Decimal(20),
            item_id=line.item_id,
            requisition_lines=[(line.pk, line.quantity)],
        )
        for line in lines_of(made)
    ]
    order, statements = counted(
        lambda: create_order(
            supplier_id=place.supplier.pk, site_id=place.site.pk, lines=lines, actor=buyer, at=NOW
        )
    )
    assert statements <= 10
    return order


@pytest.mark.parametrize("size", SIZES)
def test_typing_revising_closing_and_cancelling_do_not_grow_with_the_lines(place: Yard, size: int) -> None:
    buyer = as_signed_in(place.buyer)
    order = typed_order(place, buyer, size)
    changes = [LineChange(line.pk, quantity=Decimal(1)) for line in order_lines(order)]
    _, revising = counted(
        lambda: revise_order(order_id=order.pk, changes=changes, reason="Half", actor=buyer, at=NOW)
    )
    approve_order(order_id=order.pk, actor=buyer, at=NOW)
    issue_order(order_id=order.pk, actor=buyer, at=NOW)
    _, closing = counted(lambda: close_order(order_id=order.pk, reason="x", actor=buyer, at=NOW))
    second = typed_order(place, buyer, size)
    _, cancelling = counted(lambda: cancel_order(order_id=second.pk, reason="x", actor=buyer, at=NOW))
    assert PurchaseOrderLine.objects.filter(order=order, quantity_cancelled=1).count() == size
    assert revising <= 12 and closing <= 5 and cancelling <= 10, (revising, closing, cancelling)
