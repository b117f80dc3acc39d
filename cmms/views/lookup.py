"""From a code, typed or scanned, to the right page; and suggestions while typing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.html import format_html_join

from cmms.models import Asset, Location, WorkOrder
from core.codes import exact_url, near
from core.models import Item
from core.views.pages import Gate, Page

MOST = 12


class Find(Page):
    """A code leads to its page; several hits are listed."""

    title = "Find a code"
    permission = "cmms.view_workorder"
    template_name = "cmms/find.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """To the page of an exact code, else what is near it."""
        text = request.GET.get("q", "").replace("\x00", "").strip()[:300]
        if not text:
            return self.render(searched=False)
        exact = own_path(text, request) or exact_url(text[:100], self.actor)
        if exact:
            return HttpResponseRedirect(exact)
        return self.render(searched=True, search_text=text, hits=near(text[:100], self.actor))


def own_path(text: str, request: HttpRequest) -> str:
    """The path of a page of ours whose whole address stands in a printed code, else ''."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or parts.netloc.lower() != request.get_host().lower():
        return ""
    try:
        resolve(parts.path)
    except Resolver404:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class Suggest(Gate):
    """Options for a box that takes a code."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The nearest few."""
        text = str(next(iter(request.GET.dict().values()), "")).replace("\x00", "").strip()[:100]
        options = self.offers(text)
        return HttpResponse(
            format_html_join("", '<option value="{}"></option>', ((each,) for each in options))
        )

    def offers(self, text: str) -> list[str]:
        """What to offer for a text."""
        raise TypeError(f"{type(self).__name__} offers nothing")


class SuggestPlaces(Suggest):
    """Assets, then locations."""

    permission = "cmms.view_asset"

    def offers(self, text: str) -> list[str]:
        """By code or name."""
        near = Q(code__icontains=text) | Q(name__icontains=text)
        assets = [str(row) for row in Asset.objects.filter(near, is_active=True).order_by("code")[:MOST]]
        return [
            *assets,
            *(str(row) for row in Location.objects.filter(near, is_active=True).order_by("code")[:MOST]),
        ]


class SuggestItems(Suggest):
    """Parts."""

    permission = "core.view_item"

    def offers(self, text: str) -> list[str]:
        """By code or name."""
        near = Q(code__icontains=text) | Q(name__icontains=text)
        return [str(row) for row in Item.objects.filter(near, is_active=True).order_by("code")[:MOST]]


class SuggestOrders(Suggest):
    """Open work orders."""

    permission = "cmms.view_workorder"

    def offers(self, text: str) -> list[str]:
        """By number or title."""
        near = Q(number__icontains=text) | Q(title__icontains=text)
        rows = WorkOrder.objects.open().filter(near).order_by("-pk")[:MOST]
        return [f"{row.number} {row.title}" for row in rows]
