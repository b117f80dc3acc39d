"""Invoices that came too early, or ask too much, are looked at again when the order or the goods change."""

from decimal import Decimal

import pytest

from core.errors import Conflict, RuleViolation
from core.models import User
from procurement.choices import InvoiceStatus
from procurement.models import Invoice
from procurement.services.approval import approve_order
from procurement.services.order_changes import LineChange, cancel_order, close_order, revise_order
from procurement.services.ordering import issue_order, submit_order
from procurement.services.quantities import mismatches
from procurement.services.receiving import ReceiptLineInput, return_goods, reverse_receipt
from tests.procurement_builders import (
    CLERK,
    NOW,
    Yard,
    bill,
    direct_order,
    issued_order,
    order_lines,
    person,
    received,
)


@pytest.fixture
def clerk(place: Yard) -> User:
    return person("clara", *CLERK)


def status(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).status


def test_the_missing_receipt_frees_the_invoice(place: Yard, clerk: User) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    invoice = bill(place, clerk, "R-1", (line, "10", "20"))
    assert invoice.status != InvoiceStatus.PAYABLE
    received(place, order, "6")
    assert status(invoice) != InvoiceStatus.PAYABLE
    received(place, order, "4")
    assert status(invoice) == InvoiceStatus.PAYABLE
    [line] = order_lines(order)
    assert (line.quantity_billed, line.amount_billed) == (10, 200)
    assert not mismatches()


def test_a_return_or_a_reversal_blocks_payment_again(place: Yard, clerk: User) -> None:
    order = issued_order(place)
    came = received(place, order, "10")
    [line] = order_lines(order)
    invoice = bill(place, clerk, "R-1", (line, "10", "20"))
    assert status(invoice) == InvoiceStatus.PAYABLE
    back = return_goods(
        order_id=order.pk,
        lines=[ReceiptLineInput(line.pk, Decimal(3))],
        note="Rusty",
        actor=place.receiver,
        at=NOW,
    )
    assert status(invoice) == InvoiceStatus.POSTED
    reverse_receipt(receipt_id=back.pk, reason="Stayed here", actor=place.receiver, at=NOW)
    assert status(invoice) == InvoiceStatus.PAYABLE
    reverse_receipt(receipt_id=came.pk, reason="Other order", actor=place.receiver, at=NOW)
    assert status(invoice) == InvoiceStatus.POSTED


def test_a_revised_price_frees_the_invoice(place: Yard, clerk: User) -> None:
    order = issued_order(place)
    received(place, order, "10")
    [line] = order_lines(order)
    invoice = bill(place, clerk, "R-1", (line, "10", "25"))
    assert status(invoice) != InvoiceStatus.PAYABLE
    revise_order(
        order_id=order.pk,
        changes=[LineChange(line.pk, unit_price=Decimal(25))],
        reason="New price list",
        actor=place.approver,
        at=NOW,
    )
    assert status(invoice) == InvoiceStatus.PAYABLE


def test_an_invoice_before_the_order_is_out_waits_for_its_issue_and_the_goods(
    place: Yard, clerk: User
) -> None:
    order = direct_order(place)
    [line] = order_lines(order)
    invoice = bill(place, clerk, "R-1", (line, "10", "20"))
    assert status(invoice) == InvoiceStatus.HELD
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    approve_order(order_id=order.pk, actor=place.approver, at=NOW)
    issue_order(order_id=order.pk, actor=place.buyer, at=NOW)
    received(place, order, "10")
    assert status(invoice) == InvoiceStatus.PAYABLE


def test_what_is_billed_stays_on_the_order(place: Yard, clerk: User) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    bill(place, clerk, "R-1", (line, "4", "20"))
    with pytest.raises(RuleViolation, match="4 of line 1 Gear oil are billed"):
        revise_order(
            order_id=order.pk,
            changes=[LineChange(line.pk, quantity=Decimal(3))],
            reason="Fewer",
            actor=place.buyer,
            at=NOW,
        )
    with pytest.raises(Conflict, match="Close it instead"):
        cancel_order(order_id=order.pk, reason="x", actor=place.buyer, at=NOW)
    close_order(order_id=order.pk, reason="Enough", actor=place.buyer, at=NOW)
    [line] = order_lines(order)
    assert (line.quantity_cancelled, line.outstanding) == (6, 4)
