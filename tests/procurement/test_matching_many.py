"""Many invoices: in one batch, in few statements, by two jobs at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from core.models import ExchangeRate
from procurement.choices import InvoiceKind, InvoiceStatus
from procurement.models import Invoice, InvoiceLine, MatchLink
from procurement.services.matching import match_invoices
from procurement.services.quantities import mismatches
from tests.invoice_builders import Office, bill, billed, charge, holds_of, matched, office
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    issued_order,
    order_lines,
    received,
    yard,
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


def test_a_batch_ends_as_the_same_invoices_one_by_one(place: Yard, staff: Office) -> None:
    def scene() -> list[Invoice]:
        order = issued_order(place, bought(place, "20"), bought(place, "5", "7"))
        received(place, order, "12", "5")
        one, two = order_lines(order)
        return [
            bill(place, staff, billed(one, "8"), charge("3")),
            bill(place, staff, billed(one, "9"), billed(two, "5", "7.5")),
            bill(place, staff, billed(one, "2"), kind=InvoiceKind.CREDIT_NOTE),
            bill(place, staff, billed(one, "6", "21")),
            bill(place, staff, billed(two, "1", "7"), kind=InvoiceKind.CREDIT_NOTE),
        ]

    def picture(invoices: list[Invoice]) -> list[object]:
        return [
            (
                status_of(each),
                cost_of(each),
                sorted(
                    (hold.kind, hold.variance, hold.explanation.split(" on order")[0])
                    for hold in holds_of(each).values()
                ),
                sorted(
                    (link.quantity, link.amount, link.receipt_line is None)
                    for link in MatchLink.objects.filter(invoice_line__invoice=each, quantity__gt=0)
                ),
            )
            for each in invoices
        ]

    together, alone = scene(), scene()
    # The two scenes must not be taken for duplicates of each other.
    Invoice.objects.filter(pk__in=[each.pk for each in alone]).update(
        issued_on=NOW.date() - timedelta(days=90)
    )
    matched(staff, *together)
    for each in alone:
        matched(staff, each)
    assert picture(together) == picture(alone)
    assert mismatches() == []


@pytest.fixture
def one_statement_count(place: Yard, staff: Office) -> Callable[[int], tuple[int, int]]:
    def count(size: int) -> tuple[int, int]:
        order = issued_order(place, *[bought(place, description=f"Part {size} {n}") for n in range(size)])
        received(place, order, *["10"] * size)
        lines = order_lines(order)
        staff.clerk.has_perm("x.y"), staff.lead.has_perm("x.y")
        made: list[Invoice] = []
        entering = statements(
            lambda: made.append(
                bill(place, staff, *[billed(line, tax="20") for line in lines], number=f"N{size}")
            )
        )
        matching = statements(lambda: matched(staff, *made))
        assert status_of(made[0]) == InvoiceStatus.PAYABLE
        return entering, matching

    return count


def test_statements_do_not_grow_with_the_lines(one_statement_count: Callable[[int], tuple[int, int]]) -> None:
    small, large = one_statement_count(2), one_statement_count(40)
    assert small == large
    assert large[0] <= 10
    assert large[1] <= 18


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_never_pay_one_order_line_twice() -> None:
    place, staff = yard(), office()
    order = issued_order(place)
    received(place, order, "10")
    line = order_lines(order)[0]
    bills = [
        bill(place, staff, billed(line)),
        bill(place, staff, billed(line), on=NOW.date() - timedelta(days=90)),
    ]
    start = threading.Barrier(2)
    failures: list[BaseException] = []

    def job(invoice: Invoice) -> None:
        try:
            start.wait(10)
            match_invoices(invoice_ids=[invoice.pk], actor=staff.lead, at=NOW)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    jobs = [threading.Thread(target=job, args=(each,)) for each in bills]
    for each in jobs:
        each.start()
    for each in jobs:
        each.join(30)

    assert not failures
    outcomes = {status_of(each): set(holds_of(each)) for each in bills}
    assert set(outcomes) == {"PAYABLE", "HELD"}
    assert {"QUANTITY_OVER_ORDERED", "QUANTITY_OVER_RECEIVED"} <= outcomes["HELD"]
    line.refresh_from_db()
    assert line.quantity_billed == line.quantity, "never more billed than ordered"
    for each in bills:
        matched(staff, each)
    assert sorted(status_of(each) for each in bills) == ["HELD", "PAYABLE"], "and it stays so"
