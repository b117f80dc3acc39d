"""Labels with a code to scan, as a sheet to print: assets, locations, bins, links for reporting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from cmms.forms.places import LabelForm
from cmms.models import Asset, Bin, Location, RequestLink, Storeroom
from cmms.services.request_links import MANAGE
from core.access import require
from core.forms import style_fields
from core.views.pages import Gate, Page

MOST = 500


@dataclass(frozen=True)
class Label:
    """A code and what stands beside it."""

    code: str
    words: str
    address: str
    hint: str = ""

    @property
    def picture(self) -> SafeString:
        """The QR code, drawn in place: it carries no style and loads nothing."""
        out = BytesIO()
        segno.make(self.address, error="m", micro=False).save(
            out,
            kind="svg",
            xmldecl=False,
            svgns=False,
            nl=False,
            border=2,
            omitsize=True,
            svgclass="qr",
            lineclass=None,
        )
        # Drawn by our library from the address alone.
        return mark_safe(out.getvalue().decode())


class LabelSheet(Page):
    """What to print, and the sheet. At most 500 labels; the number of statements does not grow with them."""

    title = "Labels"
    permission = "cmms.view_asset"
    template_name = "cmms/labels.html"

    def extra_context(self) -> dict[str, Any]:
        """The form and the labels it asks for."""
        form = LabelForm(self.request.GET or None, initial={"size": "24"})
        style_fields(form)
        valid = form.is_valid()
        data = form.cleaned_data if valid else {}
        found = self._labels(data) if valid else []
        size = int(data.get("size") or 24)
        pages = [found[start : start + size] for start in range(0, min(len(found), MOST), size)]
        return {
            "form": form,
            "pages": pages,
            "size": size,
            "count": min(len(found), MOST),
            "is_cut": len(found) > MOST,
            "asked": valid and bool(self.request.GET),
        }

    def _labels(self, data: dict[str, Any]) -> list[Label]:
        if data.get("links_of"):
            require(self.actor, MANAGE)
            below = data["links_of"].descendants(include_self=True)
            links = RequestLink.objects.filter(location__in=below.values("pk"), is_active=True)
            return [
                self._link(each)
                for each in links.select_related("location").order_by("location__code")[: MOST + 1]
            ]
        if data.get("places_of"):
            return self._coded(data["places_of"].descendants(include_self=True).filter(is_active=True))
        if data.get("bins_of"):
            bins = Bin.objects.filter(storeroom=data["bins_of"]).order_by("code")[: MOST + 1]
            return [self._bin(each, data["bins_of"]) for each in bins]
        return self._coded(self._assets(data))

    def _assets(self, data: dict[str, Any]) -> Any:
        rows = Asset.objects.filter(is_active=True)
        if data.get("assets_at"):
            below = data["assets_at"].descendants(include_self=True)
            return rows.filter(location__in=below.values("pk"))
        if data.get("assets_of"):
            return data["assets_of"].descendants(include_self=True).filter(is_active=True)
        keys = [key for key in str(data.get("assets") or "").split(",") if key.isascii() and key.isdigit()]
        return rows.filter(pk__in=[int(key) for key in keys[: MOST + 1] if int(key) < 2**63])

    def _coded(self, rows: Any) -> list[Label]:
        found: Iterable[Asset | Location] = rows.without_tree_fields().order_by("code")[: MOST + 1]
        return [Label(row.code, row.name, self._scanned(row.code)) for row in found]

    def _scanned(self, code: str) -> str:
        return self.request.build_absolute_uri(f"{reverse('cmms:find')}?{urlencode({'q': code})}")

    def _bin(self, row: Bin, storeroom: Storeroom) -> Label:
        query = urlencode({"storeroom": storeroom.pk, "q": row.code})
        return Label(
            row.code, storeroom.name, self.request.build_absolute_uri(f"{reverse('cmms:stock')}?{query}")
        )

    def _link(self, link: RequestLink) -> Label:
        address = self.request.build_absolute_uri(reverse("cmms:public-report", args=[link.token]))
        return Label("Something wrong here?", str(link.location.name), address, "Scan and tell us. No login.")


class LabelsOfSelection(Gate):
    """From the assets that are ticked in the list to their labels."""

    permission = "cmms.view_asset"
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The sheet of the chosen ones."""
        keys = [key for key in request.POST.getlist("selected") if key.isascii() and key.isdigit()][:MOST]
        return HttpResponseRedirect(f"{reverse('cmms:labels')}?{urlencode({'assets': ','.join(keys)})}")
