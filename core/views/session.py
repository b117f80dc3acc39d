"""Logging in and out, one's own password, and where one starts."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from core.forms import style_fields
from core.history import current_request_id
from core.models import User
from core.navigation import home_for
from core.refusals import PROBLEM_TYPE, Refusal, problem_body
from core.views.pages import Page


class Login(LoginView):
    """The login page."""

    template_name = "core/login.html"
    redirect_authenticated_user = True

    def get_form(self, form_class: object = None) -> object:  # type: ignore[override]
        """The form in our design."""
        form = super().get_form(form_class)  # type: ignore[arg-type]
        style_fields(form)
        return form


def locked_out(request: HttpRequest, response: object, credentials: object) -> HttpResponse:
    """What is said after too many failed logins, on the page and through the API."""
    minutes = max(1, round(float(settings.AXES_COOLOFF_TIME) * 60))
    refusal = Refusal(
        429,
        "locked_out",
        "Too many failed logins.",
        remedy=f"Wait {minutes} minutes, or ask an administrator.",
    )
    if request.path.startswith("/api/"):
        body = problem_body(refusal, request.path, current_request_id())
        return JsonResponse(body, status=429, content_type=PROBLEM_TYPE)
    context = {"refusal": refusal, "title": "Please wait"}
    return render(request, "core/refusal.html", context, status=429)


class Logout(LogoutView):
    """Log out, by POST only."""


class PasswordChange(PasswordChangeView):
    """Change one's own password."""

    template_name = "core/password_change.html"
    success_url = reverse_lazy("core:home")

    def get_form(self, form_class: object = None) -> object:  # type: ignore[override]
        """The form in our design."""
        form = super().get_form(form_class)  # type: ignore[arg-type]
        style_fields(form)
        return form


class Home(Page):
    """The start address: leads to the first page of one's role."""

    title = "Welcome"
    template_name = "core/home.html"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Go to the first page that the person's roles have, or say that there is none."""
        user = cast(User, request.user)
        entry = home_for(user, user.groups.values_list("name", flat=True))
        if entry is None:
            return self.render()
        request.session["home"] = entry.url_name
        return HttpResponseRedirect(entry.url)
