"""Bills that come as files, and work that a firm did: taken in, matched by a real worker, seen by finance."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.urls import reverse
from playwright.sync_api import Page, expect

from cmms.services.parts import RequestLineInput
from core.models import User
from procurement.models import GoodsReceipt, Invoice, PurchaseOrder
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.browser import has_sideways_scroll
from tests.plant import Plant
from tests.worker import WorkerProcess

SignedIn = Callable[[Page, User], Page]
# Our own, in the shape of Peppol BIS Billing 3.
UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-03-20</cbc:IssueDate>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party><cac:PartyLegalEntity>
<cbc:RegistrationName>Nordmann Drives</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>
</cac:AccountingSupplierParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">{net}</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">{gross}</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">{gross}</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="{unit}">{quantity}</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>
<cac:Item><cbc:Name>{words}</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
</cac:ClassifiedTaxCategory></cac:Item>
<cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price></cac:InvoiceLine></Invoice>"""


def ubl(order: PurchaseOrder, number: str, quantity: int, price: int) -> dict[str, object]:
    """The first line of an order, billed, as a file to upload."""
    line = order.lines.select_related("unit").earliest("line_number")
    net = Decimal(quantity * price)
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    text = UBL.format(
        number=number, order=order.number, quantity=quantity, price=price, unit=line.unit.code, words=line.description,
        net=f"{net:.2f}", tax=tax, gross=f"{net + tax:.2f}",
    )  # fmt: skip
    return {"name": f"{number}.xml", "mimeType": "application/xml", "buffer": text.encode()}


def bought(plant: Plant, line: RequestLineInput, price: str) -> PurchaseOrder:
    """A need of a work order of its own, ordered and issued."""
    work = plant.work_order()
    plant.request(work, line)
    return plant.order_needs(price=price, work_order=work)


def opened(page: Page, name: str, *args: object) -> Page:
    answer = page.goto(reverse(name, args=args), wait_until="networkidle")
    assert answer is not None and answer.ok, name
    assert not has_sideways_scroll(page), name
    return page


def accept(page: Page, order: PurchaseOrder) -> None:
    """The firm's work is accepted on its page, and everybody sees that it was."""
    opened(page, "procurement:order", order.pk)
    page.get_by_role("link", name="Accept service").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Accept a service: {order.number}")
    line = page.locator(".entry-line", has_text="Balance the rotor")
    expect(line).to_contain_text("1 PCE outstanding of 1")
    expect(line.locator("[name$='-quantity']")).to_have_value("1")
    page.locator("[name=note]").fill("Balanced to G 2.5, protocol seen")
    page.get_by_role("button", name="Accept", exact=True).click()
    receipt = GoodsReceipt.objects.get(order=order)
    expect(page.get_by_role("heading", level=1)).to_have_text(receipt.number)
    main = page.locator("main")
    for words in (
        "Service acceptance",
        "1. Balance the rotor",
        "1 PCE",
        "Balanced to G 2.5, protocol seen",
        order.number,
    ):
        expect(main).to_contain_text(words)
    opened(page, "procurement:order", order.pk)
    expect(
        page.locator("main tbody tr", has_text="Balance the rotor").locator("[data-label=Outstanding]")
    ).to_have_text("0")
    expect(page.get_by_role("link", name="Accept service")).to_have_count(0)


def upload(page: Page, *files: dict[str, object]) -> None:
    opened(page, "procurement:invoices").get_by_role("link", name="Upload UBL").click()
    page.locator("input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]
    page.get_by_role("button", name="Take in").click()
    page.wait_for_load_state("networkidle")
    assert not has_sideways_scroll(page)


def test_bills_come_as_files_are_matched_by_the_worker_and_seen_by_finance(
    plant: Plant,
    celery_worker_process: WorkerProcess,
    phone_page: Page,
    desktop_page: Page,
    signed_in: SignedIn,
) -> None:
    sleeves = bought(
        plant, RequestLineInput(kind="NON_CATALOGUE", quantity=Decimal(10), description="Special sleeve",
                                unit_id=plant.unit.pk), "20",
    )  # fmt: skip
    service = bought(
        plant, RequestLineInput(kind="SERVICE", quantity=Decimal(1), description="Balance the rotor"), "300"
    )
    receive_goods(
        order_id=sleeves.pk, lines=[ReceiptLineInput(sleeves.lines.get().pk, Decimal(6))], delivery_note="L-1",
        actor=plant["receiver"], at=plant.later(),
    )  # fmt: skip
    accept(signed_in(phone_page, plant["receiver"]), service)

    page = signed_in(desktop_page, plant["finance"])
    broken = {"name": "broken.xml", "mimeType": "application/xml", "buffer": b"<Invoice><ID>"}
    upload(page, ubl(sleeves, "R-1", 10, 20), ubl(service, "R-2", 1, 300), broken)
    taken = page.locator(".taken li")
    expect(taken).to_have_count(3)
    expect(taken.nth(0)).to_contain_text("Nordmann Drives")
    expect(taken.nth(2)).to_contain_text("broken.xml")
    assert set(Invoice.objects.values_list("supplier_number", "status", "source")) == {
        ("R-1", "ENTERED", "UBL"), ("R-2", "ENTERED", "UBL"),
    }  # fmt: skip

    # The page waits by itself while nobody works, then shows what the worker does, without being loaded again.
    celery_worker_process.stop()
    page.get_by_role("button", name="Match all").click()
    progress = page.locator("#run-progress")
    expect(progress).to_contain_text("Waiting for the worker")
    expect(progress).to_contain_text("0 of 2")
    page.evaluate("window.sameLoad = true")
    celery_worker_process.start()
    expect(progress.locator(".run-line")).to_contain_text("Finished", timeout=30_000)
    expect(progress).to_contain_text("2 of 2")
    assert page.evaluate("window.sameLoad === true")
    by_number = dict(Invoice.objects.values_list("supplier_number", "number"))
    expect(progress.locator("tr", has_text=by_number["R-2"])).to_contain_text("Ready to pay")
    expect(progress.locator(".figure-tile", has_text="Held")).to_contain_text("1")
    assert not has_sideways_scroll(page)

    page.get_by_role("link", name="To the holds").click()
    held = page.locator("tbody tr", has_text=by_number["R-1"])
    expect(held).to_contain_text("Billed 10 PCE")
    expect(held).to_contain_text("6 PCE")
    held.get_by_role("link").first.click()
    expect(page.locator(".hold")).to_contain_text("More billed than received")
    with page.expect_download() as download:
        page.get_by_role("link", name="The file").click()
    assert download.value.suggested_filename == "R-1.xml"
    expect(page.locator("td.differs")).to_contain_text("4 over receipt")

    # The missing sleeves come: nobody has to release anything.
    receive_goods(
        order_id=sleeves.pk, lines=[ReceiptLineInput(sleeves.lines.get().pk, Decimal(4))], delivery_note="L-2",
        actor=plant["receiver"], at=plant.later(),
    )  # fmt: skip
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ready to pay")
    expect(page.locator(".hold:not(.is-done)")).to_have_count(0)
    # The same file again is the same invoice.
    upload(page, ubl(sleeves, "R-1", 10, 20))
    expect(page.locator(".taken li")).to_contain_text(by_number["R-1"])
    assert Invoice.objects.count() == 2
