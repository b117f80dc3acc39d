"""Master data (items, suppliers, sites ...): stored as given, checked by the model's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

from core.access import require
from core.commands import command
from core.models import User

ModelT = TypeVar("ModelT", bound=Model)


def _right_to(verb: str, model: type[Model]) -> str:
    """Django's permission of a verb (add, change, delete) on a model."""
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


@command
def store_master_data(*, row: ModelT, values: Mapping[str, Any], actor: User, reason: str = "") -> ModelT:
    """Set `values` on a new or existing row and store it.

    Raises NotAllowed without Django's add or change permission, ValidationError per field where a rule is
    broken.
    """
    require(actor, _right_to("add" if row._state.adding else "change", type(row)))
    many = {field.name for field in row._meta.many_to_many}
    for name, value in values.items():
        if name not in many:
            setattr(row, name, value)
    row.full_clean()
    row.save()
    for name in many.intersection(values):
        getattr(row, name).set(values[name])
    return row


@command
def delete_master_data(*, row: Model, actor: User, reason: str = "") -> None:
    """Delete a row that nothing refers to. Raises NotAllowed, or ProtectedError where it is still used."""
    require(actor, _right_to("delete", type(row)))
    row.delete()
