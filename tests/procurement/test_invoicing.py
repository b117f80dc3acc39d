"""Taking in invoices by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import ExchangeRate
from procurement.choices import InvoiceKind
from procurement.models import Invoice, InvoiceLine
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from tests.invoice_builders import TODAY, Office, bill, billed, office
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    direct_order,
    issued_order,
    item,
    order_lines,
    supplier,
)

D = Decimal


@pytest.fixture
def staff(db: None) -> Office:
    return office()


def line(**values: object) -> InvoiceLineInput:
    given: dict[str, object] = {
        "description": "Gear oil", "quantity": D(10), "unit_price": D(20), "net_amount": D(200), **values,
    }  # fmt: skip
    return InvoiceLineInput(**given)  # type: ignore[arg-type]


def resolved(invoice: Invoice) -> list[int | None]:
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("line_number")
    return list(lines.values_list("order_line_id", flat=True))


def test_totals_that_are_not_given_follow_from_the_lines(place: Yard, staff: Office) -> None:
    invoice = bill(place, staff, billed(None, "3", "9.99", tax="19"), billed(None, "1", "10"))
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total, invoice.payable_amount) == (
        D("39.97"),
        D("5.69"),
        D("45.66"),
        D("45.66"),
    )
    assert invoice.number.startswith("INV-")
    assert invoice.due_on and (invoice.due_on - invoice.issued_on).days == 30


def test_given_totals_are_kept_as_sent(place: Yard, staff: Office) -> None:
    taxes = (InvoiceTaxInput("S", D(20), D(200), D(40)),)
    invoice = bill(place, staff, billed(None), taxes=taxes, net_total=D(199), prepaid_amount=D(9))
    assert (invoice.net_total, invoice.gross_total, invoice.payable_amount) == (199, 239, 230)


@pytest.mark.parametrize("number", ["RE-2026/001", "re 2026 001", "RE2026001"])
def test_one_supplier_number_is_entered_once_however_it_is_typed(
    place: Yard, staff: Office, number: str
) -> None:
    first = bill(place, staff, billed(None), number="Re-2026-001")
    with pytest.raises(Conflict, match=first.number):
        bill(place, staff, billed(None), number=number)
    bill(place, staff, billed(None), number=number, kind=InvoiceKind.CREDIT_NOTE)


def test_lines_find_their_order_line_by_number_item_or_words(place: Yard, staff: Office) -> None:
    thing = item(place)
    order = issued_order(
        place,
        bought(place),
        bought(place, description="Seal", item_id=thing.pk),
        bought(place, description="Hose"),
    )
    oil, seal, hose = (each.pk for each in order_lines(order))
    invoice = enter_invoice(
        kind=InvoiceKind.INVOICE, supplier_id=place.supplier.pk, supplier_number="1", issued_on=TODAY, currency="EUR",
        order_reference=order.number.lower(), actor=staff.clerk, at=NOW,
        lines=[
            line(order_line_reference="1"),
            line(description="what we call it", buyer_item_code=thing.code),
            line(description="hose "),
            line(description="nothing of ours"),
            line(order_line_reference="77"),
        ],
    )  # fmt: skip
    assert resolved(invoice) == [oil, seal, hose, None, None]


def test_two_order_lines_that_fit_are_not_guessed_between(place: Yard, staff: Office) -> None:
    order = issued_order(place, bought(place), bought(place))
    invoice = bill(place, staff, line(order_reference=order.number))
    assert resolved(invoice) == [None]


def test_an_order_line_of_another_supplier_is_refused(place: Yard, staff: Office) -> None:
    other = Yard(**{**vars(place), "supplier": supplier(name="Other")})
    theirs = order_lines(direct_order(other))[0]
    with pytest.raises(RuleViolation, match="not on an order of this supplier"):
        bill(place, staff, billed(theirs))
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"supplier_number": " - "}, "supplier_number"),
        ({"currency": "Euro"}, "currency"),
        ({"lines": []}, "lines"),
        ({"lines": [line(net_amount=D("NaN"))]}, "lines.1"),
        ({"lines": [line(kind="ALLOWANCE")]}, "lines.1.net_amount"),
        ({"currency": "XAF"}, "currency"),
    ],
)
def test_what_is_missing_is_named(place: Yard, staff: Office, change: dict[str, object], field: str) -> None:
    given: dict[str, object] = {
        "kind": "INVOICE", "supplier_id": place.supplier.pk, "supplier_number": "1", "issued_on": TODAY,
        "currency": "EUR", "lines": [line()], "actor": staff.clerk, "at": NOW, **change,
    }  # fmt: skip
    with pytest.raises(RuleViolation) as refused:
        enter_invoice(**given)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert not Invoice.objects.exists()


def test_the_rate_of_the_day_is_frozen(place: Yard, staff: Office) -> None:
    ExchangeRate.objects.create(currency="USD", valid_on="2026-03-01", rate=D("0.9"))
    ExchangeRate.objects.create(currency="USD", valid_on="2026-03-03", rate=D("0.8"))
    assert bill(place, staff, billed(None), currency="USD").exchange_rate == D("0.9")


def test_entering_needs_the_right(place: Yard, staff: Office) -> None:
    with pytest.raises(NotAllowed):
        bill(place, Office(clerk=place.buyer, lead=staff.lead), billed(None))
