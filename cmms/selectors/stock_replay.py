"""Balances, values and bins replayed from nothing, compared with what is stored. Four statements for any number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from core.money import minor_unit


@dataclass(frozen=True)
class ReplayDifference:
    """A figure that the movements do not give. `movement_id` is the first movement it shows at, where it is one's."""

    item: str
    storeroom: str
    figure: str
    stored: Decimal
    replayed: Decimal
    movement_id: int | None = None


# Movements in the order they were made under the balance's lock. What leaves by issue, transfer or count takes its
# share of the balance before it, rounded once, the last piece all of it; what comes in brings the value it is given.
# Each step is checked against the sums before it, so by induction a replay from nothing gives the stored figures.
_MOVEMENTS = """
WITH replay AS (
    SELECT id, stock_item_id, kind, quantity, value, quantity_after, value_after, reverses_id,
           SUM(quantity) OVER w AS q, SUM(value) OVER w AS v, LEAD(id) OVER w AS next_id
    FROM cmms_stockmovement WINDOW w AS (PARTITION BY stock_item_id ORDER BY id)
), judged AS (
    SELECT *, CASE
        WHEN quantity < 0 AND reverses_id IS NULL AND kind IN ('ISSUE', 'TRANSFER_OUT', 'ADJUSTMENT')
            THEN CASE WHEN q = 0 THEN value - v ELSE ROUND((v - value) * quantity / NULLIF(q - quantity, 0), %(digits)s) END
        WHEN kind = 'ADJUSTMENT' AND q > quantity
            THEN ROUND((v - value) * quantity / (q - quantity), %(digits)s)
        ELSE value END AS due
    FROM replay
)
SELECT i.code, s.code, j.id, j.quantity_after, j.q, j.value_after, j.v, j.value, j.due
FROM judged j JOIN cmms_stockitem b ON b.id = j.stock_item_id
JOIN core_item i ON i.id = b.item_id JOIN cmms_storeroom s ON s.id = b.storeroom_id
WHERE j.q <> j.quantity_after OR j.v <> j.value_after OR j.q < 0 OR j.v < 0 OR j.value IS DISTINCT FROM j.due
ORDER BY i.code, s.code, j.id LIMIT %(most)s
"""
_BALANCES = """
SELECT i.code, s.code, b.quantity_on_hand, COALESCE(m.q, 0), b.value, COALESCE(m.v, 0)
FROM cmms_stockitem b JOIN core_item i ON i.id = b.item_id JOIN cmms_storeroom s ON s.id = b.storeroom_id
LEFT JOIN (SELECT stock_item_id, SUM(quantity) AS q, SUM(value) AS v FROM cmms_stockmovement GROUP BY 1) m
    ON m.stock_item_id = b.id
WHERE b.quantity_on_hand <> COALESCE(m.q, 0) OR b.value <> COALESCE(m.v, 0)
ORDER BY 1, 2 LIMIT %(most)s
"""
_BINS = """
WITH placed AS (
    SELECT stock_item_id, COALESCE(bin_id, 0) AS bin, COALESCE(lot_id, 0) AS lot, SUM(quantity) AS q
    FROM cmms_stockplacement GROUP BY 1, 2, 3
), held AS (
    SELECT stock_item_id, COALESCE(bin_id, 0) AS bin, COALESCE(lot_id, 0) AS lot, quantity AS q FROM cmms_stocklevel
), bins AS (
    SELECT stock_item_id, bin, 'In bin' AS figure, COALESCE(held.q, 0) AS stored, COALESCE(placed.q, 0) AS replayed
    FROM held FULL JOIN placed USING (stock_item_id, bin, lot) WHERE COALESCE(held.q, 0) <> COALESCE(placed.q, 0)
), sums AS (
    SELECT b.id AS stock_item_id, 0 AS bin, 'In all bins' AS figure, b.quantity_on_hand, COALESCE(h.q, 0)
    FROM cmms_stockitem b LEFT JOIN (SELECT stock_item_id, SUM(q) AS q FROM held GROUP BY 1) h ON h.stock_item_id = b.id
    WHERE COALESCE(h.q, 0) <> CASE WHEN b.is_detailed THEN b.quantity_on_hand ELSE 0 END
)
SELECT i.code, s.code || COALESCE(' ' || bin.code, ''), x.figure, x.stored, x.replayed
FROM (SELECT * FROM bins UNION ALL SELECT * FROM sums) x
JOIN cmms_stockitem b ON b.id = x.stock_item_id JOIN core_item i ON i.id = b.item_id
JOIN cmms_storeroom s ON s.id = b.storeroom_id LEFT JOIN cmms_bin bin ON bin.id = x.bin
ORDER BY 1, 2, 3 LIMIT %(most)s
"""
_SERIALS = """
WITH placed AS (
    SELECT serial_id, stock_item_id, COALESCE(bin_id, 0) AS bin, SUM(quantity) AS q
    FROM cmms_stockplacement WHERE serial_id IS NOT NULL GROUP BY 1, 2, 3 HAVING SUM(quantity) <> 0
), here AS (
    SELECT id AS serial_id, stock_item_id, COALESCE(bin_id, 0) AS bin, 1 AS q
    FROM cmms_serial WHERE stock_item_id IS NOT NULL
)
SELECT i.code, s.code, 'Serial number ' || n.number, x.stored, x.replayed
FROM (
    SELECT serial_id, stock_item_id, COALESCE(here.q, 0) AS stored, COALESCE(placed.q, 0) AS replayed
    FROM here FULL JOIN placed USING (serial_id, stock_item_id, bin)
    WHERE COALESCE(here.q, 0) <> COALESCE(placed.q, 0)
) x
JOIN cmms_serial n ON n.id = x.serial_id JOIN cmms_stockitem b ON b.id = x.stock_item_id
JOIN core_item i ON i.id = b.item_id JOIN cmms_storeroom s ON s.id = b.storeroom_id
ORDER BY 1, 2, 3 LIMIT %(most)s
"""


