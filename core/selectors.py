"""Reads over any document: its history with differences, and who may open an attachment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Field, ForeignKey, ForeignObjectRel, Model

from core.display import HIDDEN, NO_DATA, quantity_text
from core.models import Attachment, User

KINDS = {"+": "Created", "~": "Changed", "-": "Deleted"}
COST_WORDS = (
    "price",
    "amount",
    "total",
    "cost",
    "rate",
    "value",
    "discount",
    "tax",
    "balance",
    "limit",
    "budget",
)
NOT_SHOWN = frozenset({"version", "created_at", "created_by"})
LONGEST_TEXT = 80


@dataclass(frozen=True)
class Change:
    """One field of one change."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class HistoryEntry:
    """One stored change of a document: who, when, what, why, in which request."""

    at: datetime
    who: str
    what: str
    reason: str
    request_id: str
    changes: list[Change] = field(default_factory=list)


def history_of(row: Model, *, with_costs: bool, limit: int = 50) -> list[HistoryEntry]:
    """The newest changes of `row` with their differences.

    One statement for the history and one per model that a changed key points to, however many the changes.
    """
    history = type(row).history  # type: ignore[attr-defined]
    records = list(
        history.model.objects.filter(**{row._meta.pk.attname: row.pk})
        .select_related("history_user")
        .order_by("-history_date", "-history_id")[: limit + 1]
    )
    fields = [
        each for each in history.model.tracked_fields if each.name not in NOT_SHOWN and not each.primary_key
    ]
    changed = [_changed(newer, older, fields) for newer, older in pairwise(records)]
    names = _names_of_keys(changed)
    differences = [[_words(each, names, with_costs=with_costs) for each in found] for found in changed]
    differences.append([])
    return [_entry(record, found) for record, found in zip(records, differences, strict=False)][:limit]


Found = tuple["Field[Any, Any]", Any, Any]


def _changed(newer: Any, older: Any, fields: Sequence[Field[Any, Any]]) -> list[Found]:
    pairs = ((each, getattr(older, each.attname), getattr(newer, each.attname)) for each in fields)
    return [(each, before, after) for each, before, after in pairs if before != after]


def _names_of_keys(changed: Sequence[Sequence[Found]]) -> dict[type[Model], dict[Any, str]]:
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for found in changed:
        for each, before, after in found:
            if isinstance(each, ForeignKey):
                wanted[each.related_model].update(key for key in (before, after) if key is not None)
    return {
        model: {key: str(row) for key, row in model._default_manager.in_bulk(keys).items()}
        for model, keys in wanted.items()
    }


def _words(found: Found, names: dict[type[Model], dict[Any, str]], *, with_costs: bool) -> Change:
    each, before, after = found
    label = str(each.verbose_name).capitalize()
    if (
        not with_costs
        and isinstance(before or after, Decimal)
        and any(word in each.name for word in COST_WORDS)
    ):
        return Change(label, HIDDEN, HIDDEN)
    return Change(label, _value(each, before, names), _value(each, after, names))


def _value(each: Field[Any, Any], value: Any, names: dict[type[Model], dict[Any, str]]) -> str:
    if value is None or value == "":
        return NO_DATA
    if isinstance(each, ForeignKey):
        return names.get(each.related_model, {}).get(value, f"#{value}")
    if each.choices:
        return str(dict(each.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = quantity_text(value) if isinstance(value, Decimal) else str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _entry(record: Any, changes: list[Change]) -> HistoryEntry:
    return HistoryEntry(
        at=record.history_date,
        who=str(record.history_user) if record.history_user else "System",
        what=KINDS.get(record.history_type, "Changed"),
        reason=record.history_change_reason or "",
        request_id=getattr(record, "history_request_id", ""),
        changes=changes,
    )


def may_open(actor: User, attachment: Attachment) -> bool:
    """Whether `actor` may open a file: who brought it, and who may view a document that it belongs to."""
    if attachment.uploaded_by_id == actor.pk or actor.is_superuser:
        return True
    for relation in Attachment._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel):
            continue
        model: type[Model] = relation.related_model
        meta = model._meta
        if (
            meta.model_name is None
            or meta.model_name.startswith("historical")
            or not actor.has_perm(f"{meta.app_label}.view_{meta.model_name}")
        ):
            continue
        if model._default_manager.filter(**{relation.field.name: attachment}).exists():
            return True
    return False
