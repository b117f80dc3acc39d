"""The lines and the tax breakdown of an invoice as sent, and how they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from core.history import created, store_with_history
from procurement.choices import InvoiceLineKind
from procurement.models import Invoice, InvoiceLine, InvoiceTax

ZERO = Decimal(0)


@dataclass(frozen=True)
class InvoiceLineInput:
    """One billed line as sent; allowances carry a negative net amount."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    kind: str = InvoiceLineKind.GOODS
    unit_code: str = ""
    tax_percent: Decimal = ZERO
    tax_category: str = ""
    order_reference: str = ""
    order_line_reference: str = ""
    order_line_id: int | None = None
    supplier_line_id: str = ""
    supplier_item_code: str = ""
    buyer_item_code: str = ""


@dataclass(frozen=True)
class InvoiceTaxInput:
    """One row of the tax breakdown."""

    category: str
    percent: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal
    exemption_reason: str = ""


def store_parts(
    *,
    invoice: Invoice,
    lines: Sequence[InvoiceLineInput],
    order_line_ids: Sequence[int | None],
    taxes: Sequence[InvoiceTaxInput],
) -> None:
    """Insert lines, numbered from 1 in the order given, and taxes: one statement, history included."""
    rows = []
    for position, (line, order_line_id) in enumerate(zip(lines, order_line_ids, strict=True), start=1):
        values = asdict(line) | {"order_line_id": order_line_id, "description": line.description[:300]}
        rows.append(InvoiceLine(invoice=invoice, line_number=position, **values))
    kept = [
        InvoiceTax(invoice=invoice, **asdict(tax) | {"exemption_reason": tax.exemption_reason[:200]})
        for tax in taxes
    ]
    store_with_history(created(rows), created(kept))
