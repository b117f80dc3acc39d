"""History of every business document: who, when, what, why and in which request, bulk paths included.

django-simple-history writes a row at each `save()`. It writes none for bulk statements, so the helpers below are
the only way to write tracked rows in bulk: one statement stores the rows and, from what it stored, their history,
whatever the number of rows, and several tables at once (`store_with_history`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery
from django.utils import timezone
from simple_history.manager import HistoryDescriptor
from simple_history.models import HistoricalRecords
from structlog.contextvars import get_contextvars

ModelT = TypeVar("ModelT", bound=models.Model)


@dataclass(frozen=True)
class Acting:
    """Who is changing rows just now, and why."""

    actor: Any
    reason: str


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


_clock: ContextVar[Callable[[], datetime]] = ContextVar("history_clock", default=timezone.now)


@contextmanager
def recorded_by(clock: Callable[[], datetime]) -> Iterator[None]:
    """Date every history row written inside by another clock: for invented data only, whose year is not ours."""
    token = _clock.set(clock)
    try:
        yield
    finally:
        _clock.reset(token)


@contextmanager
def acting(actor: Any, reason: str = "") -> Iterator[None]:
    """Name the actor and the reason for every history row written inside."""
    token = _acting.set(Acting(actor, reason))
    try:
        yield
    finally:
        _acting.reset(token)


def current_request_id() -> str:
    """The id of the web request or task being served, or an empty string."""
    return str(get_contextvars().get("request_id") or "")[:64]


def _history_user(instance: models.Model, request: Any = None, **_kwargs: Any) -> Any:
    current = _acting.get()
    if current is not None:
        return current.actor
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


class RequestStamped(models.Model):
    """Adds to each history row the id of the request that wrote it."""

    history_request_id = models.CharField(
        max_length=64, blank=True, default=current_request_id, editable=False
    )

    class Meta:
        abstract = True


class _History(HistoryDescriptor):  # type: ignore[misc]
    """simple-history makes a new manager class at every look at `history`; one is enough."""

    def __init__(self, model: type[models.Model], manager: Any, queryset: Any) -> None:
        super().__init__(model, manager, queryset)
        self._made = manager.from_queryset(queryset)

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        return self._made(self.model, instance)


class DocumentHistory(HistoricalRecords):  # type: ignore[misc]
    """simple-history with our actor, reason and request id."""

    def finalize(self, sender: type[models.Model], **kwargs: Any) -> None:
        """As the library does, with a lighter way to the history."""
        super().finalize(sender, **kwargs)
        made = sender.__dict__.get(self.manager_name)
        if isinstance(made, HistoryDescriptor):
            setattr(
                sender,
                self.manager_name,
                _History(made.model, self.history_manager, self.historical_queryset),
            )

    def create_historical_record(self, instance: models.Model, history_type: str, using: Any = None) -> None:
        """As the library does, dated by our clock."""
        instance._history_date = _clock.get()()  # type: ignore[attr-defined]
        super().create_historical_record(instance, history_type, using)
        del instance._history_date  # type: ignore[attr-defined]

    def get_change_reason_for_object(
        self, instance: models.Model, history_type: str, using: str
    ) -> str | None:
        current = _acting.get()
        return getattr(instance, "_change_reason", None) or (current.reason[:100] if current else None)


def history_records(*, excluded_fields: Sequence[str] = ()) -> DocumentHistory:
    """The `history` attribute of a tracked model; figures derived from facts may be excluded."""
    return DocumentHistory(
        history_id_field=models.BigAutoField(primary_key=True),
        excluded_fields=list(excluded_fields),
        get_user=_history_user,
        bases=[RequestStamped],
    )


@dataclass(frozen=True)
class Write:
    """Rows of one model to be stored with their history; made by `created`, `updated` and `added`.

    `kind` is '+' or '~', or empty where it depends on each row. `adds` names a column that grows by what is stored.
    """

    rows: Sequence[Any]
    kind: str
    query: InsertQuery
    sets_keys: bool = False
    adds: str = ""


def created(rows: Sequence[ModelT], *, unless_there: bool = False) -> Write | None:
    """New rows; primary keys are set on them when they are stored.

    With `unless_there`, rows that somebody else has created meanwhile are left alone; then no row gets its key.
    """
    if not rows:
        return None
    _prepare(rows)
    query = InsertQuery(type(rows[0]), on_conflict=OnConflict.IGNORE if unless_there else None)
    query.insert_values(_fields_without_key(rows[0]), list(rows))
    return Write(rows, "+", query, sets_keys=True)


def added(rows: Sequence[ModelT], field: str, *, unique: Sequence[str]) -> Write | None:
    """Rows whose `field` is added to the stored row with the same `unique` fields; new rows where there is none."""
    if not rows:
        return None
    _prepare(rows)
    model = type(rows[0])
    sum_of: Any = model._meta.get_field(field)
    query = InsertQuery(
        model,
        on_conflict=OnConflict.UPDATE,
        update_fields=[sum_of],
        unique_fields=[model._meta.get_field(name) for name in unique],
    )
    query.insert_values(_fields_without_key(rows[0]), list(rows))
    return Write(rows, "", query, adds=sum_of.column)


def updated(rows: Sequence[ModelT], fields: Sequence[str]) -> Write | None:
    """The named fields of existing rows, as an upsert (10 times bulk_update's speed).

    Only for rows locked in the same transaction. A document's version grows as with every save.
    """
    if not rows:
        return None
    model = type(rows[0])
    named = set(fields) | _prepare(rows)
    query = InsertQuery(
        model,
        on_conflict=OnConflict.UPDATE,
        update_fields=[model._meta.get_field(name) for name in sorted(named)],
        unique_fields=[model._meta.pk],
    )
    query.insert_values(list(model._meta.concrete_fields), list(rows))
    return Write(rows, "~", query)


def store_with_history(*writes: Write | None) -> None:
    """Store what the writes hold, each with its history, all in one statement. None among them is passed over.

    The tables are written in no particular order, so one write must not need the keys another one gives.
    """
    wanted = [write for write in writes if write is not None]
    if not wanted:
        return
    parts, values = [], []
    for number, write in enumerate(wanted):
        sql, parameters = _stored_and_kept(write, number)
        parts.append(sql)
        values += parameters
    keys = " UNION ALL ".join(
        f"SELECT {number}, {_key_column(write)} FROM stored_{number}" for number, write in enumerate(wanted)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} {keys}", values)
        found = cursor.fetchall()
    for number, write in enumerate(wanted):
        keys_of = [key for part, key in found if part == number]
        if write.sets_keys and len(keys_of) == len(write.rows):
            _set_keys(write.rows, keys_of)


def bulk_create_with_history(rows: Sequence[ModelT]) -> list[ModelT]:
    """Insert `rows` (one model) and their history in one statement; primary keys are set on the rows."""
    store_with_history(created(rows))
    return list(rows)


def bulk_update_with_history(rows: Sequence[ModelT], fields: Sequence[str]) -> None:
    """Store `fields` of existing, locked `rows` and their history in one statement; see `updated`."""
    store_with_history(updated(rows, fields))


def update_with_history(row: models.Model, *fields: str) -> None:
    """Store `fields` of one locked row and its history in one statement."""
    bulk_update_with_history([row], fields)


def _prepare(rows: Sequence[models.Model]) -> set[str]:
    """Make rows ready to be written; returns the names of fields that change by that."""
    named: set[str] = set()
    for row in rows:
        named |= _raise_version(row)
        row._prepare_related_fields_for_save("store_with_history")  # type: ignore[attr-defined]
    return named


def _fields_without_key(row: models.Model) -> list[Any]:
    return [field for field in row._meta.concrete_fields if not field.primary_key]


def _set_keys(rows: Sequence[Any], keys: Sequence[Any]) -> None:
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias


def _raise_version(row: models.Model) -> set[str]:
    """The next version of a document, as its `save()` would give it."""
    version = getattr(row, "version", None)
    if not isinstance(version, int):
        return set()
    row.version = version + 1  # type: ignore[attr-defined]
    return {"version"}


def _key_column(write: Write) -> str:
    key: Any = type(write.rows[0])._meta.pk
    return connection.ops.quote_name(key.column)


def _stored_and_kept(write: Write, number: int) -> tuple[str, list[Any]]:
    """Two parts of a WITH clause and their values: store the rows, copy what was stored into the history."""
    model: Any = type(write.rows[0])
    historical: Any = model.history.model
    quote = connection.ops.quote_name
    compiler: Any = write.query.get_compiler(connection=connection)
    compiler.returning_fields = list(model._meta.concrete_fields)
    ((insert, values),) = compiler.as_sql()
    kind = "%s"
    if write.adds:
        column = quote(write.adds)
        stored = f"{quote(model._meta.db_table)}.{column}"
        insert = insert.replace(f"{column} = EXCLUDED.{column}", f"{column} = {stored} + EXCLUDED.{column}")
        # A row that was inserted has no earlier version of itself.
        insert += ", xmax = 0 AS is_new"
        kind = "COALESCE(%s, CASE WHEN is_new THEN '+' ELSE '~' END)"
    columns = [quote(field.column) for field in historical.tracked_fields]
    stamped = _stamp(write.kind or None)
    names = ", ".join([*columns, *(quote(name) for name in stamped)])
    picked = ", ".join([*columns, *(kind if name == "history_type" else "%s" for name in stamped)])
    sql = (
        f"stored_{number} AS ({insert}), kept_{number} AS (INSERT INTO {quote(historical._meta.db_table)} "
        f"({names}) SELECT {picked} FROM stored_{number})"
    )
    return sql, [*values, *stamped.values()]


def _stamp(kind: str | None) -> dict[str, Any]:
    """Who, when, why and in which request, as columns of a history row."""
    current = _acting.get()
    return {
        "history_date": _clock.get()(),
        "history_type": kind,
        "history_user_id": getattr(current.actor, "pk", None) if current else None,
        "history_change_reason": (current.reason[:100] or None) if current else None,
        "history_request_id": current_request_id(),
    }
