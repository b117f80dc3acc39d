"""Links to documents of either half, plain text for who may not open them."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse
from django.utils.html import format_html

from linkage.selectors.addresses import page_of
from linkage.selectors.graph import KINDS

register = template.Library()


@register.simple_tag(takes_context=True)
def document_link(context: RequestContext, kind: str, row: Any, text: str = "") -> str:
    """A link to a document's page; its number alone where there is no page or no right to open it."""
    shown = text or str(row)
    url = page_of(kind, row.pk) if context["request"].user.has_perm(KINDS[kind][1]) else ""
    return format_html('<a href="{}">{}</a>', url, shown) if url else format_html("<span>{}</span>", shown)


@register.simple_tag(takes_context=True)
def trace_link(context: RequestContext, kind: str, pk: int) -> str:
    """The address of the trace from a document; empty for who may not open the document."""
    kinds = {"purchase_order_line": "purchase_order", "parts_request_line": "parts_request"}
    if not context["request"].user.has_perm(KINDS[kinds.get(kind, kind)][1]):
        return ""
    return reverse("linkage:trace", args=[kind, pk])
