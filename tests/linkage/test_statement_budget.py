"""From creation to matched invoice and posted cost, a purchase order takes few SQL statements, however long it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms.models import CostEntry
from cmms.services.parts import RequestLineInput
from core.models import User
from procurement.models import Invoice, PurchaseOrder
from procurement.services.approval import approve_order
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.matching import match_invoices
from procurement.services.ordering import issue_order, order_requisition_lines, submit_order
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.plant import Plant, build_plant

BUDGET = 80
TRANSACTION_WORDS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Meter:
    """Counts the statements of each step, transaction control apart."""

    def __init__(self) -> None:
        self.steps: Counter[str] = Counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        with CaptureQueriesContext(connection) as captured:
            yield
        words = [query["sql"] for query in captured.captured_queries]
        self.steps[name] += sum(not sql.startswith(TRANSACTION_WORDS) for sql in words)

    @property
    def total(self) -> int:
        return sum(self.steps.values())


def whole_life(plant: Plant, lines: int) -> Meter:
    """A purchase order over `lines` needs of four work orders, from creation to posted cost."""
    per_order = lines // 4
    for _ in range(4):
        work_order = plant.work_order()
        plant.request(
            work_order,
            *[
                RequestLineInput(
                    kind="NON_CATALOGUE",
                    quantity=Decimal(3),
                    description=f"Part {number} for {work_order.number}",
                    unit_id=plant.unit.pk,
                    estimated_unit_cost=Decimal(7),
                )
                for number in range(per_order)
            ],
        )
    wanted = plant.approved_requisition_lines()
    fresh: Callable[[str], User] = lambda role: User.objects.get(username=role)  # noqa: E731
    buyer, receiver, finance = fresh("buyer"), fresh("receiver"), fresh("finance")
    meter = Meter()
    with meter.step("create"):
        order = order_requisition_lines(
            requisition_line_ids=[line.pk for line in wanted],
            supplier_id=plant.supplier.pk,
            unit_prices={line.pk: Decimal(7) for line in wanted},
            actor=buyer,
            at=plant.later(),
        )
    with meter.step("submit"):
        submit_order(order_id=order.pk, actor=buyer, at=plant.later())
    order.refresh_from_db()
    if order.status == "PENDING_APPROVAL":
        with meter.step("approve"):
            approve_order(order_id=order.pk, actor=buyer, at=plant.later())
    with meter.step("issue"):
        issue_order(order_id=order.pk, actor=buyer, at=plant.later())
    rows = list(order.lines.order_by("pk"))
    assert len(rows) == lines
    with meter.step("receive"):
        receive_goods(
            order_id=order.pk,
            lines=[ReceiptLineInput(row.pk, row.quantity) for row in rows],
            actor=receiver,
            at=plant.later(),
        )
    net = Decimal(21) * lines
    with meter.step("enter invoice"):
        invoice = enter_invoice(
            kind="INVOICE",
            supplier_id=plant.supplier.pk,
            supplier_number=f"R-{order.pk}",
            issued_on=plant.at.date(),
            currency="EUR",
            lines=[
                InvoiceLineInput(
                    description=row.description,
                    quantity=row.quantity,
                    unit_price=Decimal(7),
                    net_amount=Decimal(21),
                    tax_percent=Decimal(19),
                    tax_category="S",
                    order_line_id=row.pk,
                )
                for row in rows
            ],
            taxes=[InvoiceTaxInput("S", Decimal(19), net, net * Decimal("0.19"))],
            actor=finance,
            at=plant.later(),
        )
    with meter.step("match and post"):
        match_invoices(invoice_ids=[invoice.pk], actor=finance, at=plant.later())
    assert Invoice.objects.get(pk=invoice.pk).status == "PAYABLE"
    assert PurchaseOrder.objects.get(pk=order.pk).status == "RECEIVED"
    work_orders = CostEntry.objects.filter(document_number=order.number)
    assert work_orders.by_stage()["actual"] == net
    return meter


@pytest.mark.django_db(transaction=True)
def test_a_purchase_order_lives_within_its_budget_of_statements_at_any_length() -> None:
    plant = build_plant()
    whole_life(plant, 4)
    short, long = whole_life(plant, 20), whole_life(plant, 200)
    print(f"statements for 20 lines: {short.total} {dict(short.steps)}")
    assert long.steps == short.steps
    assert long.total <= BUDGET
