"""Received orders and entered invoices, made through the services, and timing of a piece of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from procurement.models import Invoice, PurchaseOrder, PurchaseOrderLine
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.ordering import OrderLineInput, create_order
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.plant import Plant

LINES_PER_ORDER = 100
LINES_PER_INVOICE = 10
# Every line has a price of its own: equal totals would be held as likely duplicates.
_cents = count(500)


@dataclass(frozen=True)
class Load:
    """One identical set of work: orders with everything received, and their invoices (not yet matched)."""

    orders: tuple[int, ...]
    invoices: tuple[int, ...]


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def received_orders(plant: Plant, lines: int) -> list[PurchaseOrder]:
    """Issued and fully received orders with `lines` direct-charge lines in all."""
    orders = []
    for start in range(0, lines, LINES_PER_ORDER):
        order = create_order(
            supplier_id=plant.supplier.pk,
            site_id=plant.site.pk,
            cost_centre_id=plant.cost_centre.pk,
            lines=[
                OrderLineInput(
                    description=f"Part {start + number}",
                    quantity=Decimal(3),
                    unit_id=plant.unit.pk,
                    unit_price=Decimal(next(_cents)) / 100,
                )
                for number in range(min(LINES_PER_ORDER, lines - start))
            ],
            actor=plant["buyer"],
            at=plant.later(),
        )
        plant.issue(order)
        rows = order.lines.order_by("pk").values_list("pk", flat=True)
        receive_goods(
            order_id=order.pk,
            lines=[ReceiptLineInput(pk, Decimal(3)) for pk in rows],
            actor=plant["receiver"],
            at=plant.later(),
        )
        orders.append(order)
    return orders


def invoiced_load(plant: Plant, lines: int) -> Load:
    """Received orders and one invoice for every ten of their lines."""
    orders = received_orders(plant, lines)
    invoices: list[Invoice] = []
    for order in orders:
        rows = list(order.lines.order_by("pk"))
        for start in range(0, len(rows), LINES_PER_INVOICE):
            invoices.append(_invoice(plant, order, rows[start : start + LINES_PER_INVOICE], start))
    return Load(tuple(order.pk for order in orders), tuple(invoice.pk for invoice in invoices))


def _invoice(plant: Plant, order: PurchaseOrder, rows: list[PurchaseOrderLine], start: int) -> Invoice:
    net = sum((row.quantity * row.unit_price for row in rows), Decimal(0))
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    return enter_invoice(
        kind="INVOICE",
        supplier_id=order.supplier_id,
        supplier_number=f"R-{order.pk:08d}-{start:06d}",
        issued_on=plant.at.date(),
        currency="EUR",
        lines=[
            InvoiceLineInput(
                description="as ordered",
                quantity=row.quantity,
                unit_price=row.unit_price,
                net_amount=row.quantity * row.unit_price,
                tax_percent=Decimal(19),
                tax_category="S",
                order_line_id=row.pk,
            )
            for row in rows
        ],
        taxes=[InvoiceTaxInput("S", Decimal(19), net, tax)],
        actor=plant["finance"],
        at=plant.later(),
    )
