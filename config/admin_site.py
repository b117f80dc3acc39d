"""The administration: what a person works on first, what they may only look up after it."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from unfold.sites import UnfoldAdminSite

from core.errors import NotAllowed

ORDER = ("cmms", "procurement", "linkage", "core", "auth")


class TenonAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    """The site of all admin pages, with a menu sorted for each role."""

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who is logged in but has no business here is told so, not asked to log in again."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise NotAllowed(
                "Your role does not include the administration.",
                remedy="Ask an administrator if you need it.",
            )
        return cast(HttpResponse, super().login(request, extra_context))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """By app in the order of the work. Who may not change everything sees first what they may change."""
        groups: list[dict[str, Any]] = super().get_app_list(request, app_label)
        groups.sort(key=lambda group: ORDER.index(group["app_label"]) if group["app_label"] in ORDER else 99)
        if app_label is not None or getattr(request.user, "is_superuser", False):
            return groups
        mine = [model for group in groups for model in group["models"] if self._works_on(request, model)]
        if not mine:
            return groups
        for group in groups:
            group["models"] = [model for model in group["models"] if model not in mine]
            group["name"] = f"{group['name']}, to look up"
        first = {
            **groups[0],
            "name": "Your work",
            "app_label": "mine",
            "app_url": request.path,
            "models": mine,
        }
        return [first, *(group for group in groups if group["models"])]

    def _works_on(self, request: HttpRequest, entry: dict[str, Any]) -> bool:
        if entry["perms"].get("add") or entry["perms"].get("change"):
            return True
        # Pages of documents are changed by their verbs. Their class cannot be imported here: it needs the site.
        page = self._registry.get(entry["model"])
        if request.user.has_perm(getattr(page, "worked_on_with", "")):
            return True
        verbs = getattr(page, "document_actions", ())
        return any(verb.permission and verb.may(request.user) for verb in verbs)
