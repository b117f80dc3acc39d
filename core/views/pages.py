"""Bases of ordinary pages: who may open them, what they show, fragments that other pages fetch."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views import View

from core.access import require
from core.models import User
from core.panels import panels_for


def is_htmx(request: HttpRequest) -> bool:
    """Whether the answer goes into a page that is already open."""
    return request.headers.get("HX-Request") == "true"


class Gate(View):
    """Logged in, and holding `permission` where one is named."""

    permission: ClassVar[str | None] = None
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send strangers to the login page; refuse in plain words who lacks the right."""
        if not request.user.is_authenticated:
            return self._to_login(request)
        if self.permission:
            require(request.user, self.permission)
        return super().dispatch(request, *args, **kwargs)

    @property
    def actor(self) -> User:
        """The person at the screen."""
        return cast(User, self.request.user)

    @property
    def at(self) -> datetime:
        """Now; the rules never ask the clock."""
        return timezone.now()

    def _to_login(self, request: HttpRequest) -> HttpResponseBase:
        if is_htmx(request):
            return HttpResponse(status=401, headers={"HX-Redirect": reverse("core:login")})
        return redirect_to_login(request.get_full_path())


class Page(Gate):
    """A page of one template."""

    title: ClassVar[str] = ""
    template_name: ClassVar[str] = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page."""
        return self.render()

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """The template with the page's own context and `context` over it."""
        own: dict[str, Any] = {"view": self, "title": self.title, **self.extra_context(), **context}
        return TemplateResponse(self.request, self.template_name, own, status=status)

    def extra_context(self) -> dict[str, Any]:
        """What this page shows beyond its title."""
        return {}


class OfOneRow(Gate):
    """Mixin of pages about one row: `self.object`, found by the `pk` in the address."""

    model: ClassVar[type[Model] | None] = None
    queryset: ClassVar[QuerySet[Any] | None] = None
    object: Any = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Remember the arguments; the row is read after the right to it was checked."""
        super().setup(request, *args, **kwargs)
        self.object = None

    def get_queryset(self) -> QuerySet[Any] | None:
        """Where the row is looked for; override to narrow it to what the actor may see."""
        if self.queryset is not None:
            return self.queryset.all()
        return self.model._default_manager.all() if self.model is not None else None

    def load(self) -> None:
        """Read the row, or answer 404."""
        rows = self.get_queryset()
        if rows is not None and "pk" in self.kwargs:
            self.object = get_object_or_404(rows, pk=self.kwargs["pk"])


class DetailPage(OfOneRow, Page):
    """One row with its panels and its history."""

    panel_page: ClassVar[str] = ""
    template_name = "core/detail_page.html"
    shows_history: ClassVar[bool] = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page of the row."""
        self.load()
        return self.render()

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """The page with `object`, `panels` (those the actor may see) and the address of its history."""
        meta = self.object._meta
        shown: dict[str, Any] = {
            "object": self.object,
            "title": self.title or str(self.object),
            "panels": visible_panels(self.actor, self.panel_page),
            "history_url": (
                reverse("core:history", args=[meta.label_lower, self.object.pk])
                if self.shows_history and hasattr(type(self.object), "history")
                else ""
            ),
        }
        return super().render(status, **{**shown, **context})


class FragmentView(OfOneRow, Page):
    """A piece of a page, fetched by it; a 404 or a refusal comes as a short notice in its place."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The fragment."""
        self.load()
        return self.render()

    def render(self, status: int = 200, **context: Any) -> TemplateResponse:
        """The fragment with `object` where it is about a row."""
        return super().render(status, **{"object": self.object, **context})


def visible_panels(actor: User, page: str) -> list[Any]:
    """The panels of a page that `actor` may open."""
    return [
        panel for panel in panels_for(page) if panel.permission is None or actor.has_perm(panel.permission)
    ]
