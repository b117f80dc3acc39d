"""Panels that the bridge adds to the pages of both halves."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from core.views.pages import FragmentView
from linkage.selectors.graph import base_currency
from linkage.selectors.purchasing import work_order_purchases
from linkage.selectors.shares import order_shares, requisition_needs


class LinkPanel(FragmentView):
    """A fragment about one document, for who may see links."""

    permission = "linkage.view_supplylink"

    def extra_context(self) -> dict[str, Any]:
        """The currency of the ledgers and the key of the document."""
        return {"base_currency": base_currency(), "pk": self.kwargs["pk"]}


class WorkOrderPurchasing(LinkPanel):
    """On the work order: what is being bought for it and how far it is."""

    template_name = "linkage/work_order_purchasing.html"

    def extra_context(self) -> dict[str, Any]:
        """The needs that are bought."""
        return {**super().extra_context(), "needs": work_order_purchases(self.kwargs["pk"])}


class OrderWork(LinkPanel):
    """On the purchase order: who bears each line."""

    template_name = "linkage/order_work.html"

    def extra_context(self) -> dict[str, Any]:
        """The lines with their shares."""
        lines = order_shares(self.kwargs["pk"])
        if not lines:
            raise Http404
        return {
            **super().extra_context(),
            "lines": lines,
            "has_shares": any(line.shares for line in lines),
        }


class RequisitionNeeds(LinkPanel):
    """On the requisition: the needs of work orders behind it."""

    template_name = "linkage/requisition_needs.html"

    def extra_context(self) -> dict[str, Any]:
        """The lines with their needs."""
        lines = requisition_needs(self.kwargs["pk"])
        return {**super().extra_context(), "lines": lines, "has_needs": any(line.links for line in lines)}
