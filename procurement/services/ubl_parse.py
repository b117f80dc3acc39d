"""Read a UBL 2.1 invoice or credit note (Peppol BIS Billing 3): bytes in, plain values out, nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from procurement.choices import InvoiceKind, InvoiceLineKind
from procurement.services.invoice_parts import InvoiceLineInput, InvoiceTaxInput
from procurement.services.ubl_document import KINDS, Node, UblError, read_root

ZERO = Decimal(0)


@dataclass(frozen=True)
class ParsedSupplier:
    """Who sent it."""

    name: str
    endpoint_id: str
    tax_number: str
    address: str = ""


@dataclass(frozen=True)
class ParsedInvoice:
    """What the file says, with its own signs; charges and allowances of the whole document are lines."""

    kind: str
    number: str
    issued_on: date
    due_on: date | None
    currency: str
    supplier: ParsedSupplier
    order_reference: str
    note: str
    net_total: Decimal
    tax_total: Decimal
    gross_total: Decimal
    prepaid_amount: Decimal
    rounding_amount: Decimal
    payable_amount: Decimal
    lines: tuple[InvoiceLineInput, ...]
    taxes: tuple[InvoiceTaxInput, ...]


def parse_ubl(*, content: bytes) -> ParsedInvoice:
    """The invoice or credit note in these bytes. Raises UblError naming the element that is missing or wrong."""
    root = read_root(content=content)
    kind = KINDS[root.element.tag]
    currency = root.text("cbc:DocumentCurrencyCode", needed=True, longest=3)
    totals = root.one("cac:LegalMonetaryTotal")
    order_reference = root.text("cac:OrderReference/cbc:ID", longest=60)
    net = totals.amount("cbc:TaxExclusiveAmount", currency)
    gross = totals.amount("cbc:TaxInclusiveAmount", currency)
    return ParsedInvoice(
        kind=kind,
        number=root.text("cbc:ID", needed=True, longest=60),
        issued_on=root.day("cbc:IssueDate"),
        due_on=_due(root),
        currency=currency,
        supplier=_supplier(root),
        order_reference="" if order_reference.upper() == "NA" else order_reference,
        note=root.text("cbc:Note", longest=2000),
        net_total=net,
        tax_total=_tax_total(root, currency, gross - net),
        gross_total=gross,
        prepaid_amount=totals.amount("cbc:PrepaidAmount", currency, default=ZERO),
        rounding_amount=totals.amount("cbc:PayableRoundingAmount", currency, default=ZERO),
        payable_amount=totals.amount("cbc:PayableAmount", currency),
        lines=(*_lines(root, kind, currency), *_charges(root, currency)),
        taxes=tuple(_taxes(root, currency)),
    )


def _due(root: Node) -> date | None:
    for way in ("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate"):
        if root.maybe(way) is not None:
            return root.day(way)
    return None


def _supplier(root: Node) -> ParsedSupplier:
    party = root.one("cac:AccountingSupplierParty/cac:Party")
    name = party.text("cac:PartyLegalEntity/cbc:RegistrationName", longest=160) or party.text(
        "cac:PartyName/cbc:Name", longest=160
    )
    if not name:
        way = f"{party.path}/cac:PartyLegalEntity/cbc:RegistrationName"
        raise UblError(f"The element {way} is missing.", field=way)
    place = party.maybe("cac:PostalAddress")
    ways = ("cbc:StreetName", "cbc:PostalZone", "cbc:CityName", "cac:Country/cbc:IdentificationCode")
    tax = [
        scheme.text("cbc:CompanyID", longest=32)
        for scheme in party.all("cac:PartyTaxScheme")
        if scheme.text("cac:TaxScheme/cbc:ID").upper() == "VAT"
    ]
    return ParsedSupplier(
        name=name,
        endpoint_id=party.text("cbc:EndpointID", longest=64),
        tax_number=next(iter(tax), ""),
        address="\n".join(filter(None, (place.text(way) for way in ways))) if place else "",
    )


def _lines(root: Node, kind: str, currency: str) -> list[InvoiceLineInput]:
    credit = kind == InvoiceKind.CREDIT_NOTE
    name = "cac:CreditNoteLine" if credit else "cac:InvoiceLine"
    root.one(name)
    quantity = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    return [_line(node, quantity, currency) for node in root.all(name)]


def _line(node: Node, quantity: str, currency: str) -> InvoiceLineInput:
    item, price = node.one("cac:Item"), node.one("cac:Price")
    base = price.number("cbc:BaseQuantity", default=Decimal(1))
    if base <= 0:
        way = f"{price.path}/cbc:BaseQuantity"
        raise UblError(f"The element {way} must be above zero.", field=way)
    unit = node.one(quantity).element.get("unitCode") or ""
    return InvoiceLineInput(
        supplier_line_id=node.text("cbc:ID", needed=True, longest=60),
        description=item.text("cbc:Name") or item.text("cbc:Description"),
        quantity=round(node.number(quantity), 6),
        unit_code=unit[:10],
        unit_price=round(price.number("cbc:PriceAmount") / base, 6),
        net_amount=node.amount("cbc:LineExtensionAmount", currency),
        tax_category=item.text("cac:ClassifiedTaxCategory/cbc:ID", longest=4),
        tax_percent=_percent(item, "cac:ClassifiedTaxCategory/cbc:Percent"),
        order_reference=node.text("cac:OrderLineReference/cac:OrderReference/cbc:ID", longest=60),
        order_line_reference=node.text("cac:OrderLineReference/cbc:LineID", longest=60),
        supplier_item_code=item.text("cac:SellersItemIdentification/cbc:ID", longest=80),
        buyer_item_code=item.text("cac:BuyersItemIdentification/cbc:ID", longest=80),
    )


def _charges(root: Node, currency: str) -> Iterator[InvoiceLineInput]:
    """Charges and allowances of the whole document, as lines of their own."""
    for node in root.all("cac:AllowanceCharge"):
        indicator = node.one("cbc:ChargeIndicator")
        is_charge = {"true": True, "1": True, "false": False, "0": False}.get(indicator.text().lower())
        if is_charge is None:
            raise UblError(f"The element {indicator.path} is neither true nor false.", field=indicator.path)
        amount = node.amount("cbc:Amount", currency)
        signed = amount if is_charge else -amount
        yield InvoiceLineInput(
            # An allowance below zero takes money: that is a charge.
            kind=InvoiceLineKind.CHARGE if is_charge or signed > 0 else InvoiceLineKind.ALLOWANCE,
            description=node.text("cbc:AllowanceChargeReason")
            or node.text("cbc:AllowanceChargeReasonCode")
            or ("Charge" if is_charge else "Allowance"),
            quantity=Decimal(1),
            unit_price=signed,
            net_amount=signed,
            tax_category=node.text("cac:TaxCategory/cbc:ID", longest=4),
            tax_percent=_percent(node, "cac:TaxCategory/cbc:Percent"),
        )


def _tax_total(root: Node, currency: str, default: Decimal) -> Decimal:
    """The total in the document's currency; a second one may follow in the currency of the tax authority."""
    for node in root.all("cac:TaxTotal"):
        if node.one("cbc:TaxAmount").element.get("currencyID") in {None, currency}:
            return node.amount("cbc:TaxAmount", currency)
    return default


def _taxes(root: Node, currency: str) -> Iterator[InvoiceTaxInput]:
    for total in root.all("cac:TaxTotal"):
        for node in total.all("cac:TaxSubtotal"):
            yield InvoiceTaxInput(
                category=node.text("cac:TaxCategory/cbc:ID", needed=True, longest=4),
                percent=_percent(node, "cac:TaxCategory/cbc:Percent"),
                taxable_amount=node.amount("cbc:TaxableAmount", currency),
                tax_amount=node.amount("cbc:TaxAmount", currency),
                exemption_reason=node.text("cac:TaxCategory/cbc:TaxExemptionReason", longest=200),
            )


def _percent(node: Node, way: str) -> Decimal:
    value = node.number(way, default=ZERO)
    if not 0 <= value <= 100:
        path = f"{node.path}/{way}"
        raise UblError(f"The element {path} must be from 0 to 100.", field=path)
    return round(value, 4)
