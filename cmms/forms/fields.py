"""Fields that take a code, typed or scanned, and suggest while typing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cmms.models import Asset, Location, WorkOrder
from core.models import Item


class SuggestInput(forms.TextInput):
    """A text box that fetches suggestions into its list while somebody types."""

    def __init__(self, url_name: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.source = reverse_lazy(url_name)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The box and its (empty) list."""
        key = f"{(attrs or {}).get('id', name)}-list"
        asked = {
            **(attrs or {}),
            "list": key,
            "autocomplete": "off",
            "autocapitalize": "characters",
            "data-scan": "",
            "hx-get": str(self.source),
            "hx-trigger": "focus once, input changed delay:250ms",
            "hx-target": f"#{key}",
            "hx-swap": "innerHTML",
        }
        box = super().render(name, value, asked, renderer)
        return format_html('{}<datalist id="{}"></datalist>', box, key)


@dataclass(frozen=True)
class Place:
    """Where: an asset or a location."""

    asset: Asset | None = None
    location: Location | None = None

    @property
    def asset_id(self) -> int | None:
        """The asset's key."""
        return self.asset.pk if self.asset else None

    @property
    def location_id(self) -> int | None:
        """The location's key."""
        return self.location.pk if self.location else None


def row_of_code(model: type[Model], text: str, field: str = "code") -> Any:
    """The row whose code is the text, or its first word ('P-101 Feed pump'); else the only one with that name."""
    rows = model._default_manager
    for words in (text, text.split(" ")[0]):
        found = rows.filter(**{f"{field}__iexact": words}).first()
        if found is not None:
            return found
    if field == "code":
        named = list(rows.filter(name__icontains=text).order_by("pk")[:2])
        return named[0] if len(named) == 1 else None
    return None


class CodeField(forms.CharField):
    """A row by its code."""

    model: type[Model]
    url_name = ""
    lookup = "code"
    unknown = "Nothing is called '{text}'. Choose one of the suggestions."

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", SuggestInput(self.url_name))
        options.setdefault("max_length", 200)
        super().__init__(**options)

    def find(self, text: str) -> Any:
        """What the text names, or None."""
        return row_of_code(self.model, text, self.lookup)

    def clean(self, value: Any) -> Any:
        """The row."""
        text = super().clean(value)
        if not text:
            return self.nothing()
        found = self.find(text)
        if found is None:
            raise ValidationError(self.unknown.format(text=text))
        return found

    def nothing(self) -> Any:
        """What an empty box means."""
        return None


class PlaceField(CodeField):
    """An asset or a location."""

    url_name = "cmms:suggest-places"
    unknown = "No asset or location is called '{text}'. Choose one of the suggestions."

    def find(self, text: str) -> Any:
        """The asset of that code, else the location."""
        asset = row_of_code(Asset, text)
        if asset is not None:
            return Place(asset=asset)
        location = row_of_code(Location, text)
        return Place(location=location) if location is not None else None

    def nothing(self) -> Any:
        """Nowhere."""
        return Place()


class ItemField(CodeField):
    """A catalogue item."""

    model = Item
    url_name = "cmms:suggest-items"
    unknown = "No part is called '{text}'. Choose one of the suggestions."


class WorkOrderField(CodeField):
    """A work order by its number."""

    model = WorkOrder
    url_name = "cmms:suggest-orders"
    lookup = "number"
    unknown = "There is no work order '{text}'."


class PhotoField(forms.FileField):
    """A photo, from the camera on a phone."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("label", "Photo")
        options.setdefault(
            "widget", forms.FileInput(attrs={"accept": "image/*", "capture": "environment", "data-photo": ""})
        )
        super().__init__(**options)
