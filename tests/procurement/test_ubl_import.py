"""E-invoices as suppliers send them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.models import Attachment, ExchangeRate
from procurement.choices import InvoiceKind, InvoiceStatus, SupplierStatus
from procurement.models import Invoice, InvoiceLine, InvoiceTax, Supplier
from procurement.services.matching import match_invoices
from procurement.services.ubl_import import UblError, import_invoice, parse_ubl
from tests.invoice_builders import Office, office
from tests.procurement_builders import NOW, Yard, bought, issued_order, order_lines, person, received

D = Decimal
EXAMPLES = (
    "Allowance-example", "Vat-category-S", "base-creditnote-correction", "base-example",
    "base-negative-inv-correction", "sales-order-example", "vat-category-E", "vat-category-O", "vat-category-Z",
)  # fmt: skip

# Our own, in the shape of Peppol BIS Billing 3.
SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>K-77</cbc:ID><cbc:IssueDate>2026-03-01</cbc:IssueDate>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="0088">4012345000009</cbc:EndpointID>
<cac:PartyTaxScheme><cbc:CompanyID>DE123456789</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Kessel GmbH</cbc:RegistrationName>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">38.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">200.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">38.00</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">200.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">200.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">238.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">238.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="H87">10</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">200.00</cbc:LineExtensionAmount>
<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>Gear oil</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
</cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">40</cbc:PriceAmount><cbc:BaseQuantity>2</cbc:BaseQuantity></cac:Price>
</cac:InvoiceLine></Invoice>"""


def small(order: str = "PO-000001", **changes: str) -> bytes:
    text = SMALL.format(order=order)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


@pytest.fixture
def staff(db: None) -> Office:
    for currency in ("GBP", "SEK"):
        ExchangeRate.objects.create(currency=currency, valid_on=date(2020, 1, 1), rate=D("1.1"))
    return office()


