"""Migration operations that more than one app uses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

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


class Together(Operation):
    """Tables, fields, constraints and indexes made in one go, for the models as they are in the end.

    Django renders every related model anew after each operation; with some hundred models that made a new database
    take minutes. What is added to a table that is created here comes with the table.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)
        self.created = {each.name_lower for each in operations if isinstance(each, migrations.CreateModel)}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """All of them, without rendering in between."""
        state.__dict__.pop("apps", None)
        for each in self.operations:
            each.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """In order, all on the models of the end."""
        for each in self._own():
            each.database_forwards(app_label, schema_editor, to_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """In reverse."""
        for each in reversed(self._own()):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """For `migrate --plan`."""
        return f"Make {len(self.operations)} changes together"

    def _own(self) -> list[Operation]:
        """Those that are not contained in the creation of a table."""
        return [
            each
            for each in self.operations
            if isinstance(each, migrations.CreateModel) or _model_of(each) not in self.created
        ]


_TOGETHER = (
    migrations.CreateModel, migrations.AddField, migrations.AddConstraint, migrations.AddIndex,
    migrations.AlterModelOptions,
)  # fmt: skip


def _model_of(operation: Any) -> str:
    name: str = getattr(operation, "model_name", None) or operation.name
    return name.lower()


def together(operations: Sequence[Operation]) -> list[Operation]:
    """The operations of a migration, with each run of those that can be made together made together."""
    made: list[Operation] = []
    for joins, run in groupby(operations, key=lambda each: isinstance(each, _TOGETHER)):
        each_of_run = list(run)
        made += [Together(each_of_run)] if joins else each_of_run
    return made
