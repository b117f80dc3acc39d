"""A plant of any size in seconds: rows copied from one real row each, as set-based SQL.

Every other column is taken from a row that the product's own services made, so that the copies are valid.
Shape: lines of 200 assets below one plant; 5 work orders an asset, 2 cost entries and a step each; 50 movements
a balance; one technician for 500 work orders, at least 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from cmms.models import Asset, CostEntry, Location, Operation, StockItem, StockMovement, Technician, WorkOrder
from core.models import Item, User
from tests.plant import Plant

BASE = 1_000_000  # keys of copies start above those of the rows copied
LINE = 200
ASSETS_AT_A_PLACE = 20
MOVEMENTS_PER_BALANCE = 50
WORDS = "ARRAY['bearing','seal','motor','gearbox','valve','pump','sensor','belt']"


@dataclass(frozen=True)
class Size:
    """How many rows; the other tables follow."""

    work_orders: int
    assets: int
    movements: int

    @property
    def balances(self) -> int:
        """Items, each kept in one storeroom."""
        return self.movements // MOVEMENTS_PER_BALANCE

    @property
    def technicians(self) -> int:
        """People who are given work."""
        return max(10, self.work_orders // 500)

    def __str__(self) -> str:
        return f"{self.work_orders:,} work orders, {self.assets:,} assets, {self.movements:,} movements"


def fill(plant: Plant, size: Size) -> None:
    """Copy until the plant has this size, and let the database count its rows."""
    order, item = plant.work_order(), plant.item("COPIED", stocked=True, on_hand=10, cost="5")
    balance = StockItem.objects.get(item=item)
    with connection.cursor() as cursor:
        _places(cursor, plant, size)
        _people(cursor, plant, size)
        _work(cursor, order, size)
        _stock(cursor, item, balance, size)
        cursor.execute("VACUUM ANALYZE")


def _copy(cursor: Any, row: models.Model, count: int, **changed: str) -> None:
    """`count` copies of a row, keys from BASE + 1 on; `changed`: SQL by column, where n counts from 1."""
    table, key = row._meta.db_table, row._meta.pk.column  # type: ignore[union-attr]
    columns = [field.column for field in row._meta.concrete_fields if field.column != key]
    values = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({key}, {names}) SELECT {BASE} + n, {values} "
        f"FROM {table} t CROSS JOIN generate_series(1, {count}) n WHERE t.{key} = {int(row.pk)}"
    )


def _code(letters: str) -> str:
    return f"'{letters}-' || lpad((n + 100)::text, 6, '0')"


def _word(by: str) -> str:
    return f"({WORDS})[1 + ({by}) % 8]"


def _places(cursor: Any, plant: Plant, size: Size) -> None:
    """A tree of ten below each: a line, its sections, their machines."""
    place = Location.objects.get(pk=plant.asset.location_id)
    _copy(cursor, place, max(1, size.assets // ASSETS_AT_A_PLACE), code=_code("L"), name="'Bay ' || n")
    within = f"((n - 1) % {LINE})"
    start = f"{BASE} + n - {within}"
    _copy(
        cursor,
        Asset.objects.get(pk=plant.asset.pk),
        size.assets,
        code=_code("A"),
        name=f"'Machine ' || {_word('n')} || ' ' || n",
        location_id=f"{BASE} + 1 + (n - 1) / {ASSETS_AT_A_PLACE}",
        parent_id=f"CASE {within} WHEN 0 THEN t.id ELSE {start} + {within} / 10 END",
    )


def _people(cursor: Any, plant: Plant, size: Size) -> None:
    user = plant["technician"]
    _copy(
        cursor,
        User.objects.get(pk=user.pk),
        size.technicians,
        username="'worker' || n",
        last_name="'No ' || n",
    )
    cursor.execute(
        f"INSERT INTO core_user_groups (user_id, group_id) SELECT {BASE} + n, group_id "
        f"FROM core_user_groups, generate_series(1, {size.technicians}) n WHERE user_id = {user.pk}"
    )
    _copy(cursor, Technician.objects.get(user=user), size.technicians, user_id=f"{BASE} + n")


def _work(cursor: Any, order: WorkOrder, size: Size) -> None:
    """One in twenty released, in progress and draft; the others closed."""
    asset = f"{BASE} + 1 + (n - 1) % {size.assets}"
    status = (
        "CASE n % 20 WHEN 0 THEN 'RELEASED' WHEN 1 THEN 'IN_PROGRESS' WHEN 2 THEN 'DRAFT' ELSE 'CLOSED' END"
    )
    _copy(
        cursor,
        order,
        size.work_orders,
        number=_code("WO"),
        title=f"'Replace ' || {_word('n / 3')} || ' ' || n",
        status=status,
        asset_id=asset,
        assignee_id=f"{BASE} + 1 + (n / 20) % {size.technicians}",
        due_at="t.reported_at + (n % 400 - 200) * interval '1 day'",
        priority="(ARRAY['LOW','NORMAL','NORMAL','HIGH'])[1 + n % 4]",
    )
    step = Operation.objects.filter(work_order=order)[0]
    _copy(cursor, step, size.work_orders, work_order_id=f"{BASE} + n")
    _copy(
        cursor,
        CostEntry.objects.filter(work_order=order)[0],
        2 * size.work_orders,
        work_order_id=f"{BASE} + (n + 1) / 2",
        asset_id=f"{BASE} + 1 + ((n + 1) / 2 - 1) % {size.assets}",
        stage="CASE n % 2 WHEN 0 THEN 'ESTIMATE' ELSE 'ACTUAL' END",
        source_key="'copy:' || n",
    )


def _stock(cursor: Any, item: Item, balance: StockItem, size: Size) -> None:
    """An opening balance of 10 at 5 each, then 2 out and 2 in by turns: 8 are left."""
    _copy(cursor, item, size.balances, code=_code("P"), name=f"'Part ' || {_word('n')} || ' ' || n")
    _copy(
        cursor, balance, size.balances, item_id=f"{BASE} + n", quantity_on_hand="8", value="40",
        reorder_point="CASE n % 10 WHEN 0 THEN 8 END",
    )  # fmt: skip
    turn = f"((n - 1) / {size.balances})"
    by_turn = f"CASE WHEN {turn} = 0 THEN {{}} WHEN {turn} % 2 = 1 THEN {{}} ELSE {{}} END"
    _copy(
        cursor,
        StockMovement.objects.get(stock_item=balance),
        size.movements,
        stock_item_id=f"{BASE} + 1 + (n - 1) % {size.balances}",
        kind=by_turn.format("'OPENING'", "'ISSUE'", "'RECEIPT'"),
        quantity=by_turn.format(10, -2, 2),
        value=by_turn.format(50, -10, 10),
        quantity_after=by_turn.format(10, 8, 10),
        value_after=by_turn.format(50, 40, 50),
        work_order_id=by_turn.format("NULL", f"{BASE} + 1 + n % {size.work_orders}", "NULL"),
        document_number=by_turn.format(
            "''", "''", f"'GR-' || {turn} || '-' || (1 + (n - 1) % {size.balances})"
        ),
        moved_at=f"t.moved_at - ({size.movements} - n) * (interval '365 days' / {size.movements})",
    )
