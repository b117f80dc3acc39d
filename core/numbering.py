"""Document numbers: gap-free, in one statement, however many are taken."""

from __future__ import annotations

from django.db import connection

from core.models import NumberSequence


def next_numbers(kind: str, count: int = 1) -> list[str]:
    """The next `count` numbers of `kind`, e.g. next_numbers('WO') -> ['WO-000001'].

    Must run inside a transaction: the row lock it takes is what makes the numbers gap-free.
    """
    if count < 1:
        return []
    table = connection.ops.quote_name(NumberSequence._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (kind, last_value) VALUES (%s, %s) "
            f"ON CONFLICT (kind) DO UPDATE SET last_value = {table}.last_value + EXCLUDED.last_value "
            "RETURNING last_value",
            [kind, count],
        )
        last = int(cursor.fetchone()[0])
    return [f"{kind}-{value:06d}" for value in range(last - count + 1, last + 1)]


def next_number(kind: str) -> str:
    """The next number of `kind`."""
    return next_numbers(kind)[0]
