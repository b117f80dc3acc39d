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


def no_cycles(table: str, constraint: str) -> migrations.RunSQL:
    """A trigger on a tree: no row comes below itself, whoever moves what at the same moment.

    It answers as the check constraint named `constraint` would, so that its message is told. Moves in one tree wait
    for each other; a walk up the tree sees what the one before has stored.
    """
    return migrations.RunSQL(
        sql=[
            f"""
CREATE FUNCTION {table}_no_cycles() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE above bigint := NEW.parent_id;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('{table}_no_cycles'));
    WHILE above IS NOT NULL LOOP
        IF above = NEW.id THEN
            RAISE EXCEPTION 'row % of {table} would come below itself', NEW.id
                USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
        END IF;
        SELECT parent_id INTO above FROM {table} WHERE id = above;
    END LOOP;
    RETURN NEW;
END
$body$
""",
            f"CREATE TRIGGER {table}_no_cycles BEFORE UPDATE OF parent_id ON {table} FOR EACH ROW "
            f"WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id AND NEW.parent_id IS NOT NULL) "
            f"EXECUTE FUNCTION {table}_no_cycles()",
        ],
        reverse_sql=[
            f"DROP TRIGGER IF EXISTS {table}_no_cycles ON {table}",
            f"DROP FUNCTION IF EXISTS {table}_no_cycles()",
        ],
    )
