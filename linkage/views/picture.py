"""A trace as a picture: columns from the fault to the cost, boxes and the curves between them. Pure arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.display import HIDDEN, money_text, tone_of
from linkage.selectors.graph import KINDS, Node, TraceGraph, base_currency, key_of

COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Request", ("work_request",)),
    ("Work order", ("work_order", "operation")),
    ("Parts", ("parts_request",)),
    ("Requisition", ("requisition",)),
    ("Order", ("purchase_order",)),
    ("Receipt", ("receipt",)),
    ("Invoice", ("invoice", "hold")),
    ("Cost", ("cost",)),
)
BOX, GAP, TALL, ROW, BETWEEN, TOP = 134, 28, 64, 17, 14, 30
LETTERS = 18
LANE = 9
STAGES = ("ESTIMATE", "COMMITTED", "ACCRUED", "ACTUAL")


@dataclass(frozen=True)
class Box:
    """One document of the picture."""

    key: str
    kind: str
    kind_label: str
    number: str
    title: str
    status: str
    tone: str
    amount: str
    url: str
    on: object
    is_root: bool
    x: int
    y: int
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def height(self) -> int:
        """How tall it is."""
        return height_of(self.lines, has_amount=bool(self.amount))

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.y + self.height

    @property
    def short_number(self) -> str:
        """The number as far as it fits."""
        return cut(self.number, LETTERS - 4)

    @property
    def short_title(self) -> str:
        """The title as far as it fits."""
        return cut(self.title, LETTERS)

    @property
    def foot(self) -> str:
        """State, or the amount where there is one."""
        return cut(self.status, LETTERS - 3)


@dataclass(frozen=True)
class Curve:
    """An edge of the picture."""

    path: str
    label: str
    on_way: bool


@dataclass(frozen=True)
class Picture:
    """What the template draws."""

    width: int
    height: int
    heads: tuple[tuple[str, int], ...]
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    groups: tuple[tuple[str, tuple[Box, ...]], ...]


def cut(text: str, letters: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


def height_of(lines: Sequence[tuple[str, str]], *, has_amount: bool) -> int:
    """A box grows with the figures that it lists."""
    return 34 + ROW * len(lines) if lines else TALL + ROW * has_amount


def draw(graph: TraceGraph, url_of: Callable[[Node], str], *, costs: bool) -> Picture:
    """Lay the graph out: one column per kind that occurs, neighbours near each other."""
    cost_lines = _cost_lines(graph, costs=costs)
    found, edges = _without_entries(graph)
    columns = _ordered(_columns(found), edges)
    boxes: dict[str, Box] = {}
    for place, (_, members) in enumerate(columns):
        y = TOP
        for node in members:
            lines = cost_lines.get(node.pk, ()) if node.kind == "cost" else ()
            box = _box(node, graph, url_of, place * (BOX + GAP), y, lines)
            boxes[box.key] = box
            y = box.bottom + BETWEEN
    near = _on_the_way(graph.root if graph.root in boxes else _root_cost(graph), edges)
    curves, floor = _curves(boxes, edges, near)
    return Picture(
        width=max(len(columns) * (BOX + GAP) - GAP, BOX),
        height=floor + BETWEEN,
        heads=tuple((title, place * (BOX + GAP)) for place, (title, _) in enumerate(columns)),
        boxes=tuple(boxes.values()),
        curves=tuple(curves),
        groups=tuple((title, tuple(boxes[_key(node)] for node in members)) for title, members in columns),
    )


def _key(node: Node) -> str:
    return f"cost:{node.pk}" if node.kind == "cost" else node.key


def _cost_lines(graph: TraceGraph, *, costs: bool) -> dict[int, tuple[tuple[str, str], ...]]:
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for entry in graph.of_kind("cost_entry"):
        sums[entry.work_order_id or 0][entry.stage] += entry.amount or Decimal(0)
    return {
        pk: tuple(
            (stage.capitalize(), money_text(held[stage], base_currency()) if costs else HIDDEN)
            for stage in STAGES
            if stage in held
        )
        for pk, held in sums.items()
    }


def _without_entries(graph: TraceGraph) -> tuple[list[Node], list[tuple[str, str, str]]]:
    """Ledger entries of a work order become one box, tied to the last document before them."""
    by_key = graph.by_key()
    kept = [node for node in graph.nodes if node.kind != "cost_entry"]
    for pk in sorted({node.work_order_id or 0 for node in graph.of_kind("cost_entry")}):
        owner = by_key.get(key_of("work_order", pk))
        kept.append(Node("cost", pk, owner.number if owner else "Cost", work_order_id=pk))
    edges = [
        (edge.source, edge.target, edge.label)
        for edge in graph.edges
        if by_key[edge.target].kind != "cost_entry" and by_key[edge.source].kind != "cost_entry"
    ]
    after: dict[str, list[str]] = defaultdict(list)
    for source, target, _ in edges:
        after[source].append(target)
    added: set[tuple[str, str]] = set()
    for edge in graph.edges:
        entry = by_key[edge.target]
        if entry.kind == "cost_entry":
            for last in _last_papers(edge.source, after, by_key):
                added.add((last, f"cost:{entry.work_order_id or 0}"))
    return kept, [*edges, *((source, target, "") for source, target in sorted(added))]


def _last_papers(key: str, after: dict[str, list[str]], by_key: dict[str, Node]) -> set[str]:
    """Of an order: its invoices, else its receipts, else itself; of anything else: itself."""
    if by_key[key].kind != "purchase_order":
        return {key}
    receipts = {each for each in after[key] if by_key[each].kind == "receipt"}
    invoices = {each for held in (key, *receipts) for each in after[held] if by_key[each].kind == "invoice"}
    return invoices or receipts or {key}


def _columns(found: Iterable[Node]) -> list[tuple[str, list[Node]]]:
    by_kind: dict[str, list[Node]] = defaultdict(list)
    for node in found:
        by_kind[node.kind].append(node)
    columns = [(title, [node for kind in kinds for node in by_kind[kind]]) for title, kinds in COLUMNS]
    columns[-1] = (f"{columns[-1][0]}, {base_currency()}", columns[-1][1])
    return [(title, members) for title, members in columns if members]


def _ordered(
    columns: list[tuple[str, list[Node]]], edges: Sequence[tuple[str, str, str]]
) -> list[tuple[str, list[Node]]]:
    """Each column in the order of what its members come from, twice, so that few curves cross."""
    before: dict[str, list[str]] = defaultdict(list)
    for source, target, _ in edges:
        before[target].append(source)
    for _ in range(2):
        place: dict[str, float] = {}
        for _, members in columns:
            members.sort(key=lambda node: _middle(before[_key(node)], place))
            place.update({_key(node): spot / len(members) for spot, node in enumerate(members)})
    return columns


def _middle(sources: Sequence[str], place: dict[str, float]) -> float:
    known = [place[source] for source in sources if source in place]
    return sum(known) / len(known) if known else 0.0


def _box(
    node: Node,
    graph: TraceGraph,
    url_of: Callable[[Node], str],
    x: int,
    y: int,
    lines: tuple[tuple[str, str], ...],
) -> Box:
    is_cost = node.kind == "cost"
    shown = Node("cost_entry", 0, node.number, page_pk=node.pk) if is_cost else node
    root = graph.by_key().get(graph.root)
    is_root = node.key == graph.root or (
        is_cost and root is not None and root.kind == "cost_entry" and root.work_order_id == node.pk
    )
    return Box(
        key=_key(node), kind=node.kind, kind_label="Cost" if is_cost else KINDS[node.kind][0],
        number=node.number, title=node.title, status=node.status_label, tone=tone_of(node.status),
        amount=f"{money_text(node.amount, node.currency)} {node.currency}" if node.amount is not None else "",
        url=url_of(shown), on=node.on, is_root=is_root, x=x, y=y, lines=lines,
    )  # fmt: skip


def _curves(
    boxes: dict[str, Box], edges: Sequence[tuple[str, str, str]], near: set[tuple[str, str]]
) -> tuple[list[Curve], int]:
    """The edges as curves, and how far down the picture reaches. One that skips columns runs below their boxes."""
    floor = max(box.bottom for box in boxes.values())
    drawn: list[Curve] = []
    lanes = 0
    for source, target, label in edges:
        if source not in boxes or target not in boxes:
            continue
        start, end = boxes[source], boxes[target]
        under = [box.bottom for box in boxes.values() if start.x < box.x < end.x]
        if under:
            lanes += 1
            lane = max(under) + LANE * (1 + lanes % 4)
            floor = max(floor, lane)
            path = _lane(start, end, lane)
        else:
            path = _curve(start, end)
        drawn.append(Curve(path, label, (source, target) in near))
    return sorted(drawn, key=lambda curve: curve.on_way), floor


def _curve(source: Box, target: Box) -> str:
    """From the right side to the left one; within a column along its left edge."""
    if source.x == target.x:
        start, end, x = source.y + source.height / 2, target.y + target.height / 2, source.x
        return f"M{x} {start:.0f}C{x - 18} {start:.0f} {x - 18} {end:.0f} {x} {end:.0f}"
    x1, y1 = source.x + BOX, source.y + source.height / 2
    x2, y2 = target.x, target.y + target.height / 2
    bend = (x1 + x2) / 2
    return f"M{x1} {y1:.0f}C{bend:.0f} {y1:.0f} {bend:.0f} {y2:.0f} {x2} {y2:.0f}"


def _lane(source: Box, target: Box, lane: int) -> str:
    """Down after the source, along below what is between, up before the target."""
    x1, y1 = source.x + BOX, source.y + source.height / 2
    x2, y2 = target.x, target.y + target.height / 2
    half = GAP / 2
    return (
        f"M{x1} {y1:.0f}C{x1 + half:.0f} {y1:.0f} {x1 + half:.0f} {lane} {x1 + GAP} {lane}"
        f"H{x2 - GAP}C{x2 - half:.0f} {lane} {x2 - half:.0f} {y2:.0f} {x2} {y2:.0f}"
    )


def _root_cost(graph: TraceGraph) -> str:
    node = graph.by_key().get(graph.root)
    return f"cost:{node.work_order_id or 0}" if node is not None else graph.root


def _on_the_way(root: str, edges: Sequence[tuple[str, str, str]]) -> set[tuple[str, str]]:
    """The edges that lead to the root or on from it."""
    found: set[tuple[str, str]] = set()
    for here, there in ((0, 1), (1, 0)):
        edge_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for source, target, _ in edges:
            edge_of[(source, target)[here]].append((source, target))
        seen, todo = {root}, [root]
        while todo:
            for edge in edge_of[todo.pop()]:
                found.add(edge)
                if edge[there] not in seen:
                    seen.add(edge[there])
                    todo.append(edge[there])
    return found
