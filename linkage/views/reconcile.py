"""Proof on request, for auditors and finance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from core.views.pages import Page
from linkage.selectors.proof_scope import order_lines_of
from linkage.services.proof import prove_ledgers


class ReconcilePage(Page):
    """A button that compares all figures with their facts and changes nothing."""

    title = "Reconcile"
    permission = "cmms.reconcile_costs"
    template_name = "linkage/reconcile.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run it, read-only, and show the result."""
        return self.render(proof=prove_ledgers(actor=self.actor, at=self.at), proved_at=self.at)

    def extra_context(self) -> dict[str, Any]:
        """How much there is to check."""
        return {"order_lines": order_lines_of(None)}
