"""Where each kind of document is opened."""

from __future__ import annotations

from django.urls import reverse

from core.access import Actor
from linkage.selectors.graph import KINDS, Node

# Address names per kind; steps, holds and postings are shown on the page of the document they belong to.
PAGES: dict[str, str] = {
    "work_request": "cmms:work-request",
    "work_order": "cmms:work-order",
    "operation": "cmms:work-order",
    "parts_request": "cmms:parts-request",
    "requisition": "procurement:requisition",
    "purchase_order": "procurement:order",
    "receipt": "procurement:receipt",
    "invoice": "procurement:invoice",
    "hold": "procurement:invoice",
    "cost_entry": "cmms:work-order",
}


def page_of(kind: str, pk: int) -> str:
    """The address of the page that shows a document."""
    return reverse(PAGES[kind], args=[pk])


def page_of_node(node: Node, actor: Actor) -> str:
    """The address of a node's document for who may open it, else nothing."""
    if not actor.has_perm(KINDS[node.kind][1]):
        return ""
    return page_of(node.kind, node.page_pk or node.pk)
