"""Who a person is and what they may do, asked in one statement."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class RoleBackend(ModelBackend):
    """Django's own backend, which asks twice: for the person's permissions and for those of their roles."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Every permission of an active person, as 'app.codename', kept for the life of the object."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.order_by()
            if not user_obj.is_superuser:
                roles = Permission.objects.filter(group__user=user_obj)
                own = Permission.objects.filter(user=user_obj)
                held = held.filter(Q(pk__in=roles.values("pk")) | Q(pk__in=own.values("pk")))
            rows = held.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app}.{name}" for app, name in rows}
        found: set[str] = user_obj._perm_cache
        return found
