"""Invoices against orders and receipts, as stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import ExchangeRate
from procurement.choices import InvoiceKind, InvoiceStatus, LineKind, MatchLevel, OrderStatus, ToleranceKind
from procurement.models import Hold, Invoice, InvoiceLine, MatchLink, Supplier
from procurement.services.matching import rematch_order_lines
from procurement.services.quantities import mismatches
from procurement.services.receiving import ReceiptLineInput, return_goods
from tests.invoice_builders import Office, bill, billed, charge, holds_of, matched, office, tolerance
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    direct_order,
    issued_order,
    order_lines,
    received,
)

D = Decimal


@pytest.fixture
def staff(db: None) -> Office:
    return office()


@pytest.fixture
def usd_rate(db: None) -> None:
    ExchangeRate.objects.create(currency="USD", valid_on=NOW.date(), rate=D("0.9"))


def status_of(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).status


def cost_of(invoice: Invoice) -> list[Decimal | None]:
    return list(
        InvoiceLine.objects.filter(invoice=invoice)
        .order_by("line_number")
        .values_list("cost_amount", flat=True)
    )


def statements(run: Callable[[], object]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run()
    noise = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not query["sql"].startswith(noise) for query in captured.captured_queries)


def test_what_was_ordered_and_came_is_posted_and_payable(
    place: Yard, staff: Office, announced: list[tuple[str, dict[str, Any]]]
) -> None:
    order = issued_order(place)
    received(place, order, "10")
    line = order_lines(order)[0]
    invoice = bill(place, staff, billed(line))

    assert [(each.status, each.holds) for each in matched(staff, invoice)] == [("PAYABLE", ())]

    line.refresh_from_db()
    assert (line.quantity_billed, line.amount_billed) == (10, 200)
    assert cost_of(invoice) == [200]
    assert mismatches() == []
    posted = [carried for name, carried in announced if name == "invoices_posted"]
    assert [(each["invoice_ids"], each["order_line_ids"]) for each in posted] == [((invoice.pk,), (line.pk,))]


def test_an_invoice_before_the_receipt_is_posted_and_the_receipt_frees_its_payment(
    place: Yard, staff: Office
) -> None:
    order = issued_order(place)
    line = order_lines(order)[0]
    invoice = bill(place, staff, billed(line))

    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.POSTED
    assert set(holds_of(invoice)) == {"QUANTITY_OVER_RECEIVED"}

    received(place, order, "10")
    rematch_order_lines(order_line_ids=[line.pk], actor=None, at=NOW)
    assert status_of(invoice) == InvoiceStatus.PAYABLE
    assert Hold.objects.get(invoice=invoice).status == "CLEARED"
    links = MatchLink.objects.filter(invoice_line__invoice=invoice)
    assert [(link.quantity, link.receipt_line is not None) for link in links] == [(10, True)]


def test_a_return_after_the_bill_blocks_its_payment_until_the_credit_comes(
    place: Yard, staff: Office
) -> None:
    order = issued_order(place)
    received(place, order, "10")
    line = order_lines(order)[0]
    invoice = bill(place, staff, billed(line))
    matched(staff, invoice)

    return_goods(
        order_id=order.pk, lines=[ReceiptLineInput(line.pk, D(4))], note="Rust", actor=place.receiver, at=NOW
    )
    rematch_order_lines(order_line_ids=[line.pk], actor=None, at=NOW)
    assert status_of(invoice) == InvoiceStatus.POSTED

    credit = bill(place, staff, billed(line, "4"), kind=InvoiceKind.CREDIT_NOTE)
    matched(staff, credit)
    assert status_of(invoice) == InvoiceStatus.PAYABLE
    line.refresh_from_db()
    assert (line.quantity_billed, line.quantity_credited, line.amount_billed) == (10, 4, 120)
    assert mismatches() == []


def test_rejected_pieces_are_not_paid_for(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10", rejected="1")
    invoice = bill(place, staff, billed(order_lines(order)[0]))
    matched(staff, invoice)

    hold = holds_of(invoice)["QUANTITY_OVER_RECEIVED"]
    assert hold.variance == 1
    assert "Billed 10 PCE; received, less rejected and returned, are 9 PCE." in hold.explanation


def test_the_price_hold_says_the_arithmetic(place: Yard, staff: Office) -> None:
    tolerance(ToleranceKind.PRICE, "2")
    order = issued_order(place, bought(place, "12", "50"))
    received(place, order, "12")
    invoice = bill(place, staff, billed(order_lines(order)[0], "12", "55"))
    matched(staff, invoice)

    hold = holds_of(invoice)["PRICE"]
    assert hold.explanation == (
        "Billed 12 PCE at 55.00 EUR; the order says 50.00 EUR. That is 5.00 (10.0 %) above; "
        "your tolerance is 2 % (company)."
    )
    assert (hold.variance, hold.limit, hold.limit_source, hold.blocks) == (5, 1, "company", "PAY")
    assert hold.waits_for and hold.remedy
    assert status_of(invoice) == InvoiceStatus.POSTED


@pytest.mark.parametrize(
    ("level", "status"), [("TWO_WAY", "PAYABLE"), ("THREE_WAY", "POSTED"), ("FOUR_WAY", "POSTED")]
)
def test_the_level_says_whether_a_receipt_is_waited_for(
    place: Yard, staff: Office, level: str, status: str
) -> None:
    order = issued_order(place, bought(place, match_level=MatchLevel(level)))
    invoice = bill(place, staff, billed(order_lines(order)[0]))
    matched(staff, invoice)
    assert status_of(invoice) == status


def test_a_charge_line_of_the_order_needs_no_receipt_and_keeps_its_own_cost(
    place: Yard, staff: Office
) -> None:
    order = issued_order(
        place, bought(place), bought(place, "1", "30", kind=LineKind.CHARGE, description="Freight")
    )
    received(place, order, "10")
    goods, freight = order_lines(order)
    invoice = bill(place, staff, billed(goods), billed(freight, "1", "30"))
    matched(staff, invoice)

    assert status_of(invoice) == InvoiceStatus.PAYABLE
    freight.refresh_from_db()
    assert freight.amount_billed == 30

    again = bill(place, staff, billed(freight, "1", "5"))
    matched(staff, again)
    assert set(holds_of(again)) == {"CHARGE"}


def test_charges_of_no_order_are_held_and_spread_over_the_goods(place: Yard, staff: Office) -> None:
    order = issued_order(place, bought(place), bought(place, "1", "100", description="Seal"))
    received(place, order, "10", "1")
    first, second = order_lines(order)
    invoice = bill(
        place, staff, billed(first), billed(second, "1", "100"), charge("10"), charge("-1", "ALLOWANCE")
    )
    matched(staff, invoice)

    assert set(holds_of(invoice)) == {"CHARGE"}
    assert cost_of(invoice) == [206, 103, None, None]


def test_tax_that_cannot_be_recovered_is_part_of_the_cost(place: Yard, staff: Office) -> None:
    order = issued_order(
        place,
        bought(place, tax_percent=D(20), tax_recoverable=False),
        bought(place, "1", "100", tax_percent=D(20)),
    )
    received(place, order, "10", "1")
    first, second = order_lines(order)
    invoice = bill(place, staff, billed(first, tax="20"), billed(second, "1", "100", tax="20"))
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.PAYABLE
    assert cost_of(invoice) == [240, 100]


def test_what_is_not_on_an_order_is_not_posted(place: Yard, staff: Office) -> None:
    invoice = bill(place, staff, billed(None))
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.HELD
    assert set(holds_of(invoice)) == {"NO_ORDER_LINE"}


def test_an_order_written_after_the_bill_holds_it_until_it_is_issued(place: Yard, staff: Office) -> None:
    order = direct_order(place)
    line = order_lines(order)[0]
    invoice = bill(place, staff, billed(line))
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.HELD
    assert "ORDER_NOT_OPEN" in holds_of(invoice)
    assert order.status == OrderStatus.DRAFT


def test_another_currency_is_not_posted(place: Yard, staff: Office, usd_rate: None) -> None:
    order = issued_order(place)
    invoice = bill(place, staff, billed(order_lines(order)[0]), currency="USD")
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.HELD
    assert set(holds_of(invoice)) == {"CURRENCY"}


def test_totals_that_do_not_add_up_are_not_posted(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10")
    invoice = bill(place, staff, billed(order_lines(order)[0]), net_total=D("200.01"))
    matched(staff, invoice)
    assert set(holds_of(invoice)) == {"TOTAL"}
    assert (
        "the lines come to 200.00 EUR, the net total says 200.01 EUR"
        in holds_of(invoice)["TOTAL"].explanation
    )
    assert status_of(invoice) == InvoiceStatus.HELD


def test_tax_that_does_not_add_up_is_not_posted(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10")
    invoice = bill(place, staff, billed(order_lines(order)[0], tax="20"), tax_total=D("41"))
    matched(staff, invoice)
    assert set(holds_of(invoice)) == {"TAX"}


def test_a_blocked_supplier_is_not_paid_until_it_is_approved_again(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10")
    invoice = bill(place, staff, billed(order_lines(order)[0]))
    Supplier.objects.filter(pk=place.supplier.pk).update(status="BLOCKED")
    matched(staff, invoice)
    assert set(holds_of(invoice)) == {"SUPPLIER_BLOCKED"}
    Supplier.objects.filter(pk=place.supplier.pk).update(status="APPROVED")
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.PAYABLE


def test_the_same_amount_within_a_month_is_a_possible_duplicate(place: Yard, staff: Office) -> None:
    order = issued_order(place, bought(place, "20"))
    received(place, order, "20")
    line = order_lines(order)[0]
    first, second = (
        bill(place, staff, billed(line), number="A 1"),
        bill(place, staff, billed(line), number="A 2"),
    )
    matched(staff, first, second)
    assert status_of(first) == InvoiceStatus.PAYABLE
    assert set(holds_of(second)) == {"DUPLICATE"}
    assert "A 1" in holds_of(second)["DUPLICATE"].explanation


def test_a_later_bill_of_the_same_amount_is_no_duplicate(place: Yard, staff: Office) -> None:
    order = issued_order(place, bought(place, "20"))
    received(place, order, "20")
    line = order_lines(order)[0]
    first = bill(place, staff, billed(line))
    second = bill(place, staff, billed(line), on=first.issued_on + timedelta(days=31))
    matched(staff, first, second)
    assert status_of(second) == InvoiceStatus.PAYABLE


def test_no_more_is_credited_than_was_billed(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10")
    line = order_lines(order)[0]
    credit = bill(place, staff, billed(line), kind=InvoiceKind.CREDIT_NOTE)
    matched(staff, credit)
    assert set(holds_of(credit)) == {"CREDIT_OVER_BILLED"}
    assert status_of(credit) == InvoiceStatus.HELD

    invoice = bill(place, staff, billed(line))
    matched(staff, invoice)
    assert status_of(credit) == InvoiceStatus.PAYABLE, "the bill it waited for has come"
    line.refresh_from_db()
    assert (line.quantity_billed, line.quantity_credited, line.amount_billed) == (10, 10, 0)


def test_a_negative_correction_takes_back_what_was_billed(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    received(place, order, "10")
    line = order_lines(order)[0]
    invoice, correction = bill(place, staff, billed(line)), bill(place, staff, billed(line, "-3"))
    matched(staff, invoice, correction)
    assert [status_of(invoice), status_of(correction)] == ["PAYABLE", "PAYABLE"]
    line.refresh_from_db()
    assert (line.quantity_billed, line.amount_billed) == (7, 140)
    assert mismatches() == []


def test_small_overruns_add_up_over_the_bills_of_a_line(place: Yard, staff: Office) -> None:
    tolerance(ToleranceKind.PRICE, "10")
    tolerance(ToleranceKind.LINE_VALUE, amount="5")
    order = issued_order(place, bought(place, "30"))
    received(place, order, "30")
    line = order_lines(order)[0]
    bills = [bill(place, staff, billed(line, "10", price)) for price in ("20.2", "20.21", "20.22")]
    matched(staff, *bills)
    assert [sorted(holds_of(each)) for each in bills] == [[], [], ["LINE_VALUE"]]


def test_history_tells_every_change_of_a_match(place: Yard, staff: Office) -> None:
    order = issued_order(place)
    invoice = bill(place, staff, billed(order_lines(order)[0]))
    matched(staff, invoice)
    last = Invoice.history.filter(id=invoice.pk).order_by("-history_id").first()
    assert (last.status, last.history_user) == ("POSTED", staff.lead)
    assert Hold.objects.get(invoice=invoice).history.count() == 1
