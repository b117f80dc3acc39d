"""Where each kind of document is opened."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from core.access import Actor
from linkage.selectors.graph import KINDS, Node

# Address names per kind, with the attribute of the node that fills them.
PAGES: dict[str, tuple[str, str]] = {
    "work_request": ("cmms:work-request", "pk"),
    "work_order": ("cmms:work-order", "pk"),
    "operation": ("cmms:work-order", "work_order_id"),
    "parts_request": ("cmms:parts-request", "pk"),
    "requisition": ("procurement:requisition", "pk"),
    "purchase_order": ("procurement:order", "pk"),
    "receipt": ("procurement:receipt", "pk"),
    "invoice": ("procurement:invoice", "pk"),
    "hold": ("procurement:hold", "pk"),
    "cost_entry": ("cmms:work-order", "work_order_id"),
}


def page_of(kind: str, pk: int | None) -> str:
    """The address of a document's page; empty where the kind has none."""
    try:
        return reverse(PAGES[kind][0], args=[pk]) if pk is not None else ""
    except NoReverseMatch:
        return ""


def page_of_node(node: Node, actor: Actor) -> str:
    """The address of a node's document for who may open it, else nothing."""
    if not actor.has_perm(KINDS[node.kind][1]):
        return ""
    return page_of(node.kind, getattr(node, PAGES[node.kind][1]))
