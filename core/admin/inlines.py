"""Lines that are edited with their document: what they point at is read with them, not one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.forms.models import BaseInlineFormSet, ModelChoiceField
from django.http import HttpRequest
from django.utils.choices import BaseChoiceIterator
from unfold.admin import TabularInline


class ChosenRow(BaseChoiceIterator):
    """Stands in for the choices of a select that looks rows up: the chosen one is known, others are looked up."""

    def __init__(self, field: ModelChoiceField[Any], row: Model) -> None:
        self.field = field
        self.row = row
        self.queryset = self

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        """The chosen one."""
        yield self.row.pk, self.field.label_from_instance(self.row)

    def using(self, alias: str) -> ChosenRow:
        """The row was read already."""
        return self

    def filter(self, **wanted: Any) -> Any:
        """The rows of these keys."""
        keys = {str(key) for keys in wanted.values() for key in keys}
        if keys <= {str(self.row.pk)}:
            return [self.row] if keys else []
        assert self.field.queryset is not None
        return self.field.queryset.filter(**wanted)


class LinesInline(TabularInline):  # type: ignore[misc]
    """Lines with `autocomplete_fields`, in the same number of statements however many there are."""

    extra = 0
    autocomplete_fields: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Lines with what they point at."""
        rows: QuerySet[Any] = super().get_queryset(request).select_related(*self.autocomplete_fields)
        return rows

    def get_formset(
        self, request: HttpRequest, obj: Any = None, **kwargs: Any
    ) -> type[BaseInlineFormSet[Any, Any, Any]]:
        """Forms that know their chosen rows."""
        base = super().get_formset(request, obj, **kwargs)
        names = self.autocomplete_fields

        class Known(base):  # type: ignore[misc,valid-type]
            def add_fields(self, form: ModelForm[Any], index: int | None) -> None:
                super().add_fields(form, index)
                for name in names:
                    field = form.fields.get(name)
                    if form.instance.pk and field is not None:
                        field.widget.choices = ChosenRow(field, getattr(form.instance, name))  # type: ignore

        return Known
