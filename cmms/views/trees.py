"""Assets and locations as trees: a level at a time, fetched when it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, ClassVar

from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from cmms.models import Asset, Location
from core.views.pages import Page, is_htmx

LEVEL = 100  # rows of one level that are fetched together
MOST_WORDS = 8


@dataclass(frozen=True)
class Branch:
    """One row of a tree; `inside` is the address of what is below it, empty for a leaf."""

    code: str
    name: str
    url: str
    below: int
    inside: str
    more: str
    is_active: bool


class TreePage(Page):
    """The top level with a search; `?parent=` gives one level as a fragment. Two statements at any size."""

    template_name = "cmms/tree.html"
    model: ClassVar[type[Model]]
    list_url_name: ClassVar[str] = ""
    page_url_name: ClassVar[str] = ""
    own_url_name: ClassVar[str] = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or one level of it."""
        parent, start = self._number("parent"), self._number("from") or 0
        words = request.GET.get("q", "").replace("\x00", "").split()[:MOST_WORDS]
        rows = self._found(words) if words else self._rows().filter(parent=parent)
        branches = [
            self._branch(row, flat=bool(words)) for row in rows.order_by("code")[start : start + LEVEL + 1]
        ]
        more = ""
        if len(branches) > LEVEL:
            more = f"{reverse(self.own_url_name)}?from={start + LEVEL}&q={'+'.join(words)}"
            more += f"&parent={parent}" if parent else ""
        shown: dict[str, Any] = {
            "branches": branches[:LEVEL],
            "more_url": more,
            "search_text": " ".join(words),
        }
        if is_htmx(request) and ("parent" in request.GET or start):
            self.template_name = "cmms/_branches.html"  # type: ignore[misc]
        return self.render(**shown, list_url=reverse(self.list_url_name))

    def _number(self, name: str) -> int | None:
        sent = self.request.GET.get(name, "")
        return int(sent) if sent.isascii() and sent.isdigit() and int(sent) < 2**63 else None

    def _rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._default_manager.select_related("site", "parent").annotate(
            below=Count("children")
        )
        return rows

    def _found(self, words: list[str]) -> QuerySet[Any]:
        named = (Q(code__icontains=word) | Q(name__icontains=word) for word in words)
        return self._rows().filter(reduce(and_, named))

    def _branch(self, row: Any, *, flat: bool) -> Branch:
        place = f"part of {row.parent}" if flat and row.parent else "" if row.parent else row.site.name
        inside = f"{reverse(self.own_url_name)}?parent={row.pk}" if row.below else ""
        url = reverse(self.page_url_name, args=[row.pk])
        return Branch(row.code, row.name, url, row.below, inside, place, row.is_active)


class AssetTree(TreePage):
    """Assets and what they consist of."""

    title = "Asset tree"
    permission = "cmms.view_asset"
    model = Asset
    list_url_name, page_url_name, own_url_name = "cmms:assets", "cmms:asset", "cmms:asset-tree"


class LocationTree(TreePage):
    """Locations and what is in them."""

    title = "Location tree"
    permission = "cmms.view_location"
    model = Location
    list_url_name, page_url_name, own_url_name = "cmms:locations", "cmms:location", "cmms:location-tree"
