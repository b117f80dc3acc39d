"""The reference: the same inserts and updates, history included, as a handful of set-based statements.

It decides nothing and checks nothing: it writes what the match is known to write for invoices without a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction

from linkage.models import Allocation
from procurement.models import Invoice, InvoiceLine, MatchLink, MatchRun, MatchRunItem


def copy_history(cursor: Any, model: type[models.Model], keys: Sequence[int], kind: str) -> None:
    """One history row per key."""
    historical = model.history.model  # type: ignore[attr-defined]
    columns = ", ".join(f'"{field.column}"' for field in historical.tracked_fields)
    cursor.execute(
        f"INSERT INTO {historical._meta.db_table} ({columns}, history_date, history_type, history_request_id) "
        f"SELECT {columns}, now(), %s, '' FROM {model._meta.db_table} WHERE id = ANY(%s)",
        [kind, list(keys)],
    )


def _ids(cursor: Any, sql: str, params: Sequence[Any]) -> list[int]:
    cursor.execute(sql, params)
    return [row[0] for row in cursor.fetchall()]


def match_and_post(run: MatchRun, invoices: Sequence[int]) -> None:
    """Link, freeze costs, post, count quantities, move accrual to actual, finish the run."""
    wanted = list(invoices)
    with transaction.atomic(), connection.cursor() as cursor:
        links = _ids(
            cursor,
            "INSERT INTO procurement_matchlink (invoice_line_id, order_line_id, receipt_line_id, quantity, amount) "
            "SELECT l.id, l.order_line_id, r.id, l.quantity, l.net_amount FROM procurement_invoiceline l "
            "JOIN procurement_goodsreceiptline r ON r.order_line_id = l.order_line_id "
            "WHERE l.invoice_id = ANY(%s) RETURNING id",
            [wanted],
        )
        copy_history(cursor, MatchLink, links, "+")
        lines = _ids(
            cursor,
            "UPDATE procurement_invoiceline SET cost_amount = net_amount WHERE invoice_id = ANY(%s) RETURNING id",
            [wanted],
        )
        copy_history(cursor, InvoiceLine, lines, "~")
        cursor.execute(
            "UPDATE procurement_invoice SET status = 'PAYABLE', posted_at = now(), matched_at = now(), "
            "version = version + 1 WHERE id = ANY(%s)",
            [wanted],
        )
        copy_history(cursor, Invoice, wanted, "~")
        _count_billed(cursor, wanted)
        _post_actuals(cursor, wanted)
        cursor.execute(
            "UPDATE procurement_matchrunitem SET status = 'DONE', outcome = 'PAYABLE' WHERE run_id = %s",
            [run.pk],
        )
        assert MatchRunItem._meta.db_table == "procurement_matchrunitem"


def _count_billed(cursor: Any, invoices: list[int]) -> None:
    cursor.execute(
        "UPDATE procurement_purchaseorderline o SET quantity_billed = s.quantity, amount_billed = s.amount FROM ("
        "SELECT order_line_id, sum(quantity) quantity, sum(cost_amount) amount FROM procurement_invoiceline "
        "WHERE order_line_id IN (SELECT order_line_id FROM procurement_invoiceline WHERE invoice_id = ANY(%s)) "
        "AND cost_amount IS NOT NULL GROUP BY order_line_id) s WHERE s.order_line_id = o.id",
        [invoices],
    )


def _post_actuals(cursor: Any, invoices: list[int]) -> None:
    cursor.execute(
        "INSERT INTO linkage_spendentry (order_line_id, account, stage, cost_centre_id, amount, source_key, "
        "occurred_on, posted_at) "
        "SELECT l.order_line_id, 'COST_CENTRE', s.stage, o.cost_centre_id, s.sign * l.cost_amount, "
        "'allocation:' || a.id, now(), now() FROM procurement_invoiceline l "
        "JOIN procurement_purchaseorderline p ON p.id = l.order_line_id "
        "JOIN procurement_purchaseorder o ON o.id = p.order_id "
        f"JOIN {Allocation._meta.db_table} a ON a.order_line_id = l.order_line_id "
        "CROSS JOIN (VALUES ('ACTUAL', 1), ('ACCRUED', -1)) AS s(stage, sign) WHERE l.invoice_id = ANY(%s)",
        [invoices],
    )


def post_costs(order_lines: Sequence[int]) -> None:
    """Write the commitment of fresh order lines into the ledgers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cmms_costentry (work_order_id, operation_id, asset_id, cost_centre_id, bucket, stage, reason, "
            "quantity, unit_cost, amount, currency, amount_document, source_key, document_number, description, "
            "is_late, occurred_on, posted_at) "
            "SELECT a.work_order_id, a.operation_id, w.asset_id, w.cost_centre_id, 'MATERIAL', 'COMMITTED', 'NORMAL', "
            "p.quantity, p.unit_price, round(p.quantity * p.unit_price * o.exchange_rate, 2), o.currency, "
            "round(p.quantity * p.unit_price, 2), 'allocation:' || a.id, o.number, p.description, false, now(), now() "
            "FROM linkage_allocation a JOIN procurement_purchaseorderline p ON p.id = a.order_line_id "
            "JOIN procurement_purchaseorder o ON o.id = p.order_id JOIN cmms_workorder w ON w.id = a.work_order_id "
            "WHERE a.order_line_id = ANY(%s)",
            [list(order_lines)],
        )
