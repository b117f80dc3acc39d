"""Words found anywhere in a text, at the same speed in long tables: tables register the text that is indexed.

The index holds every group of three letters of it (`core.migrations_support.text_index`). PostgreSQL's own pg_trgm does
the same, but not every PostgreSQL has it. Tables that are not registered are read from end to end, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Subquery, TextField, Value

from core.migrations_support import TRIGRAMS

SHORTEST = 3  # a shorter word has no group of three letters
_registered: dict[str, frozenset[str]] = {}
_order: dict[str, tuple[str, ...]] = {}


def register_text(model: str, *fields: str) -> None:
    """Say that these columns of a model ('app.Model') have a text index, made with them in this order."""
    _registered[model.lower()] = frozenset(fields)
    _order[model.lower()] = fields


def registered_texts() -> dict[str, tuple[str, ...]]:
    """Columns with a text index, by model label."""
    return dict(_order)


def containing(model: type[Model], fields: Iterable[str], word: str, *, is_frequent: bool = False) -> Q:
    """Rows with `word` in any of `fields`, which may be of rows they point to; capitals do not matter.

    Each way to find a row is a query of its own: joined by OR in one query, none of their indexes would serve.
    `is_frequent`: many rows have it, so that reading them in the order of the list soon finds a page of them.
    """
    names = list(fields)
    if model._meta.label_lower not in _registered:
        return _any(names, word)
    own = [name for name in names if "__" not in name]
    ways = [_any(own, word) if is_frequent else _own(model, own, word)] if own else []
    for hop in dict.fromkeys(name.partition("__")[0] for name in names if "__" in name):
        further = [name.partition("__")[2] for name in names if name.startswith(f"{hop}__")]
        ways.append(_pointing(model, hop, further, word))
    if is_frequent or len(ways) == 1:
        return reduce(or_, ways)
    keys = [model._base_manager.filter(way).order_by().values("pk") for way in ways]
    return Q(pk__in=keys[0].union(*keys[1:], all=True))


def among(rows: QuerySet[Any], found: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` that are in `found`, which are few: found first, then put in order.

    Left to itself, the database would rather read the table in the order of the list until it meets them.
    """
    keys = _Keys(found.order_by().values("pk"))
    return rows.filter(_KeyAmong(F("pk"), keys))


class _Groups(Func):
    """The groups of three letters of some columns, as they are indexed."""

    function = TRIGRAMS
    arg_joiner = " || ' ' || "
    output_field = TextField()


class _Holds(Func):
    """Whether all groups on the right are among those on the left."""

    template, arg_joiner, output_field = "(%(expressions)s)", " @> ", BooleanField()


class _Keys(Subquery):
    """The keys of a query as an array, made once."""

    template = "ARRAY(%(subquery)s)"


class _KeyAmong(Func):
    template, arg_joiner, output_field = "(%(expressions)s))", " = ANY(", BooleanField()


def _any(names: list[str], word: str) -> Q:
    return reduce(or_, (Q(**{f"{name}__icontains": word}) for name in names))


def _own(model: type[Model], names: list[str], word: str) -> Q:
    label = model._meta.label_lower
    if len(word) < SHORTEST or not _registered[label].issuperset(names):
        return _any(names, word)
    indexed = _Groups(*(F(name) for name in _order[label]))
    return Q(_Holds(indexed, Func(Value(word), function=TRIGRAMS, output_field=TextField()))) & _any(
        names, word
    )


def _pointing(model: type[Model], hop: str, further: list[str], word: str) -> Q:
    field: Any = model._meta.get_field(hop)
    if not field.many_to_one or not field.concrete:
        return _any([f"{hop}__{name}" for name in further], word)
    other = field.related_model
    rows = other._base_manager.filter(containing(other, further, word)).order_by()
    return Q(**{f"{hop}__in": rows.values("pk")})
