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
from linkage.models import SpendEntry
from procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine
from procurement.services.approval import approve_order
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.matching import match_invoices
from procurement.services.ordering import issue_order, order_requisition_lines, submit_order
from procurement.services.receiving import ReceiptLineInput, receive_goods
from procurement.services.requisitions import RequisitionLineInput, create_requisition
from tests.plant import Plant, build_plant

BUDGET = 80
AIR = 8  # statements to spare, so that the next small feature does not break the promise
WORK_ORDERS = 4
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


def direct_needs(plant: Plant, count: int) -> None:
    """Parts in words, charged to the work orders that asked for them."""
    for _ in range(WORK_ORDERS):
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
                for number in range(count // WORK_ORDERS)
            ],
        )


def stocked_needs(plant: Plant, count: int) -> None:
    """Stocked items that the store has one of or never had, so that three of each are bought for a work order."""
    for _ in range(WORK_ORDERS):
        work_order = plant.work_order()
        items = [
            plant.item(f"{work_order.number}-{number}", stocked=True, on_hand=number % 2, cost="7")
            for number in range(count // WORK_ORDERS)
        ]
        plant.request(
            work_order,
            *[
                RequestLineInput(
                    kind="ITEM",
                    quantity=Decimal(3 + number % 2),
                    item_id=item.pk,
                    estimated_unit_cost=None if number % 2 else Decimal(7),
                )
                for number, item in enumerate(items)
            ],
        )


def office_needs(plant: Plant, count: int) -> None:
    """What no work order asked for: a cost centre pays."""
    create_requisition(
        lines=[
            RequisitionLineInput(
                description=f"Lamp {number}",
                quantity=Decimal(3),
                unit_id=plant.unit.pk,
                estimated_unit_price=Decimal(7),
            )
            for number in range(count)
        ],
        site_id=plant.site.pk,
        cost_centre_id=plant.cost_centre.pk,
        submit=True,
        actor=plant["planner"],
        at=plant.later(),
    )


def mixed_needs(plant: Plant, count: int) -> None:
    """Some of each."""
    part = count // 5 * 2
    direct_needs(plant, part)
    stocked_needs(plant, part)
    office_needs(plant, count - 2 * part)


def whole_life(plant: Plant, lines: int) -> Meter:
    """The purchase order over all approved needs (three of each), from creation to posted cost."""
    wanted = plant.approved_requisition_lines()
    assert len(wanted) == lines
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
    inputs, taxes = bill(rows)
    with meter.step("enter invoice"):
        invoice = enter_invoice(
            kind="INVOICE",
            supplier_id=plant.supplier.pk,
            supplier_number=f"R-{order.pk}",
            issued_on=plant.at.date(),
            currency="EUR",
            lines=inputs,
            taxes=taxes,
            actor=finance,
            at=plant.later(),
        )
    with meter.step("match and post"):
        match_invoices(invoice_ids=[invoice.pk], actor=finance, at=plant.later())
    assert Invoice.objects.get(pk=invoice.pk).status == "PAYABLE"
    assert PurchaseOrder.objects.get(pk=order.pk).status == "RECEIVED"
    check_cost(rows)
    return meter


def bill(rows: list[PurchaseOrderLine]) -> tuple[list[InvoiceLineInput], list[InvoiceTaxInput]]:
    """What the supplier bills for these lines: three of each at 7."""
    inputs = [
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
    ]
    net = Decimal(21) * len(rows)
    return inputs, [InvoiceTaxInput("S", Decimal(19), net, net * Decimal("0.19"))]


def check_cost(rows: list[PurchaseOrderLine]) -> None:
    """Every line ends at its full cost: on its work order, in stock or on the cost centre."""
    order = rows[0].order
    on_work = CostEntry.objects.filter(document_number=order.number).by_stage().get("actual", Decimal(0))
    elsewhere = SpendEntry.objects.filter(order_line__in=rows, stage="ACTUAL")
    assert on_work + sum(elsewhere.values_list("amount", flat=True)) == Decimal(21) * len(rows)


@pytest.mark.parametrize("needs", [direct_needs, stocked_needs, mixed_needs])
@pytest.mark.django_db(transaction=True)
def test_a_purchase_order_lives_within_its_budget_of_statements_at_any_length(
    needs: Callable[[Plant, int], None],
) -> None:
    plant = build_plant()
    meters = []
    for lines in (20, 20, 200):  # the first warms what is cached for the process
        plant.later(days=40)  # equal totals close together would be held as duplicates
        needs(plant, lines)
        meters.append(whole_life(plant, lines))
    short, long = meters[1:]
    print(f"statements for 20 lines, {needs.__name__}: {short.total} {dict(short.steps)}")
    assert long.steps == short.steps
    assert long.total <= BUDGET - AIR
