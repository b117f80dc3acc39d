"""Every page for the right role, refused plainly for the wrong one, in a constant number of statements."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procurement.models import (
    ApprovalLimit,
    GoodsReceipt,
    Hold,
    Invoice,
    MatchRun,
    PurchaseOrder,
    Requisition,
)
from tests.procurement_doors.trade import Trade

As = Callable[[str], Client]


def _page(client: Client, name: str, *args: Any, **query: str) -> Any:
    return client.get(reverse(f"procurement:{name}", args=args), query)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("home", "buyer", "technician"),
        ("approvals", "approver", "receiver"),
        ("requisitions", "technician", None),
        ("requisition-new", "technician", "finance"),
        ("orders", "buyer", None),
        ("receiving", "receiver", "technician"),
        ("receipts", "receiver", None),
        ("invoices", "finance", "technician"),
        ("invoice-new", "finance", "buyer"),
        ("invoice-enter", "finance", "auditor"),
        ("invoice-upload", "finance", "auditor"),
        ("holds", "finance", "receiver"),
        ("match-runs", "finance", "technician"),
        ("match-start", "finance", "buyer"),
    ],
)
def test_a_page_opens_for_its_role_and_is_refused_plainly_to_another(
    as_role: As, trade: Trade, name: str, right: str, wrong: str | None
) -> None:
    trade.held()
    trade.waiting()
    trade.ask()
    assert _page(as_role(right), name).status_code == 200
    if wrong:
        refused = _page(as_role(wrong), name)
        assert refused.status_code == 403
        assert b"Your role does not include" in refused.content


def test_every_document_page_opens(as_role: As, trade: Trade) -> None:
    invoice = trade.held()
    trade.waiting()
    asked = trade.ask()
    order = trade.orders[0]
    admin = as_role("admin")
    run = MatchRun.objects.create(
        number="RUN-1", created_at=invoice.created_at, requested_by=trade.people["admin"]
    )
    for name, pk in [
        ("requisition", asked.pk), ("requisition-approve", asked.pk), ("requisition-reject", asked.pk),
        ("requisition-cancel", asked.pk), ("order", order.pk), ("order-print", order.pk),
        ("order-revise", order.pk), ("order-receive", order.pk), ("order-accept", order.pk),
        ("order-return", order.pk), ("order-close", order.pk), ("order-cancel", order.pk),
        ("receipt", GoodsReceipt.objects.get().pk), ("receipt-reverse", GoodsReceipt.objects.get().pk),
        ("invoice", invoice.pk), ("invoice-hold", invoice.pk), ("invoice-reject", invoice.pk),
        ("hold-release", Hold.objects.active().earliest("pk").pk), ("match-run", run.pk),
        ("match-run-progress", run.pk),
    ]:  # fmt: skip
        assert _page(admin, name, pk).status_code == 200, name


LISTS = ("home", "approvals", "requisitions", "orders", "receiving", "receipts", "invoices", "holds")


def _statements(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_number_of_statements_at_two_sizes(
    as_role: As, trade: Trade, name: str
) -> None:
    address = reverse(f"procurement:{name}")
    client = as_role("admin")

    def grow() -> None:
        trade.held()
        trade.waiting()
        trade.ask()
        trade.approved()
        trade.issued()

    grow()
    few = _statements(client, address)
    for _ in range(3):
        grow()
    assert _statements(client, address) == few


def test_a_document_takes_the_same_number_of_statements_for_two_and_twelve_lines(
    as_role: As, trade: Trade
) -> None:
    client = as_role("admin")
    small, large = trade.held(2), trade.held(12)
    pairs = [
        ("invoice", small.pk, large.pk),
        ("order", trade.orders[0].pk, trade.orders[1].pk),
        ("order-receive", trade.orders[0].pk, trade.orders[1].pk),
        ("order-revise", trade.orders[0].pk, trade.orders[1].pk),
        ("order-print", trade.orders[0].pk, trade.orders[1].pk),
        ("requisition", *Requisition.objects.order_by("pk").values_list("pk", flat=True)),
        ("receipt", *GoodsReceipt.objects.order_by("pk").values_list("pk", flat=True)),
    ]
    for name, few, many in pairs:
        counts = [_statements(client, reverse(f"procurement:{name}", args=[pk])) for pk in (few, many)]
        assert counts[0] == counts[1], name


def test_who_may_not_see_costs_finds_no_amount_on_an_order(as_role: As, trade: Trade) -> None:
    order = trade.issued()
    seen = _page(as_role("technician"), "order", order.pk).content.decode()
    assert "11.90" not in seen
    assert "•••" in seen
    assert "11.90" in _page(as_role("buyer"), "order", order.pk).content.decode()


def test_a_technician_asks_and_an_approver_decides_on_the_queue(as_role: As, trade: Trade) -> None:
    sent = as_role("technician").post(
        reverse("procurement:requisition-new"),
        {
            "site": trade.people["technician"].home_site_id, "reason": "Leaking seal", "submit": "on",
            "lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 0,
            "lines-0-what": "BRG-001 Bearing", "lines-0-quantity": "3", "lines-0-kind": "ITEM",
            "lines-1-what": "Special sealing paste", "lines-1-quantity": "1",
            "lines-1-unit": trade.items[0].unit_id, "lines-1-estimated_unit_price": "20", "lines-1-kind": "ITEM",
        },
    )  # fmt: skip
    assert sent.status_code == 302, sent.content.decode()
    made = Requisition.objects.get()
    assert [line.item_id for line in made.lines.order_by("line_number")] == [trade.items[0].pk, None]
    approver = as_role("approver")
    queue = _page(approver, "approvals").content.decode()
    assert made.number in queue
    assert "may approve requisitions up to 5,000.00" in queue
    approver.post(reverse("procurement:requisition-approve", args=[made.pk]) + "?from=queue", {"reason": ""})
    made.refresh_from_db()
    assert made.status == "APPROVED"


def test_the_queue_says_plainly_that_nobody_may_approve_without_limits(as_role: As, trade: Trade) -> None:
    trade.ask()
    ApprovalLimit.objects.all().delete()
    assert b"Nobody may approve anything yet" in _page(as_role("approver"), "approvals").content


def test_a_delivery_is_booked_from_the_order_number(as_role: As, trade: Trade) -> None:
    order = trade.issued()
    receiver = as_role("receiver")
    found = _page(receiver, "receiving", q=order.number)
    assert found.status_code == 302
    lines = list(order.lines.order_by("line_number"))
    data = {
        "delivery_note": "DN-77", "lines-TOTAL_FORMS": 2, "lines-INITIAL_FORMS": 2,
        "lines-0-quantity": "10", "lines-0-quantity_rejected": "1", "lines-0-rejection_reason": "Rust",
        "lines-1-quantity": "",
    }  # fmt: skip
    booked = receiver.post(found["Location"], {**data, "lines-0-rejection_reason": ""})
    assert booked.status_code == 422
    assert b"Say why they were rejected." in booked.content
    booked = receiver.post(found["Location"], data)
    assert booked.status_code == 302, booked.content.decode()
    lines[0].refresh_from_db()
    assert (lines[0].quantity_received, lines[0].quantity_rejected) == (10, 1)
    receipt = GoodsReceipt.objects.get()
    receiver.post(reverse("procurement:receipt-reverse", args=[receipt.pk]), {"reason": "Wrong order"})
    lines[0].refresh_from_db()
    assert lines[0].net_received == 0


def test_an_order_is_revised_with_a_reason(as_role: As, trade: Trade) -> None:
    order = trade.issued(1)
    sent = as_role("buyer").post(
        reverse("procurement:order-revise", args=[order.pk]),
        {
            "reason": "Supplier has eight", "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 1,
            "lines-0-quantity": "8", "lines-0-unit_price": "11.90", "lines-0-promised_on": "2026-03-30",
        },
    )  # fmt: skip
    assert sent.status_code == 302, sent.content.decode()
    order.refresh_from_db()
    assert order.revision == 1
    assert order.lines.get().quantity == 8


def test_an_invoice_is_typed_from_its_order_and_matched_by_a_run(
    as_role: As, trade: Trade, django_capture_on_commit_callbacks: Any
) -> None:
    order = trade.issued(1)
    trade.receive(order, 10)
    finance = as_role("finance")
    shown = _page(finance, "invoice-enter", order=order.number.lower()).content.decode()
    assert 'value="11.9"' in shown and 'value="10"' in shown
    line = order.lines.get()
    sent = finance.post(
        reverse("procurement:invoice-enter") + f"?order={order.number}",
        {
            "kind": "INVOICE", "supplier": order.supplier_id, "supplier_number": "R 1", "issued_on": "2026-03-05",
            "currency": "eur", "order_reference": order.number, "gross_total": "142.80",
            "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 1, "lines-0-order_line": line.pk,
            "lines-0-description": line.description, "lines-0-quantity": "10", "lines-0-unit_price": "11.90",
            "lines-0-net_amount": "", "lines-0-tax_percent": "20", "lines-0-kind": "GOODS",
        },
    )  # fmt: skip
    assert sent.status_code == 302, sent.content.decode()
    invoice = Invoice.objects.get()
    assert (invoice.net_total, invoice.gross_total) == (119, Decimal("142.80"))
    with django_capture_on_commit_callbacks(execute=True):
        started = finance.post(reverse("procurement:match-start"))
    assert started.status_code == 302
    invoice.refresh_from_db()
    assert invoice.status == "PAYABLE"
    page = finance.get(started["Location"]).content.decode()
    assert "Finished" in page and "hx-get" not in page.split("run-progress")[1][:200]


def test_a_hold_shows_its_arithmetic_and_is_released_by_a_colleague(as_role: As, trade: Trade) -> None:
    invoice = trade.held(1)
    page = _page(as_role("finance"), "invoice", invoice.pk).content.decode()
    assert "over receipt" in page
    assert "differs" in page
    for hold in invoice.holds.filter(status="ACTIVE"):
        assert hold.explanation.split()[0] in page
        own = as_role("clerk").post(
            reverse("procurement:hold-release", args=[hold.pk]), {"reason": "It is fine"}
        )
        assert own.status_code == 403
        sent = as_role("finance").post(
            reverse("procurement:hold-release", args=[hold.pk]), {"reason": "Agreed by phone"}
        )
        assert sent.status_code == 302, sent.content.decode()
    invoice.refresh_from_db()
    assert invoice.status == "PAYABLE"


def test_a_broken_file_is_refused_by_name_and_nothing_is_kept(as_role: As, trade: Trade) -> None:
    file = BytesIO(b"<Invoice><oops>")
    file.name = "broken.xml"
    sent = as_role("finance").post(reverse("procurement:invoice-upload"), {"chosen": file})
    assert sent.status_code == 422
    assert b"broken.xml" in sent.content and b"refused" in sent.content
    assert not Invoice.objects.exists()


def test_the_buyer_orders_lines_of_two_requisitions_in_the_administration(as_role: As, trade: Trade) -> None:
    first, second = trade.approved(1), trade.approved(2)
    buyer = as_role("buyer")
    worklist = reverse("admin:procurement_requisitionline_changelist")
    assert first.number in buyer.get(worklist).content.decode()
    keys = [str(line.pk) for each in (first, second) for line in each.lines.all()]
    sent = buyer.post(worklist, {"action": "order_from_supplier", "_selected_action": keys})
    assert sent.status_code == 302
    asked = buyer.get(sent["Location"])
    assert asked.status_code == 200
    assert "11.90" in asked.content.decode()
    data: dict[str, Any] = {
        "supplier": trade.supplier.pk,
        "merge_same_items": "on",
        "idempotency_key": "once",
    }
    data.update({f"price_{key}": "12.5" for key in keys})
    for _ in range(2):
        assert buyer.post(sent["Location"], data).status_code == 302
    order = PurchaseOrder.objects.get()
    assert order.lines.count() == 2
    page = buyer.get(reverse("admin:procurement_purchaseorder_change", args=[order.pk])).content.decode()
    assert "Send for approval" in page


@pytest.mark.parametrize(
    "model",
    ["requisition", "requisitionline", "purchaseorder", "supplier", "agreement", "approvallimit", "tolerancerule",
     "categorypolicy", "invoice", "hold"],
)  # fmt: skip
def test_the_administration_lists_everything_for_a_buyer_and_nothing_for_a_technician(
    as_role: As, trade: Trade, model: str
) -> None:
    trade.held()
    trade.approved()
    address = reverse(f"admin:procurement_{model}_changelist")
    assert as_role("buyer").get(address).status_code == 200
    assert as_role("technician").get(address).status_code == 302


def test_every_document_opens_in_the_administration(as_role: As, trade: Trade) -> None:
    trade.held()
    client = as_role("approver")
    for row in (
        Requisition.objects.get(),
        PurchaseOrder.objects.get(),
        Invoice.objects.get(),
        Hold.objects.earliest("pk"),
        trade.supplier,
        trade.supplier.agreements.get(),
    ):
        address = reverse(f"admin:procurement_{row._meta.model_name}_change", args=[row.pk])
        assert client.get(address).status_code == 200, address


def test_papers_of_purchasing_are_found_by_their_numbers(trade: Trade, as_role: As) -> None:
    order = trade.issued()
    trade.receive(order, 5)
    receipt, invoice = GoodsReceipt.objects.get(), trade.bill(order, 5, number="K-77")
    requisition = Requisition.objects.earliest("pk")

    def found(role: str, code: str) -> str:
        return str(as_role(role).get(reverse("cmms:find"), {"q": code}).headers.get("Location", ""))

    assert found("receiver", order.number.lower()) == reverse("procurement:order", args=[order.pk])
    assert found("receiver", receipt.number) == reverse("procurement:receipt", args=[receipt.pk])
    assert found("buyer", requisition.number) == reverse("procurement:requisition", args=[requisition.pk])
    assert found("finance", "k-77") == reverse("procurement:invoice", args=[invoice.pk])
    assert found("receiver", invoice.number) == "", "invoices are none of a receiver's business"
