"""Logging in and out, one's own password, and where one starts."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse_lazy

from core.forms import style_fields
from core.models import User
from core.navigation import home_for
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
        return HttpResponseRedirect(entry.url) if entry else self.render()
