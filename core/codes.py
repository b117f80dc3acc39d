"""Codes on labels and papers: apps register what bears one, by names only, so that no app imports another's page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db.models import Q, QuerySet
from django.urls import reverse

from core.access import Actor
from core.searching import containing

MOST = 12


@dataclass(frozen=True)
class Bearer:
    """Things of one kind that bear a code.

    `model`: 'app.Model'. `code`: the field with the code; `words`: the field shown beside it. `also`: other fields
    that a code may stand in. `url_name` takes the key of the one that was found; `list_url_name` is the list, searched
    for the code, where several bear it or they have no page. `order`: what is scanned most comes first.
    """

    kind: str
    model: str
    permission: str
    url_name: str = ""
    list_url_name: str = ""
    code: str = "number"
    words: str = ""
    also: tuple[str, ...] = ()
    order: int = 100

    def rows(self) -> QuerySet[Any]:
        """All of them."""
        rows: QuerySet[Any] = apps.get_model(self.model)._default_manager.all()
        return rows

    def url(self, pk: int, code: str) -> str:
        """Where one is seen."""
        return reverse(self.url_name, args=[pk]) if self.url_name else self.list_url(code)

    def list_url(self, code: str) -> str:
        """The list, searched for a code."""
        return f"{reverse(self.list_url_name)}?{urlencode({'q': code})}"


@dataclass(frozen=True)
class Hit:
    """One thing that a code may mean."""

    kind: str
    code: str
    words: str
    url: str


_registered: list[Bearer] = []


def register_bearer(bearer: Bearer) -> None:
    """Make a kind of thing findable by its code; registering the same one twice changes nothing."""
    if bearer not in _registered:
        _registered.append(bearer)
        _registered.sort(key=lambda each: (each.order, each.kind))


def bearers_for(actor: Actor) -> list[Bearer]:
    """The kinds that `actor` may see."""
    return [bearer for bearer in _registered if actor.has_perm(bearer.permission)]


def exact_url(text: str, actor: Actor) -> str:
    """The page of what bears exactly this code, else ''. One statement per kind at most."""
    for bearer in bearers_for(actor):
        same = _any_of(bearer, text, "iexact", (bearer.code, *bearer.also))
        found = list(bearer.rows().filter(same).order_by("pk").values_list("pk", flat=True)[:2])
        if len(found) == 1 or (found and not bearer.list_url_name):
            return bearer.url(found[0], text)
        if found:
            return bearer.list_url(text)
    return ""


def near(text: str, actor: Actor) -> list[Hit]:
    """What has the text in its code or its words, at most 12 of a kind; one statement per kind."""
    hits = []
    for bearer in bearers_for(actor):
        fields = [name for name in (bearer.code, bearer.words, *bearer.also) if name]
        like = containing(apps.get_model(bearer.model), fields, text)
        rows = (
            bearer.rows()
            .filter(like)
            .order_by(f"-{bearer.code}" if bearer.code == "number" else bearer.code, "pk")
        )
        for pk, code, words in rows.values_list("pk", bearer.code, bearer.words or bearer.code)[:MOST]:
            hits.append(
                Hit(bearer.kind, code, "" if words == code else str(words or ""), bearer.url(pk, code))
            )
    return hits


def _any_of(bearer: Bearer, text: str, lookup: str, fields: tuple[str, ...]) -> Q:
    return reduce(or_, (Q(**{f"{name}__{lookup}": text}) for name in fields if name))
