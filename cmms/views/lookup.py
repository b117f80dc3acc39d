"""From a code, typed or scanned, to the right page; and suggestions while typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join

from cmms.models import Asset, Location, PartsRequest, StockItem, WorkOrder, WorkRequest
from cmms.views.assets import asset_url
from cmms.views.bases import order_url
from cmms.views.stock import stock_url
from core.models import Item
from core.views.pages import Gate, Page

MOST = 12


@dataclass(frozen=True)
class Hit:
    """One thing that a code may mean."""

    kind: str
    code: str
    name: str
    url: str


class Find(Page):
    """A code leads to its page; several hits are listed."""

    title = "Find a code"
    permission = "cmms.view_workorder"
    template_name = "cmms/find.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """To the page of an exact code, else what is near it."""
        text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
        if not text:
            return self.render(searched=False)
        exact = self._exact(text)
        if exact:
            return HttpResponseRedirect(exact)
        return self.render(searched=True, search_text=text, hits=self._near(text))

    def _exact(self, text: str) -> str:
        """The address of what bears exactly this code; most scanned first."""
        bearers: tuple[tuple[type[Model], str, Callable[[int], str]], ...] = (
            (Asset, "code", asset_url),
            (WorkOrder, "number", order_url),
            (WorkRequest, "number", lambda pk: reverse("cmms:work-request", args=[pk])),
            (PartsRequest, "number", lambda pk: reverse("cmms:parts-request", args=[pk])),
        )
        for model, field, url in bearers:
            pk = (
                model._default_manager.filter(**{f"{field}__iexact": text})
                .values_list("pk", flat=True)
                .first()
            )
            if pk is not None:
                return url(pk)
        return _stock_of(text)

    def _near(self, text: str) -> list[Hit]:
        named = Q(code__icontains=text) | Q(name__icontains=text)
        titled = Q(number__icontains=text) | Q(title__icontains=text)
        kept = Q(item__code__icontains=text) | Q(item__name__icontains=text)
        kept |= Q(item__manufacturer_part_number__icontains=text) | Q(bin__code__iexact=text)
        stock = (
            StockItem.objects.filter(kept).select_related("item", "storeroom").order_by("item__code", "pk")
        )
        return [
            *(
                Hit("Asset", a.code, a.name, asset_url(a.pk))
                for a in Asset.objects.filter(named).order_by("code")[:MOST]
            ),
            *(
                Hit("Work order", o.number, o.title, order_url(o.pk))
                for o in WorkOrder.objects.filter(titled).order_by("-pk")[:MOST]
            ),
            *(
                Hit("Part", s.item.code, f"{s.item.name}, {s.storeroom.name}", stock_url(s.pk))
                for s in stock[:MOST]
            ),
            *(
                Hit("Location", place.code, place.name, f"{reverse('cmms:assets')}?q={place.code}")
                for place in Location.objects.filter(named).order_by("code")[:MOST]
            ),
        ]


def _stock_of(text: str) -> str:
    keys = list(StockItem.objects.filter(item__code__iexact=text).values_list("pk", flat=True)[:2])
    if len(keys) == 1:
        return stock_url(keys[0])
    return f"{reverse('cmms:stock')}?q={text}" if keys else ""


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
