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
