"""The trace of a document as a picture."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse

from core.access import can_see_costs, require
from core.views.pages import Page
from linkage.selectors.addresses import page_of_node
from linkage.selectors.graph import KINDS, LINE_KINDS, ROOT_KINDS, as_seen_by
from linkage.selectors.trace import Scope, trace
from linkage.views.picture import draw


class TracePage(Page):
    """The chain from the fault to the cost, left to right; on a phone from top to bottom."""

    title = "Trace"
    permission = "linkage.view_supplylink"
    template_name = "linkage/trace.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, for who may open the document it starts from."""
        kind, pk = kwargs["kind"], kwargs["pk"]
        if kind not in ROOT_KINDS:
            raise Http404
        require(self.actor, KINDS[LINE_KINDS.get(kind, kind)][1])
        scope: Scope = "all" if request.GET.get("show") == "all" else "direct"
        graph = as_seen_by(trace(kind, pk, scope), self.actor)
        root = graph.by_key()[graph.root]
        picture = draw(graph, lambda node: page_of_node(node, self.actor), costs=can_see_costs(self.actor))
        return self.render(
            title=f"Trace of {root.number}",
            subtitle=f"{root.kind_label}: {root.title}" if root.title else root.kind_label,
            back_url=page_of_node(root, self.actor),
            back_label=root.number,
            graph=graph,
            picture=picture,
            is_alone=len(graph.nodes) == 1,
            scope=scope,
            here=reverse("linkage:trace", args=[kind, pk]),
        )
