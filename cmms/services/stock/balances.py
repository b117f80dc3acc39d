"""Balances under lock: every movement is made here, in memory, and stored with its balance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from cmms.decisions.moving_average import Balance, unit_cost
from cmms.models import PartsRequestLine, StockItem, StockMovement, WorkOrder
from core.errors import NotFound
from core.models import User

ISSUE, ADJUST = "cmms.issue_stock", "cmms.adjust_stock"


def locked_balances(*, wanted: Q) -> list[StockItem]:
    """The stock items that match, locked by primary key so that two commands never wait for each other."""
    rows = StockItem.objects.filter(wanted).select_related("item__unit", "storeroom").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def locked_balance(*, stock_item_id: int) -> StockItem:
    """One balance, locked. Raises NotFound."""
    found = locked_balances(wanted=Q(pk=stock_item_id))
    if not found:
        raise NotFound("That balance does not exist.", field="stock_item_id")
    return found[0]


def balance_of(*, row: StockItem) -> Balance:
    """Quantity and value of a stored balance."""
    return Balance(row.quantity_on_hand, row.value)


def move(
    *,
    row: StockItem,
    kind: str,
    quantity: Decimal,
    value: Decimal,
    actor: User | None,
    at: datetime,
    line: PartsRequestLine | None = None,
    order: WorkOrder | None = None,
    source_key: str = "",
    document_number: str = "",
    note: str = "",
    reverses: StockMovement | None = None,
) -> StockMovement:
    """The (unsaved) movement of a locked balance, which is changed with it. Quantity and value are signed."""
    after = balance_of(row=row).moved(quantity, value)
    row.quantity_on_hand, row.value = after.quantity, after.value
    return StockMovement(
        stock_item=row,
        kind=kind,
        quantity=quantity,
        unit_cost=unit_cost(value, quantity),
        value=value,
        quantity_after=after.quantity,
        value_after=after.value,
        work_order=order,
        request_line=line,
        source_key=source_key,
        document_number=document_number,
        note=note[:200],
        reverses=reverses,
        moved_at=at,
        moved_by=actor,
    )


def store(*, rows: Sequence[StockItem], movements: Sequence[StockMovement] = ()) -> list[StockMovement]:
    """Write locked balances and their movements, one statement each.

    The balance figures have no history rows of their own: movements and reservations are their history.
    """
    if rows:
        table = connection.ops.quote_name(StockItem._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET quantity_on_hand = new.on_hand, quantity_reserved = new.reserved, "
                "value = new.value FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[]) "
                f"AS new(id, on_hand, reserved, value) WHERE {table}.id = new.id",
                [
                    [row.pk for row in rows],
                    # A balance that is new in this transaction still carries the fields' plain zeros.
                    [Decimal(row.quantity_on_hand) for row in rows],
                    [Decimal(row.quantity_reserved) for row in rows],
                    [Decimal(row.value) for row in rows],
                ],
            )
    return StockMovement.objects.bulk_create(movements)
