"""What an order line has seen, counted from its facts: receipts, returns, reversals and posted invoices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal

from django.db import connection

from procurement.models import PurchaseOrderLine

# Receipts count unless reversed. Billed quantities are the matched ones (order unit); the billed amount is the cost
# frozen at posting (order currency), credits negative.
_DERIVED = """
SELECT line.id,
       COALESCE(came.received, 0) AS received,
       COALESCE(came.rejected, 0) AS rejected,
       COALESCE(came.returned, 0) AS returned,
       COALESCE(ROUND(matched.billed, 4), 0) AS billed,
       COALESCE(ROUND(matched.credited, 4), 0) AS credited,
       COALESCE(cost.amount, 0) AS amount
FROM procurement_purchaseorderline line
LEFT JOIN (
    SELECT part.order_line_id,
           SUM(part.quantity) FILTER (WHERE receipt.kind <> 'RETURN') AS received,
           SUM(part.quantity_rejected) FILTER (WHERE receipt.kind <> 'RETURN') AS rejected,
           SUM(part.quantity) FILTER (WHERE receipt.kind = 'RETURN') AS returned
    FROM procurement_goodsreceiptline part
    JOIN procurement_goodsreceipt receipt ON receipt.id = part.receipt_id
    WHERE receipt.kind <> 'REVERSAL'
      AND NOT EXISTS (SELECT 1 FROM procurement_goodsreceipt undo WHERE undo.reverses_id = receipt.id)
      AND (%(ids)s::bigint[] IS NULL OR part.order_line_id = ANY(%(ids)s::bigint[]))
    GROUP BY part.order_line_id
) came ON came.order_line_id = line.id
LEFT JOIN (
    SELECT link.order_line_id,
           SUM(link.quantity * CASE WHEN bill.quantity < 0 THEN -1 ELSE 1 END)
               FILTER (WHERE invoice.kind = 'INVOICE') AS billed,
           SUM(link.quantity * CASE WHEN bill.quantity < 0 THEN -1 ELSE 1 END)
               FILTER (WHERE invoice.kind = 'CREDIT_NOTE') AS credited
    FROM procurement_matchlink link
    JOIN procurement_invoiceline bill ON bill.id = link.invoice_line_id
    JOIN procurement_invoice invoice ON invoice.id = bill.invoice_id
    WHERE invoice.status IN ('POSTED', 'PAYABLE')
      AND (%(ids)s::bigint[] IS NULL OR link.order_line_id = ANY(%(ids)s::bigint[]))
    GROUP BY link.order_line_id
) matched ON matched.order_line_id = line.id
LEFT JOIN (
    SELECT bill.order_line_id,
           SUM(CASE invoice.kind WHEN 'CREDIT_NOTE' THEN -bill.cost_amount ELSE bill.cost_amount END) AS amount
    FROM procurement_invoiceline bill
    JOIN procurement_invoice invoice ON invoice.id = bill.invoice_id
    WHERE invoice.status IN ('POSTED', 'PAYABLE')
      AND (%(ids)s::bigint[] IS NULL OR bill.order_line_id = ANY(%(ids)s::bigint[]))
    GROUP BY bill.order_line_id
) cost ON cost.order_line_id = line.id
WHERE %(ids)s::bigint[] IS NULL OR line.id = ANY(%(ids)s::bigint[])
"""
_STORE = f"""
UPDATE procurement_purchaseorderline stored
SET quantity_received = derived.received, quantity_rejected = derived.rejected,
    quantity_returned = derived.returned, quantity_billed = derived.billed,
    quantity_credited = derived.credited, amount_billed = derived.amount
FROM ({_DERIVED}) derived
WHERE stored.id = derived.id
RETURNING stored.id, derived.received, derived.rejected, derived.returned, derived.billed, derived.credited,
          derived.amount
"""
_COMPARE = f"""
SELECT stored.id, stored.quantity_received, stored.quantity_rejected, stored.quantity_returned,
       stored.quantity_billed, stored.quantity_credited, stored.amount_billed,
       derived.id, derived.received, derived.rejected, derived.returned, derived.billed, derived.credited,
       derived.amount
FROM procurement_purchaseorderline stored
JOIN ({_DERIVED}) derived ON derived.id = stored.id
WHERE (stored.quantity_received, stored.quantity_rejected, stored.quantity_returned, stored.quantity_billed,
       stored.quantity_credited, stored.amount_billed)
   IS DISTINCT FROM
      (derived.received, derived.rejected, derived.returned, derived.billed, derived.credited, derived.amount)
ORDER BY stored.id
"""


@dataclass(frozen=True)
class LineQuantities:
    """The derived figures of one order line: quantities in its unit, the amount in the order's currency."""

    order_line_id: int
    received: Decimal
    rejected: Decimal
    returned: Decimal
    billed: Decimal
    credited: Decimal
    amount_billed: Decimal


@dataclass(frozen=True)
class QuantityMismatch:
    """An order line whose stored figures are not those its facts give."""

    stored: LineQuantities
    derived: LineQuantities


def refresh_quantities(*, order_line_ids: Collection[int]) -> dict[int, LineQuantities]:
    """Count the facts of these order lines anew and store the figures: one statement for any number of lines.

    Call it with the lines locked. The figures are derived, hence not part of a line's own history.
    """
    if not order_line_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"ids": sorted(set(order_line_ids))})
        return {row[0]: LineQuantities(*row) for row in cursor.fetchall()}


def show_quantities(*, lines: Iterable[PurchaseOrderLine], figures: dict[int, LineQuantities]) -> None:
    """Put freshly counted figures on loaded lines, saving nothing."""
    for line in lines:
        found = figures.get(line.pk)
        if found is None:
            continue
        (
            _,
            line.quantity_received,
            line.quantity_rejected,
            line.quantity_returned,
            line.quantity_billed,
            line.quantity_credited,
            line.amount_billed,
        ) = astuple(found)


def mismatches(*, order_line_ids: Collection[int] | None = None) -> list[QuantityMismatch]:
    """Order lines (all, unless named) whose stored figures differ from their facts; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"ids": None if order_line_ids is None else sorted(set(order_line_ids))})
        return [
            QuantityMismatch(LineQuantities(*row[:7]), LineQuantities(*row[7:])) for row in cursor.fetchall()
        ]
