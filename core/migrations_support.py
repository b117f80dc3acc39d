"""Migration operations that more than one app uses."""

from django.db import migrations

_FUNCTION = """
CREATE OR REPLACE FUNCTION tenon_facts_are_kept() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'facts in % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$body$
"""


def append_only(table: str) -> migrations.RunSQL:
    """A trigger that refuses UPDATE and DELETE on `table`; TRUNCATE (test clean-up) stays possible."""
    return migrations.RunSQL(
        sql=[
            _FUNCTION,
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tenon_facts_are_kept()",
        ],
        reverse_sql=[f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"],
    )


TRIGRAMS = "tenon_trigrams"
_TRIGRAMS = f"""
CREATE OR REPLACE FUNCTION {TRIGRAMS}(given text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 50 AS $body$
    SELECT coalesce(array_agg(DISTINCT substr(upper(given), start, 3)), ARRAY[]::text[])
    FROM generate_series(1, length(given) - 2) AS start
$body$
"""


def text_index(table: str, *columns: str) -> migrations.RunSQL:
    """An index for words anywhere in these columns (not empty ones); `core.searching.register_text` names the same."""
    name = f"{table}_words"
    text = " || ' ' || ".join(f'"{column}"' for column in columns)
    return migrations.RunSQL(
        sql=[_TRIGRAMS, f"CREATE INDEX {name} ON {table} USING gin ({TRIGRAMS}({text}))"],
        reverse_sql=[f"DROP INDEX IF EXISTS {name}"],
    )
