"""A trace as data: documents and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from core.access import Actor, can_see_costs

# The kinds of documents in the order of the trade, with the right that opens each.
KINDS: dict[str, tuple[str, str]] = {
    "work_request": ("Work request", "cmms.view_workrequest"),
    "work_order": ("Work order", "cmms.view_workorder"),
    "operation": ("Operation", "cmms.view_workorder"),
    "parts_request": ("Parts request", "cmms.view_partsrequest"),
    "requisition": ("Requisition", "procurement.view_requisition"),
    "purchase_order": ("Purchase order", "procurement.view_purchaseorder"),
    "receipt": ("Receipt", "procurement.view_goodsreceipt"),
    "invoice": ("Invoice", "procurement.view_invoice"),
    "hold": ("Hold", "procurement.view_hold"),
    "cost_entry": ("Cost", "cmms.view_costentry"),
}
# A line is traced through its document, but only for that line.
LINE_KINDS = {
    "parts_request_line": "parts_request",
    "requisition_line": "requisition",
    "purchase_order_line": "purchase_order",
}
ROOT_KINDS = (*KINDS, *LINE_KINDS)


@dataclass(frozen=True)
class Node:
    """One document. `amount` is in `currency`; None where the kind has none or the reader may not see it.

    `page_pk` is the key of the page it is shown on, where that is another document's.
    """

    kind: str
    pk: int
    number: str
    title: str = ""
    status: str = ""
    status_label: str = ""
    amount: Decimal | None = None
    currency: str = ""
    on: date | None = None
    stage: str = ""
    work_order_id: int | None = None
    page_pk: int | None = None

    @property
    def key(self) -> str:
        """Its name in the graph."""
        return key_of(self.kind, self.pk)

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return KINDS[self.kind][0]


@dataclass(frozen=True)
class Edge:
    """`source` led to `target`."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True)
class TraceGraph:
    """Everything that hangs together with `root`. `note` says what was left out, if anything was."""

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    note: str = ""

    def by_key(self) -> dict[str, Node]:
        """The nodes by name."""
        return {node.key: node for node in self.nodes}

    def of_kind(self, kind: str) -> list[Node]:
        """The nodes of one kind."""
        return [node for node in self.nodes if node.kind == kind]


@dataclass
class GraphBuilder:
    """Collects nodes and edges, each once."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """Add a node; returns its key."""
        self.nodes.setdefault(node.key, node)
        return node.key

    def link(self, source: str, target: str, label: str = "") -> None:
        """Add an edge between two documents; several labels of one edge are told together."""
        if source != target:
            labels = self.edges.setdefault((source, target), [])
            if label and label not in labels:
                labels.append(label)

    def graph(self, root: str, notes: Iterable[str]) -> TraceGraph:
        """The finished graph; edges to documents that are not in it are left out."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        nodes = sorted(self.nodes.values(), key=lambda node: (order[node.kind], node.pk))
        edges = [
            Edge(source, target, _joined(labels))
            for (source, target), labels in self.edges.items()
            if source in self.nodes and target in self.nodes
        ]
        return TraceGraph(root, tuple(nodes), tuple(edges), " ".join(notes))


def _joined(labels: list[str]) -> str:
    return ", ".join(labels) if len(labels) <= 2 else f"{len(labels)} lines"


def key_of(kind: str, pk: Any) -> str:
    """'purchase_order:7'."""
    return f"{kind}:{pk}"


def day(moment: datetime | None) -> date | None:
    """The day of a moment."""
    return moment.date() if moment is not None else None


def base_currency() -> str:
    """The currency of the ledgers."""
    return str(settings.BASE_CURRENCY)


def as_seen_by(graph: TraceGraph, actor: Actor) -> TraceGraph:
    """The graph as `actor` may see it.

    Amounts need the right to see costs. Of a document that the actor may not open, number and state stay (that
    is what a link is for); its title and amount go. Ledger entries and holds that may not be opened go wholly.
    """
    costs = can_see_costs(actor)
    may = {kind: actor.has_perm(permission) for kind, (_, permission) in KINDS.items()}
    gone = {node.key for node in graph.nodes if node.kind in {"cost_entry", "hold"} and not may[node.kind]}
    gone.discard(graph.root)
    kept = [
        replace(
            node,
            amount=node.amount if costs and may[node.kind] else None,
            title=node.title if may[node.kind] else "",
        )
        for node in graph.nodes
        if node.key not in gone
    ]
    edges = tuple(edge for edge in graph.edges if edge.source not in gone and edge.target not in gone)
    return replace(graph, nodes=tuple(kept), edges=edges)