def figure(root: etree._Element, name: str) -> Decimal:
    found = root.findtext(f"{{*}}LegalMonetaryTotal/{{*}}{name}")
    return D(found) if found else D(0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_peppol_example_is_taken_in_with_the_totals_of_the_file(
    name: str, staff: Office, shared_data: Path
) -> None:
    content = (shared_data / "einvoice" / "peppol-billing3" / f"{name}.xml").read_bytes()
    invoice = import_invoice(
        content=content, name=f"{name}.xml", actor=staff.clerk, at=NOW, create_supplier=True
    )

    root = etree.fromstring(content)
    invoice.refresh_from_db()
    assert invoice.net_total == figure(root, "TaxExclusiveAmount")
    assert invoice.gross_total == figure(root, "TaxInclusiveAmount")
    assert invoice.prepaid_amount == figure(root, "PrepaidAmount")
    assert invoice.payable_amount == figure(root, "PayableAmount")
    assert invoice.tax_total == D(root.findtext("{*}TaxTotal/{*}TaxAmount") or "0")
    lines = InvoiceLine.objects.filter(invoice=invoice)
    assert sum(line.net_amount for line in lines) == invoice.net_total
    assert sum(line.net_amount for line in lines if line.kind == "GOODS") == figure(
        root, "LineExtensionAmount"
    )
    assert sum(row.tax_amount for row in InvoiceTax.objects.filter(invoice=invoice)) == invoice.tax_total
    is_credit = etree.QName(root).localname == "CreditNote"
    assert invoice.kind == (InvoiceKind.CREDIT_NOTE if is_credit else InvoiceKind.INVOICE)
    assert invoice.original is not None
    with invoice.original.file.open("rb") as kept:
        assert kept.read() == content
    assert invoice.supplier.status == SupplierStatus.PENDING
    match_invoices(invoice_ids=[invoice.pk], actor=staff.lead, at=NOW)
    kinds = set(invoice.holds.values_list("kind", flat=True))
    assert "TOTAL" not in kinds and "TAX" not in kinds


def test_an_order_billed_by_file_is_matched_to_the_end(place: Yard, staff: Office) -> None:
    order = issued_order(place, bought(place, tax_percent=D(19)))
    received(place, order, "10")
    invoice = import_invoice(content=small(order.number), name="k77.xml", actor=staff.clerk, at=NOW)
    line = InvoiceLine.objects.get(invoice=invoice)
    assert line.order_line_id == order_lines(order)[0].pk
    assert (line.unit_price, line.unit_code) == (20, "H87")
    match_invoices(invoice_ids=[invoice.pk], actor=staff.lead, at=NOW)
    assert Invoice.objects.get(pk=invoice.pk).status == InvoiceStatus.PAYABLE


def test_a_peppol_example_on_our_order_is_matched_to_the_end(
    place: Yard, staff: Office, shared_data: Path
) -> None:
    order = issued_order(
        place,
        bought(place, "7", "400", tax_percent=D(25)),
        bought(place, "5", "500", tax_percent=D(25), description="Second"),
        bought(place, "1", "25", tax_percent=D(25), description="Insurance", kind="CHARGE"),
    )
    received(place, order, "7")
    text = (shared_data / "einvoice" / "peppol-billing3" / "sales-order-example.xml").read_text()
    first = etree.fromstring(text.encode()).findtext("{*}OrderReference/{*}ID") or ""
    text = text.replace(f"<cbc:ID>{first}</cbc:ID>", f"<cbc:ID>{order.number}</cbc:ID>", 1)
    text = text.replace("<cbc:LineID>123</cbc:LineID>", "<cbc:LineID>1</cbc:LineID>")
    Supplier.objects.filter(pk=place.supplier.pk).update(endpoint_id="9482348239847239874")
    invoice = import_invoice(content=text.encode(), name="x.xml", actor=staff.clerk, at=NOW)
    assert invoice.supplier_id == place.supplier.pk
    outcome = match_invoices(invoice_ids=[invoice.pk], actor=staff.lead, at=NOW)[0]
    line = order_lines(order)[0]
    assert outcome.status in {InvoiceStatus.POSTED, InvoiceStatus.PAYABLE}
    assert line.quantity_billed == 4, "seven billed, three taken back"
    assert line.amount_billed == 1300


def test_the_same_file_twice_is_one_invoice(place: Yard, staff: Office) -> None:
    first = import_invoice(content=small(), name="a.xml", actor=staff.clerk, at=NOW)
    assert import_invoice(content=small(), name="b.xml", actor=staff.clerk, at=NOW).pk == first.pk
    assert Invoice.objects.count() == Attachment.objects.count() == 1


def test_the_same_number_in_another_file_is_refused(place: Yard, staff: Office) -> None:
    first = import_invoice(content=small(), name="a.xml", actor=staff.clerk, at=NOW)
    with pytest.raises(Conflict, match=first.number):
        import_invoice(content=small() + b"\n", name="b.xml", actor=staff.clerk, at=NOW)


BROKEN = {
    "a missing number": ("<cbc:ID>K-77</cbc:ID>", "", "/Invoice/cbc:ID"),
    "no date": ("2026-03-01", "1st of March", "/Invoice/cbc:IssueDate"),
    "no amount due": ('<cbc:PayableAmount currencyID="EUR">238.00</cbc:PayableAmount>', "",
                      "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"),
    "a word for a quantity": (">10</cbc:InvoicedQuantity>", ">ten</cbc:InvoicedQuantity>",
                              "/Invoice/cac:InvoiceLine/cbc:InvoicedQuantity"),
    "not a number": (">10</cbc:InvoicedQuantity>", ">NaN</cbc:InvoicedQuantity>",
                     "/Invoice/cac:InvoiceLine/cbc:InvoicedQuantity"),
    "an endless number": (">10</cbc:InvoicedQuantity>", ">1e99999</cbc:InvoicedQuantity>",
                          "/Invoice/cac:InvoiceLine/cbc:InvoicedQuantity"),
    "a line in other money": ('<cbc:LineExtensionAmount currencyID="EUR">200.00</cbc:LineExtensionAmount>\n<cac:Order',
                              '<cbc:LineExtensionAmount currencyID="USD">200.00</cbc:LineExtensionAmount>\n<cac:Order',
                              "/Invoice/cac:InvoiceLine/cbc:LineExtensionAmount"),
    "a price for nothing": ("<cbc:BaseQuantity>2<", "<cbc:BaseQuantity>0<",
                            "/Invoice/cac:InvoiceLine/cac:Price/cbc:BaseQuantity"),
    "no supplier": ("<cbc:RegistrationName>Kessel GmbH</cbc:RegistrationName>", "",
                    "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
    "no currency": ("<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", "",
                    "/Invoice/cbc:DocumentCurrencyCode"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_refused_by_element_and_nothing_is_stored(
    what: str, place: Yard, staff: Office
) -> None:
    old, new, element = BROKEN[what]
    with pytest.raises(UblError) as refused:
        import_invoice(content=small(change=(old, new)), name="x.xml", actor=staff.clerk, at=NOW)
    assert refused.value.field == element
    assert element in refused.value.message
    assert not Invoice.objects.exists() and not Attachment.objects.exists()


HOSTILE = {
    "a document type": b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "entities that multiply": b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]>',
    "an outside document type": b'<!DOCTYPE Invoice SYSTEM "file:///etc/hosts">',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_document_type_is_refused(what: str) -> None:
    start, rest = small().split(b"\n", 1)
    with pytest.raises(UblError, match="DOCTYPE"):
        parse_ubl(content=start + HOSTILE[what] + rest)


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.4", b"<Invoice/>", b"<a>" * 300, small()[:-30], b"<html></html>", b"\xff\xfe\x00"],
)
def test_what_is_no_invoice_is_refused(content: bytes) -> None:
    with pytest.raises(UblError):
        parse_ubl(content=content)


def test_deep_nesting_is_refused() -> None:
    deep = b"<cac:A>" * 60 + b"</cac:A>" * 60
    with pytest.raises(UblError, match="nested"):
        parse_ubl(content=small().replace(b"</Invoice>", deep + b"</Invoice>"))


def test_cut_anywhere_a_file_is_refused_or_whole() -> None:
    whole = small()
    for position in range(0, len(whole) - 1, 53):
        with pytest.raises(UblError):
            parse_ubl(content=whole[:position])


def test_without_any_element_a_file_is_read_or_refused_plainly() -> None:
    elements = re.findall(rb"<(c[ab]c:\w+)", small())
    for name in sorted(set(elements)):
        gone = re.sub(rb"<(/?)" + name + rb"\b", rb"<\1cbc:Gone", small())
        try:
            parse_ubl(content=gone)
        except UblError as refused:
            assert refused.field and refused.field.startswith("/")


def test_an_unknown_supplier_is_refused_with_what_to_do(staff: Office) -> None:
    with pytest.raises(NotFound, match="Add the supplier first"):
        import_invoice(content=small(), name="x.xml", actor=staff.clerk, at=NOW)
    assert not Attachment.objects.exists()


def test_two_suppliers_that_fit_are_not_guessed_between(place: Yard, staff: Office) -> None:
    Supplier.objects.create(code="TWIN", name=place.supplier.name)
    with pytest.raises(RuleViolation, match="More than one supplier"):
        import_invoice(content=small(), name="x.xml", actor=staff.clerk, at=NOW)


def test_who_may_not_enter_invoices_may_not_import_them(place: Yard) -> None:
    with pytest.raises(NotAllowed):
        import_invoice(content=small(), name="x.xml", actor=person("nobody"), at=NOW)


def test_the_command_takes_good_files_and_names_bad_ones(place: Yard, staff: Office, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(small())
    bad.write_bytes(small(change=("K-77", "")))
    out, err = StringIO(), StringIO()
    call_command("import_invoice", good, "--actor", "carla", "--dry-run", stdout=out, stderr=err)
    assert "would be taken in" in out.getvalue() and not Invoice.objects.exists()
    with pytest.raises(CommandError, match="1 of 2 files refused"):
        call_command("import_invoice", bad, good, "--actor", "carla", stdout=out, stderr=err)
    assert "bad.xml: The element /Invoice/cbc:ID is empty." in err.getvalue()
    assert Invoice.objects.get().supplier_number == "K-77"
