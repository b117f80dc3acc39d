"""The history of any document, as a fragment of its page."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from core.access import can_see_costs, require
from core.selectors import history_of
from core.views.pages import Page


class HistoryFragment(Page):
    """Who changed what, when and why."""

    title = "History"
    template_name = "components/timeline.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The changes of the row, for those who may view it."""
        try:
            model = apps.get_model(kwargs["label"])
        except (LookupError, ValueError) as unknown:
            raise Http404 from unknown
        if not hasattr(model, "history"):
            raise Http404
        require(self.actor, f"{model._meta.app_label}.view_{model._meta.model_name}")
        row = get_object_or_404(model._default_manager.all(), pk=kwargs["pk"])
        return self.render(entries=history_of(row, with_costs=can_see_costs(self.actor)))