def replay_differences(most: int = 1000) -> list[ReplayDifference]:
    """Where the stored quantities, values, bins and serial numbers differ from their facts; at most so many of each."""
    digits = -int(minor_unit(settings.BASE_CURRENCY).as_tuple().exponent)
    found: list[ReplayDifference] = []
    with connection.cursor() as cursor:
        cursor.execute(_MOVEMENTS, {"digits": digits, "most": most})
        for row in cursor.fetchall():
            found += _of_movement(row)
        cursor.execute(_BALANCES, {"most": most})
        for item, room, on_hand, q, value, v in cursor.fetchall():
            found += _unless_equal(item, room, "On hand", on_hand, q)
            found += _unless_equal(item, room, "Value", value, v)
        for statement in (_BINS, _SERIALS):
            cursor.execute(statement, {"most": most})
            found += [ReplayDifference(*row) for row in cursor.fetchall()]
    return found


def _of_movement(row: tuple[Any, ...]) -> list[ReplayDifference]:
    item, room, key, quantity_after, q, value_after, v, value, due = row
    found = [
        *_unless_equal(item, room, "On hand after it", quantity_after, q, key),
        *_unless_equal(item, room, "Value after it", value_after, v, key),
        *_unless_equal(item, room, "Value at moving average", value, due, key),
    ]
    if not found:
        found = [
            ReplayDifference(item, room, "Below zero", min(quantity_after, value_after), Decimal(0), key)
        ]
    return found


def _unless_equal(
    item: str, room: str, figure: str, stored: Decimal, replayed: Decimal | None, key: int | None = None
) -> list[ReplayDifference]:
    if stored == replayed:
        return []
    return [ReplayDifference(item, room, figure, stored, Decimal(0) if replayed is None else replayed, key)]
