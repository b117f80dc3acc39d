"""What templates need to write figures, states, icons and the menu in one way."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.forms import BoundField
from django.template import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core import access
from core.display import HIDDEN, NO_DATA, age_text, money_text, price_text, quantity_text, tone_of
from core.forms import KEY, new_key
from core.models import Attachment
from core.navigation import entries_for
from core.panels import Panel, panels_for
from core.states import state_label

register = template.Library()
SPRITE = "vendor/bootstrap-icons-1.13.2/bootstrap-icons.svg"
SYMBOL = re.compile(r'<symbol [^>]*viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL)
PLACES_ON_PHONE = 4


def _amount(context: RequestContext, text: str, value: Any, currency: str) -> str:
    if value is None:
        return format_html('<span class="amount no-data">{}</span>', NO_DATA)
    if not can_see_costs(context):
        return format_html(
            '<span class="amount hidden-amount" title="Your role does not show amounts">'
            '<span aria-hidden="true">{}</span><span class="visually-hidden">hidden</span></span>',
            HIDDEN,
        )
    sign = " negative" if value < 0 else ""
    return format_html(
        '<span class="amount{}">{} <span class="currency">{}</span></span>', sign, text, currency
    )


@register.simple_tag(takes_context=True)
def money(context: RequestContext, value: Decimal | None, currency: str = "") -> str:
    """An amount with its currency; a dash for no data; hidden from who may not see costs."""
    return _amount(context, money_text(value, currency), value, currency)


@register.simple_tag(takes_context=True)
def price(context: RequestContext, value: Decimal | None, currency: str = "") -> str:
    """A unit price with all its stored decimals."""
    return _amount(context, price_text(value, currency), value, currency)


@register.filter
def quantity(value: Decimal | int | None, unit: Any = "") -> str:
    """A quantity without trailing zeros, with its unit."""
    return quantity_text(value, str(unit or ""))


@register.simple_tag
def status_pill(value: Any, label: str = "", tone: str = "") -> str:
    """A state as a coloured pill that also says it in words."""
    shown = label or getattr(value, "label", "") or state_label(value).capitalize()
    return format_html('<span class="pill pill-{}">{}</span>', tone or tone_of(str(value)), shown)


@register.simple_tag(takes_context=True)
def can_see_costs(context: RequestContext) -> bool:
    """Whether amounts may be shown in this page."""
    user = getattr(context.get("request"), "user", None)
    return user is not None and access.can_see_costs(user)


@register.simple_tag(takes_context=True)
def allowed(context: RequestContext, permission: str) -> bool:
    """Whether the person may do a thing: to show or leave out its button (the service checks again)."""
    user = getattr(context.get("request"), "user", None)
    return user is not None and user.has_perm(permission)


@register.simple_tag(takes_context=True)
def panels(context: RequestContext, page: str) -> list[Panel]:
    """The panels of a page that the person may open."""
    return [
        panel for panel in panels_for(page) if panel.permission is None or allowed(context, panel.permission)
    ]


@register.simple_tag(takes_context=True)
def querystring_with(context: RequestContext, **changes: Any) -> str:
    """The present query string with some values changed; None or '' removes one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def sort_key(column_sort: str, present: str) -> str:
    """What a click on a column's head sorts by: the other way round where it is already sorted by it."""
    return f"-{column_sort}" if present == column_sort else column_sort


@cache
def _symbols() -> dict[str, tuple[str, str]]:
    path = finders.find(SPRITE)
    text = Path(path).read_text(encoding="utf-8") if isinstance(path, str) else ""
    return {name: (box, shapes) for box, name, shapes in SYMBOL.findall(text)}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """A bootstrap icon drawn in place (the whole sprite is 1.1 MB); decoration unless it has a label."""
    box, shapes = _symbols().get(name, ("0 0 16 16", '<circle cx="8" cy="8" r="3"/>'))
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" viewBox="{}" fill="currentColor" width="16" height="16" {}>{}</svg>',
        css,
        box,
        spoken,
        mark_safe(shapes),  # our own vendored file
    )


@register.filter
def age(moment: datetime | None) -> str:
    """How long ago, in words."""
    return age_text(moment, timezone.now())


@register.simple_tag
def idempotency_field() -> str:
    """The hidden key that makes a form's second delivery harmless."""
    return format_html('<input type="hidden" name="{}" value="{}">', KEY, new_key())


@register.filter
def attachment_url(attachment: Attachment | None) -> str:
    """Where an attachment is opened."""
    return reverse("core:attachment", args=[attachment.pk]) if attachment is not None else ""


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a field is one check box, whose label stands after it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not field.use_fieldset


@register.filter
def with_invalid(field: BoundField) -> str:
    """The field's widget, marked where it has errors."""
    css = str(field.field.widget.attrs.get("class", ""))
    return field.as_widget(attrs={"class": f"{css} is-invalid"} if field.errors else None)


@register.simple_tag(takes_context=True)
def navigation(context: RequestContext) -> dict[str, Any]:
    """The menu of the person: all entries by group, and the few of the phone's bottom bar."""
    request = context["request"]
    user = getattr(request, "user", None)
    entries = entries_for(user) if user is not None and user.is_authenticated else ()
    groups: dict[str, list[dict[str, Any]]] = {}
    places: list[dict[str, Any]] = []
    urls = {entry: entry.url for entry in entries}
    here = max((url for url in urls.values() if _is_under(request.path, url)), key=len, default=None)
    for entry, url in urls.items():
        place = {"entry": entry, "url": url, "is_here": url == here}
        groups.setdefault(entry.group, []).append(place)
        if entry.phone:
            places.append(place)
    # What the person's role opens first stands first under the thumb, then what belongs to it.
    home = getattr(request, "session", {}).get("home")
    groups_of_home = {each["entry"].group for each in places if each["entry"].url_name == home}
    places.sort(key=lambda each: (each["entry"].url_name != home, each["entry"].group not in groups_of_home))
    return {
        "groups": [
            {"name": name, "entries": held, "is_here": any(each["is_here"] for each in held)}
            for name, held in groups.items()
        ],
        "phone": places[:PLACES_ON_PHONE],
    }


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
