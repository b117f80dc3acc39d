"""Who does maintenance work."""

from __future__ import annotations

from django.db.models import QuerySet

from core.models import User


def workers() -> QuerySet[User]:
    """People who can be given work, by name."""
    return User.objects.filter(is_active=True, technician__isnull=False).order_by(
        "first_name", "last_name", "username"
    )
