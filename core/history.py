"""History of every business document: who, when, what, why and in which request, bulk paths included.

django-simple-history writes a row at each `save()`. It writes none for bulk statements, so the helpers below are
the only way to write tracked rows in bulk: one statement stores the rows and, from what it stored, their history,
whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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


def bulk_create_with_history(rows: Sequence[ModelT]) -> list[ModelT]:
    """Insert `rows` (one model) and their history in one statement; primary keys are set on the rows."""
    if not rows:
        return []
    model = type(rows[0])
    primary: Any = model._meta.pk
    for row in rows:
        _raise_version(row)
        row._prepare_related_fields_for_save("bulk_create_with_history")  # type: ignore[attr-defined]
    fields = [field for field in model._meta.concrete_fields if field is not primary]
    query = InsertQuery(model)
    query.insert_values(fields, list(rows))
    for row, key in zip(rows, _run_with_history(query, model, "+"), strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return list(rows)


def bulk_update_with_history(rows: Sequence[ModelT], fields: Sequence[str]) -> None:
    """Store `fields` of existing `rows` and their history in one statement (an upsert; 10 times bulk_update's speed).

    Call it only on rows locked in the same transaction. A document's version grows as with every save.
    """
    if not rows:
        return
    model = type(rows[0])
    named = set(fields)
    for row in rows:
        named |= _raise_version(row)
        row._prepare_related_fields_for_save("bulk_update_with_history")  # type: ignore[attr-defined]
    primary: Any = model._meta.pk
    query = InsertQuery(
        model,
        on_conflict=OnConflict.UPDATE,
        update_fields=[model._meta.get_field(name) for name in sorted(named)],
        unique_fields=[primary],
    )
    query.insert_values(list(model._meta.concrete_fields), list(rows))
    _run_with_history(query, model, "~")


def update_with_history(row: models.Model, *fields: str) -> None:
    """Store `fields` of one locked row and its history in one statement."""
    bulk_update_with_history([row], fields)


def _raise_version(row: models.Model) -> set[str]:
    """The next version of a document, as its `save()` would give it."""
    version = getattr(row, "version", None)
    if not isinstance(version, int):
        return set()
    row.version = version + 1  # type: ignore[attr-defined]
    return {"version"}


def _run_with_history(query: InsertQuery, model: type[models.Model], kind: str) -> list[Any]:
    """Run the insert or upsert and copy what it stored into the history table, both in one statement."""
    historical: Any = model.history.model  # type: ignore[attr-defined]
    primary: Any = model._meta.pk
    quote = connection.ops.quote_name
    compiler: Any = query.get_compiler(connection=connection)
    compiler.returning_fields = list(model._meta.concrete_fields)
    ((insert, values),) = compiler.as_sql()
    columns = [quote(field.column) for field in historical.tracked_fields]
    stamped = _stamp(kind)
    names = ", ".join([*columns, *(quote(name) for name in stamped)])
    picked = ", ".join([*columns, *(["%s"] * len(stamped))])
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH stored AS ({insert}), kept AS ("
            f"INSERT INTO {quote(historical._meta.db_table)} ({names}) SELECT {picked} FROM stored"
            f") SELECT {quote(primary.column)} FROM stored",
            [*values, *stamped.values()],
        )
        return [row[0] for row in cursor.fetchall()]


def _stamp(kind: str) -> dict[str, Any]:
    """Who, when, why and in which request, as columns of a history row."""
    current = _acting.get()
    return {
        "history_date": timezone.now(),
        "history_type": kind,
        "history_user_id": getattr(current.actor, "pk", None) if current else None,
        "history_change_reason": (current.reason[:100] or None) if current else None,
        "history_request_id": current_request_id(),
    }
