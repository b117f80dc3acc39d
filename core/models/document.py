"""What business documents and facts have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models

from core.errors import Conflict
from core.history import bulk_create_with_history, update_with_history


class Document(models.Model):
    """A numbered business document. `version` grows with every save and serves as its ETag."""

    number = models.CharField(max_length=20, unique=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.number

    def save(  # type: ignore[override]
        self,
        *,
        force_insert: bool = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Store the document under its next version, and its history, in one statement.

        An insert or an update is forced by what the row is: Django's own names for it change nothing.
        """
        if self._state.adding:
            bulk_create_with_history([self])
        else:
            update_with_history(self, *(self._stored_fields() if update_fields is None else update_fields))

    @classmethod
    def _stored_fields(cls) -> list[str]:
        return [field.name for field in cls._meta.concrete_fields if not field.primary_key]


class Fact(models.Model):
    """Something that happened. Never edited or deleted: a correction is a new row that points at what it reverses.

    A database trigger refuses UPDATE and DELETE on every table of facts (see each app's migrations).
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the fact; a stored one cannot be changed."""
        if self.pk is not None and not self._state.adding:
            raise Conflict("A recorded fact cannot be changed; record a correction instead.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: facts are kept."""
        raise Conflict("A recorded fact cannot be deleted; record a correction instead.")
