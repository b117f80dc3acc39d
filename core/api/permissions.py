"""Reading a collection needs Django's view permission of its model; verbs are checked by their services."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from core.access import permission_words


def view_permission(model: type[Model]) -> str:
    """'procurement.view_invoice' of the model Invoice."""
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def read_permission_of(view: Any) -> str | None:
    """What a view asks of a reader: its own `read_permission`, else that of its queryset's model."""
    named = getattr(view, "read_permission", None)
    if named is not None:
        return str(named)
    queryset = getattr(view, "queryset", None)
    return view_permission(queryset.model) if queryset is not None else None


class MayRead(BasePermission):
    """Logged in, and for reading the view permission of the model."""

    message = "Your role does not include the right to see this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the request may go on to its handler."""
        if not request.user or not request.user.is_authenticated:
            return False
        permission = read_permission_of(view)
        if request.method not in SAFE_METHODS or permission is None:
            return True
        self.message = f"Your role does not include the right to {permission_words(permission)}."
        return bool(request.user.has_perm(permission))
