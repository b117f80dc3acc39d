"""One breakdown followed to the last cent, by people: through the pages, in a real browser, with a real worker."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO

from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from cmms.models import WorkOrder, WorkRequest
from core.models import User
from procurement.models import Invoice, PurchaseOrder, Requisition, RequisitionLine
from tests.browser import has_sideways_scroll
from tests.plant import Plant
from tests.worker import WorkerProcess

SignedIn = Callable[[Page, User], Page]
PRICES = {"Part BRG-1": "50", "Special sleeve": "20", "Balance the rotor": "300"}


@dataclass
class Screen:
    """A device that people sign in on; every page it opens must answer and fit."""

    page: Page
    signed_in: SignedIn
    plant: Plant

    def used_by(self, role: str) -> Screen:
        self.signed_in(self.page, self.plant[role])
        return self

    def open(self, name: str, *args: object) -> Page:
        return self.open_address(reverse(name, args=args))

    def open_address(self, address: str) -> Page:
        answer = self.page.goto(address, wait_until="networkidle")
        assert answer is not None and answer.ok, (address, answer and answer.status)
        self.fits()
        return self.page

    def refuses(self, name: str, *args: object) -> None:
        """The page says plainly that this person may not."""
        address = reverse(name, args=args)
        answer = self.page.goto(address)
        assert answer is not None and answer.status == 403, address
        expect(self.page.locator("main")).to_contain_text("You may not do this")
        self.fits()
        self.console_errors[:] = [text for text in self.console_errors if "403" not in text]

    def tap(self, label: str, role: str = "button") -> None:
        """Press what carries exactly this label, and wait for the page it leads to."""
        self.page.locator("main").get_by_role(role, name=label, exact=True).first.click()  # type: ignore[arg-type]
        self.page.wait_for_load_state("networkidle")
        self.fits()

    def type(self, name: str, text: str) -> None:
        self.page.locator(f"main [name='{name}']").fill(text)

    def send(self) -> None:
        """Send the form of the page; it must be taken."""
        before = self.page.url
        self.page.locator("main form.form-sheet button[type=submit]").click()
        self.page.wait_for_load_state("networkidle")
        complaints = self.page.locator(".invalid-feedback, .notice-error").all_inner_texts()
        assert self.page.url != before and not complaints, (before, complaints)
        self.fits()

    def fits(self) -> None:
        """No page is wider than the screen; the admin is for desks."""
        if "/admin/" not in self.page.url:
            assert not has_sideways_scroll(self.page), self.page.url

    @property
    def console_errors(self) -> list[str]:
        errors: list[str] = self.page.watch.console_errors  # type: ignore[attr-defined]
        return errors


def figures(page: Page) -> dict[str, str]:
    """Stage to the amount that stands on the page."""
    tiles = [text.split("\n") for text in page.locator(".figures .figure-tile").all_inner_texts()]
    return {tile[0].strip().capitalize(): re.sub(r"[^\d.]", "", tile[1]) for tile in tiles}


def need(page: Page, words: str) -> Locator:
    return page.locator("#parts .need", has_text=words)


def report_and_plan(phone: Screen, desk: Screen) -> WorkOrder:
    """A fault is reported on the phone and becomes a work order that a technician may start."""
    phone.used_by("technician").open("cmms:report")
    phone.type("where", "PUMP-1")
    phone.type("description", "Pump leaks at the shaft")
    phone.page.get_by_label("It has stopped").check()
    phone.send()
    fault = WorkRequest.objects.get()
    expect(phone.page.locator("main")).to_contain_text("Pump leaks at the shaft")

    desk.used_by("planner").open("cmms:work-requests")
    desk.open("cmms:work-request", fault.pk)
    desk.tap("Accept", "link")
    desk.type("title", "Replace the shaft seal")
    desk.page.locator("[name=assignee]").select_option(str(desk.plant["technician"].pk))
    desk.type("steps-0-title", "Replace the seal")
    desk.type("steps-0-estimated_hours", "2")
    desk.page.locator("[name=estimate-0-bucket]").select_option("MATERIAL")
    desk.type("estimate-0-description", "Parts")
    desk.type("estimate-0-quantity", "1")
    desk.type("estimate-0-unit_cost", "900")
    desk.send()
    desk.tap("Approve")
    desk.tap("Release to the floor")
    order = WorkOrder.objects.get()
    assert order.status == "RELEASED" and order.assignee == desk.plant["technician"]
    return order


def work_and_ask(phone: Screen, order: WorkOrder) -> None:
    """The technician starts, logs hours and asks for four things."""
    page = phone.used_by("technician").open("cmms:my-work")
    page.locator(".work-card", has_text="Replace the shaft seal").get_by_role("link").click()
    phone.tap("Start")
    phone.tap("Hours", "link")
    phone.type("hours", "1.5")
    phone.send()
    assert "900" not in page.locator("main").inner_text(), "costs are hidden from technicians"

    phone.open("cmms:ask-part", order.pk)
    ask_for(phone, "SEAL-1", "2", ["2 PCE in bin A-3, reserved"])
    ask_for(phone, "BRG-1", "3", ["1 PCE in bin A-3, reserved", "2 PCE short: purchase requested"])
    phone.open("cmms:ask-in-words", order.pk)
    phone.type("description", "Special sleeve")
    phone.type("quantity", "10")
    phone.send()
    phone.open("cmms:ask-service", order.pk)
    phone.type("description", "Balance the rotor")
    phone.send()
    expect(need(page, "Special sleeve")).to_contain_text("10 PCE short")


def ask_for(phone: Screen, code: str, quantity: str, answers: list[str]) -> None:
    phone.page.locator("#part-search").fill(code)
    choice = phone.page.locator("#found .choice", has_text=code)
    choice.locator("[name=quantity]").fill(quantity)
    choice.get_by_role("button", name="Request").click()
    for answer in answers:
        expect(choice.locator(".asked")).to_contain_text(answer)
    phone.fits()


def hand_over(desk: Screen, *codes: str) -> None:
    desk.used_by("storekeeper")
    for code in codes:
        page = desk.open("cmms:issue-queue")
        page.locator(".need", has_text=code).get_by_role("button", name="Hand over").click()
        page.wait_for_load_state("networkidle")


def approve_needs(phone: Screen, desk: Screen) -> None:
    """Approved by the approver; the technician who asked cannot."""
    waiting = list(Requisition.objects.to_approve().order_by("pk"))
    asked = RequisitionLine.objects.filter(requisition__in=waiting)
    assert {line.description: int(line.quantity) for line in asked} == {
        "Part BRG-1": 2, "Special sleeve": 10, "Balance the rotor": 1,
    }  # fmt: skip
    phone.used_by("technician")
    for requisition in waiting:
        phone.refuses("procurement:requisition-approve", requisition.pk)
    desk.used_by("approver").open("procurement:approvals")
    for requisition in waiting:
        desk.open("procurement:requisition", requisition.pk)
        desk.tap("Approve", "link")
        desk.send()
    assert set(Requisition.objects.values_list("status", flat=True)) == {"APPROVED"}


def buy_in_admin(desk: Screen) -> PurchaseOrder:
    """The buyer turns the lines into one order in the admin; it is approved and issued there."""
    page = desk.used_by("buyer").open("admin:procurement_requisitionline_changelist")
    for box in page.locator("input.action-select").all():
        box.check(force=True)
    page.locator("select[name=action]").first.select_option("order_from_supplier")
    page.locator("button[name=index]:visible").click()
    page.wait_for_url("**/requisitionline/order/**")
    page.locator("select[name=supplier]").select_option(str(desk.plant.supplier.pk))
    for line in RequisitionLine.objects.all():
        page.locator(f"[name=price_{line.pk}]").fill(PRICES[line.description])
    page.get_by_role("button", name="Make the order").click()
    page.wait_for_url("**/purchaseorder/*/change/")
    order = PurchaseOrder.objects.get()
    do_in_admin(desk, order, "Send for approval")
    order.refresh_from_db()
    if order.status == "PENDING_APPROVAL":
        do_in_admin(desk.used_by("approver"), order, "Approve")
    do_in_admin(desk.used_by("buyer"), order, "Issue")
    order.refresh_from_db()
    assert order.status == "ISSUED" and order.net_total == 600
    return order


def do_in_admin(desk: Screen, order: PurchaseOrder, verb: str) -> None:
    page = desk.open("admin:procurement_purchaseorder_change", order.pk)
    page.get_by_role("link", name=verb, exact=True).first.click()
    page.get_by_role("button", name=verb, exact=True).click()
    page.wait_for_url("**/purchaseorder/*/change/**")
    expect(page.locator("body")).to_contain_text(f"{verb} is done")


def receive(desk: Screen, order: PurchaseOrder, note: str, came: dict[str, str], rejected: str = "") -> None:
    """Book a delivery: description to quantity; `rejected` of the last one were scratched."""
    page = desk.used_by("receiver").open("procurement:order-receive", order.pk)
    for line in page.locator(".entry-line:has(.entry-line-head)").all():
        words = line.locator(".entry-line-head").inner_text()
        quantity = next((came[name] for name in came if name in words), "")
        line.locator("[name$='-quantity']").fill(quantity)
        if rejected and list(came)[-1] in words:
            line.locator("[name$='-quantity_rejected']").fill(rejected)
            line.locator("[name$='-rejection_reason']").fill("scratched")
    desk.type("delivery_note", note)
    desk.send()


def accept_service(desk: Screen, order: PurchaseOrder) -> None:
    desk.used_by("receiver").open("procurement:order-accept", order.pk)
    desk.send()


def bill_and_match(desk: Screen, order: PurchaseOrder) -> Invoice:
    """Finance types the invoice, ten sleeves though five are here and a dearer service, and matches it."""
    address = reverse("procurement:invoice-enter")
    page = desk.used_by("finance").open_address(f"{address}?order={order.number}")
    desk.type("supplier_number", "R-100")
    desk.type("issued_on", "2026-11-20")
    for line in page.locator("[data-line]").all():
        words = line.locator("[name$='-description']").input_value()
        changed = {"Special sleeve": ("10", "20", "200"), "Balance the rotor": ("1", "330", "330")}.get(words)
        for field, value in zip(("quantity", "unit_price", "net_amount"), changed or (), strict=False):
            line.locator(f"[name$='-{field}']").fill(value)
    desk.send()
    invoice = Invoice.objects.get()
    assert invoice.net_total == 630
    page.locator("main").get_by_role("button", name=re.compile("^ ?Match")).first.click()
    expect(page.locator("#run-progress")).to_contain_text("1 of 1", timeout=30_000)
    expect(page.locator("#run-progress .run-line")).to_contain_text("Finished", timeout=30_000)
    return invoice


def open_holds(desk: Screen, invoice: Invoice) -> str:
    return "\n".join(desk.open("procurement:invoice", invoice.pk).locator(".hold").all_inner_texts())


def release_price(desk: Screen, invoice: Invoice) -> None:
    """Not by who entered it; by somebody else, with a reason."""
    page = desk.used_by("finance").open("procurement:invoice", invoice.pk)
    expect(page.locator("main")).to_contain_text(
        "You entered this invoice, so a colleague has to release it."
    )
    desk.used_by("approver")
    while desk.open("procurement:invoice", invoice.pk).locator(".hold").count():
        desk.tap("Release", "link")
        desk.type("reason", "Price agreed by phone")
        desk.send()
    expect(page.locator("main")).to_contain_text("Price agreed by phone")


def test_a_breakdown_from_the_report_to_the_last_cent_in_the_browser(
    plant: Plant,
    celery_worker_process: WorkerProcess,
    phone_page: Page,
    desktop_page: Page,
    signed_in: SignedIn,
) -> None:
    plant.item("SEAL-1", stocked=True, on_hand=4, cost="25")
    plant.item("BRG-1", stocked=True, on_hand=1, cost="40")
    phone, desk = Screen(phone_page, signed_in, plant), Screen(desktop_page, signed_in, plant)

    work = report_and_plan(phone, desk)
    work_and_ask(phone, work)
    hand_over(desk, "SEAL-1", "BRG-1")
    approve_needs(phone, desk)
    order = buy_in_admin(desk)
    spent = 90 + 2 * 25 + 40
    stages = figures(desk.used_by("planner").open("cmms:work-order", work.pk))
    assert stages == {
        "Estimate": "900.00", "Committed": "600.00", "Accrued": "0.00", "Actual": f"{spent}.00",
    }  # fmt: skip

    receive(desk, order, "L-1", {"BRG-1": "2", "Special sleeve": "6"}, rejected="1")
    page = phone.used_by("technician").open("cmms:work-order", work.pk)
    expect(need(page, "Special sleeve")).to_contain_text("Arrived: pick up 5 PCE")
    expect(need(page, "BRG-1")).to_contain_text("Arrived: pick up 2 PCE in bin A-3")
    hand_over(desk, "BRG-1")
    accept_service(desk, order)

    invoice = bill_and_match(desk, order)
    held = open_holds(desk, invoice)
    assert re.search(r"\b10\b", held) and re.search(r"\b5\b", held), held
    assert "330" in held and "300" in held, held
    assert invoice.holds.active().filter(kind="QUANTITY_OVER_RECEIVED").exists()
    receive(desk, order, "L-2", {"Special sleeve": "5"})
    assert not invoice.holds.active().filter(kind="QUANTITY_OVER_RECEIVED").exists()
    release_price(desk, invoice)
    invoice.refresh_from_db()
    assert invoice.status == "PAYABLE"

    end = {
        "Estimate": "900.00", "Committed": "0.00", "Accrued": "0.00",
        "Actual": f"{spent + 2 * 50 + 10 * 20 + 330}.00",
    }  # fmt: skip
    assert figures(desk.used_by("planner").open("cmms:work-order", work.pk)) == end
    assert figures(desk.open("cmms:asset", plant.asset.pk)) == end
    for screen in (desk, phone.used_by("planner")):
        chain = screen.open("linkage:trace", "work_order", work.pk).locator("main")
        for number in (work.number, order.number):
            expect(chain).to_contain_text(number)
    hidden = phone.used_by("technician").open("cmms:work-order", work.pk)
    assert not figures(hidden) and "900.00" not in hidden.locator("main").inner_text()
    call_command("reconcile", stdout=StringIO())
    assert phone.console_errors == [] and desk.console_errors == []
