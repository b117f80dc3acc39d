"""Invoices, people who handle them, and tolerances for tests; documents are made by the services."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.models import User
from procurement.choices import InvoiceKind, InvoiceLineKind, ToleranceKind
from procurement.models import Hold, Invoice, PurchaseOrderLine, ToleranceRule
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.matching import MatchOutcome, match_invoices
from tests.procurement_builders import NOW, Yard, person

D = Decimal
_serial = itertools.count(1)
TODAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Office:
    """Who handles bills: one enters them, another decides."""

    clerk: User
    lead: User


def office() -> Office:
    return Office(
        clerk=person("carla", "procurement.enter_invoice"),
        lead=person(
            "lena",
            "procurement.match_invoice",
            "procurement.release_hold",
            "procurement.place_hold",
            "procurement.enter_invoice",
        ),
    )


def billed(
    line: PurchaseOrderLine | None,
    quantity: str = "10",
    price: str = "20",
    *,
    net: str | None = None,
    kind: str = InvoiceLineKind.GOODS,
    tax: str = "0",
) -> InvoiceLineInput:
    """A billed line of an order line."""
    amount = D(quantity) * D(price) if net is None else D(net)
    return InvoiceLineInput(
        description=line.description if line else "Something",
        quantity=D(quantity),
        unit_price=D(price),
        net_amount=amount,
        kind=kind,
        tax_percent=D(tax),
        order_line_id=line.pk if line else None,
    )


def charge(amount: str, kind: str = InvoiceLineKind.CHARGE) -> InvoiceLineInput:
    """A charge (or an allowance, below zero) of the whole bill."""
    return billed(None, "1", amount, kind=kind)


def bill(
    place: Yard,
    staff: Office,
    *lines: InvoiceLineInput,
    kind: str = InvoiceKind.INVOICE,
    number: str = "",
    taxes: tuple[InvoiceTaxInput, ...] = (),
    on: date = TODAY,
    currency: str = "EUR",
    **totals: Decimal,
) -> Invoice:
    """An entered invoice of the yard's supplier."""
    return enter_invoice(
        kind=kind,
        supplier_id=place.supplier.pk,
        supplier_number=number or f"R-{next(_serial)}",
        issued_on=on,
        currency=currency,
        lines=lines,
        taxes=taxes,
        actor=staff.clerk,
        at=NOW,
        **totals,
    )


def matched(staff: Office, *invoices: Invoice) -> list[MatchOutcome]:
    """The outcome of matching them together."""
    return match_invoices(invoice_ids=[each.pk for each in invoices], actor=staff.lead, at=NOW)


def holds_of(invoice: Invoice) -> dict[str, Hold]:
    """Its active holds by kind."""
    return {hold.kind: hold for hold in Hold.objects.active().filter(invoice=invoice)}


def tolerance(
    kind: str = ToleranceKind.PRICE,
    percent: str | None = None,
    amount: str | None = None,
    **scope: object,
) -> ToleranceRule:
    """A rule; of the company unless a supplier or category is given."""
    return ToleranceRule.objects.create(
        kind=kind,
        percent=None if percent is None else D(percent),
        amount=None if amount is None else D(amount),
        **scope,
    )
