"""The collections of the spend half: the whole way through them, rights, hidden costs, safe retries, statements."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from procurement.models import PurchaseOrder, Requisition
from tests.procurement_doors.trade import Trade

ApiAs = Callable[[str], APIClient]
ROOT = "/api/v1"


def _post(client: APIClient, path: str, body: Any = None, **headers: str) -> Any:
    return client.post(f"{ROOT}/{path}/", body or {}, format="json", headers=headers)


def test_a_purchase_goes_all_the_way_through_the_api(
    api_as: ApiAs, trade: Trade, django_capture_on_commit_callbacks: Any
) -> None:
    asked = _post(
        api_as("technician"),
        "requisitions",
        {
            "site": trade.people["technician"].home_site_id,
            "reason": "Gearbox",
            "submit": True,
            "lines": [{"item": trade.items[0].pk, "quantity": "10"}],
        },
    )
    assert asked.status_code == 201, asked.json()
    assert asked.json()["total"] is None, "the technician sees no amounts"
    approved = _post(api_as("approver"), f"requisitions/{asked.json()['id']}/approve")
    assert approved.json()["status"] == "APPROVED"
    buyer = api_as("buyer")
    order = _post(
        buyer,
        "purchase-orders",
        {"supplier": trade.supplier.pk, "requisition_lines": [approved.json()["lines"][0]["id"]]},
    )
    assert order.status_code == 201, order.json()
    number, line = order.json()["id"], order.json()["lines"][0]
    assert line["unit_price"] == "11.900000"
    for verb in ("submit", "approve", "issue"):
        done = _post(buyer, f"purchase-orders/{number}/{verb}")
        assert done.status_code == 200, done.json()
    receiver = api_as("receiver")
    got = _post(
        receiver,
        f"purchase-orders/{number}/receive",
        {"delivery_note": "DN-1", "lines": [{"order_line": line["id"], "quantity": "12"}]},
    )
    assert got.status_code == 422, "more than ordered"
    got = _post(
        receiver,
        f"purchase-orders/{number}/receive",
        {
            "delivery_note": "DN-1",
            "lines": [
                {
                    "order_line": line["id"],
                    "quantity": "10",
                    "quantity_rejected": "1",
                    "rejection_reason": "Rust",
                }
            ],
        },
    )
    assert got.status_code == 201, got.json()
    back = _post(
        receiver,
        f"purchase-orders/{number}/return",
        {"note": "Wrong size", "lines": [{"order_line": line["id"], "quantity": "1"}]},
    )
    assert back.status_code == 201, back.json()
    assert _post(receiver, f"receipts/{back.json()['id']}/reverse", {"reason": "It fits"}).status_code == 201
    bill = _post(
        api_as("clerk"),
        "invoices",
        {
            "supplier": trade.supplier.pk,
            "supplier_number": "R-1",
            "issued_on": "2026-03-05",
            "currency": "EUR",
            "lines": [
                {
                    "order_line": line["id"],
                    "quantity": "10",
                    "unit_price": "11.90",
                    "net_amount": "119.00",
                }
            ],
        },
    )
    assert bill.status_code == 201, bill.json()
    finance = api_as("finance")
    with django_capture_on_commit_callbacks(execute=True):
        run = _post(finance, "match-runs", {"invoices": [bill.json()["id"]]})
    assert run.status_code == 201
    progress = finance.get(f"{ROOT}/match-runs/{run.json()['id']}/progress/").json()
    assert (progress["status"], progress["percent"], progress["held"]) == ("FINISHED", 100, 1)
    holds = finance.get(f"{ROOT}/holds/", {"status": "ACTIVE"}).json()["results"]
    assert [hold["kind"] for hold in holds] == ["QUANTITY_OVER_RECEIVED"]
    released = _post(finance, f"holds/{holds[0]['id']}/release", {"reason": "Credit comes"})
    assert released.json()["status"] == "RELEASED"
    assert finance.get(f"{ROOT}/invoices/{bill.json()['id']}/").json()["status"] == "PAYABLE"


def test_an_order_is_made_of_lines_revised_and_cancelled(api_as: ApiAs, trade: Trade) -> None:
    buyer = api_as("buyer")
    made = _post(
        buyer,
        "purchase-orders",
        {
            "supplier": trade.supplier.pk,
            "site": trade.people["buyer"].home_site_id,
            "lines": [{"item": trade.items[1].pk, "quantity": "2", "unit_price": "5"}],
        },
    )
    assert made.status_code == 201, made.json()
    number, line = made.json()["id"], made.json()["lines"][0]["id"]
    revised = _post(
        buyer,
        f"purchase-orders/{number}/revise",
        {"reason": "One more", "changes": [{"order_line": line, "quantity": "3"}]},
    )
    assert revised.json()["lines"][0]["quantity"] == "3.0000"
    cancelled = _post(buyer, f"purchase-orders/{number}/cancel", {"reason": "Not needed"})
    assert cancelled.json()["status"] == "CANCELLED"


def test_one_key_makes_one_requisition(api_as: ApiAs, trade: Trade) -> None:
    body = {
        "site": trade.people["technician"].home_site_id,
        "lines": [{"item": trade.items[0].pk, "quantity": "1"}],
    }
    client = api_as("technician")
    answers = [_post(client, "requisitions", body, **{"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert Requisition.objects.count() == 1


def test_unknown_rows_are_named_in_a_problem(api_as: ApiAs, trade: Trade) -> None:
    body = {"site": 999_999, "lines": [{"item": 888_888, "quantity": "1"}]}
    answer = _post(api_as("technician"), "requisitions", body)
    assert answer.status_code == 400
    assert "888888" in str(answer.json()["errors"])


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("buyer", "requisitions/{requisition}/approve"),
        ("technician", "purchase-orders/{order}/issue"),
        ("finance", "purchase-orders/{order}/receive"),
        ("receiver", "invoices/{invoice}/match"),
        ("auditor", "invoices/{invoice}/hold"),
        ("buyer", "match-runs"),
    ],
)
def test_a_role_without_the_right_is_refused_plainly(
    api_as: ApiAs, trade: Trade, role: str, path: str
) -> None:
    invoice, asked = trade.held(1), trade.ask()
    line = trade.orders[0].lines.get().pk
    address = path.format(requisition=asked.pk, order=trade.orders[0].pk, invoice=invoice.pk)
    body = {"reason": "Because", "lines": [{"order_line": line, "quantity": "1"}]}
    answer = _post(api_as(role), address, {} if path == "match-runs" else body)
    assert answer.status_code == 403
    assert "right to" in answer.json()["detail"]


def test_costs_are_hidden_at_every_depth(api_as: ApiAs, trade: Trade) -> None:
    order = trade.issued()
    shown = api_as("technician").get(f"{ROOT}/purchase-orders/{order.pk}/").json()
    assert shown["net_total"] is None
    assert {line["unit_price"] for line in shown["lines"]} == {None}
    assert {each["amount"] for each in shown["approvals"]} == {None}
    assert api_as("auditor").get(f"{ROOT}/purchase-orders/{order.pk}/").json()["net_total"] is not None


@pytest.mark.parametrize(
    "name",
    [
        "suppliers",
        "agreements",
        "requisitions",
        "purchase-orders",
        "receipts",
        "invoices",
        "match-runs",
        "holds",
    ],
)
def test_a_collection_takes_the_same_number_of_statements_at_two_sizes(
    api_as: ApiAs, trade: Trade, name: str
) -> None:
    client = api_as("admin")

    def count() -> int:
        client.get(f"{ROOT}/{name}/")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"{ROOT}/{name}/").status_code == 200
        return len(seen)

    trade.held(2)
    trade.ask()
    few = count()
    trade.held(6)
    trade.held(3)
    trade.ask()
    assert count() == few


def test_a_file_is_imported_as_a_body_or_refused_with_its_element(api_as: ApiAs, trade: Trade) -> None:
    client = api_as("finance")
    for content in (b"<Invoice><oops>", b""):
        answer = client.generic("POST", f"{ROOT}/invoices/import/", content, content_type="application/xml")
        assert answer.status_code in {400, 422}, answer.content
    assert PurchaseOrder.objects.count() == 0
