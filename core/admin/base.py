"""The base of all admin pages: our theme, history, import and export in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DecimalField, Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponseBase
from django.utils.html import format_html
from import_export.admin import ExportMixin, ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from core.access import can_see_costs
from core.display import money_text, quantity_text
from core.history import acting
from core.models import User

# Amounts of money; other decimals are quantities, rates and factors.
MONEY = frozenset(
    {"amount", "value", "total", "net_total", "tax_total", "gross_total", "limit_amount", "net_amount"}
)


def figure_column(model: type[Model], name: Any) -> Any:
    """A column of decimals: without trailing zeros, to the right; other columns as they are."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    if not isinstance(field, DecimalField):
        return name

    def shown(row: Model) -> str:
        value = getattr(row, field.name)
        text = money_text(value, "") if field.name in MONEY else quantity_text(value)
        return format_html('<span class="figure">{}</span>', text)

    shown.__name__ = name
    shown.short_description = field.verbose_name.capitalize()  # type: ignore[attr-defined]
    shown.admin_order_field = field.name  # type: ignore[attr-defined]
    return shown


class HidesCosts:
    """Mixin: leaves `cost_fields` out for people who may not see amounts."""

    cost_fields: ClassVar[Sequence[str]] = ()

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns that the person may see, figures as figures."""
        names = [name for name in super().get_list_display(request) if self._shows(request, name)]  # type: ignore[misc]
        return [figure_column(self.model, name) for name in names]  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The fields that the person may see."""
        return [
            (title, {**options, "fields": self._seen(request, options["fields"])})
            for title, options in super().get_fieldsets(request, obj)  # type: ignore[misc]
        ]

    def _seen(self, request: HttpRequest, names: Sequence[Any]) -> list[Any]:
        rows = [self._seen(request, name) if isinstance(name, (tuple, list)) else name for name in names]
        return [name for name in rows if name and (not isinstance(name, str) or self._shows(request, name))]

    def _shows(self, request: HttpRequest, name: Any) -> bool:
        return name not in self.cost_fields or can_see_costs(cast(User, request.user))


class Signed:
    """Mixin: every history row that the admin writes names the person."""

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """Store the row under the person's name."""
        with acting(request.user):
            super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store the rows below it under the person's name."""
        with acting(request.user):
            super().save_related(request, form, formsets, change)  # type: ignore[misc]

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete the row under the person's name."""
        with acting(request.user):
            super().delete_model(request, obj)  # type: ignore[misc]


class BaseAdmin(Signed, HidesCosts, SimpleHistoryAdmin, ImportExportModelAdmin, ModelAdmin):  # type: ignore[misc]
    """Master data: edited, imported and exported here, with its history."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True
    warn_unsaved_form = True

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Who may add and change rows may import them."""
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may see all of the rows may export them."""
        return bool(self.has_view_permission(request)) and (
            not self.cost_fields or can_see_costs(cast(User, request.user))
        )


class ReadOnlyAdmin(HidesCosts, ExportMixin, ModelAdmin):  # type: ignore[misc]
    """Rows that nobody edits here."""

    export_form_class = ExportForm
    list_per_page = 50
    show_full_result_count = False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """The row; facts never change, so there is no history to offer for them."""
        shown = {
            **({} if hasattr(self.model, "history") else {"show_history": False}),
            **(extra_context or {}),
        }
        return cast(HttpResponseBase, super().change_view(request, object_id, form_url, shown))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may see all of the rows may export them."""
        return bool(self.has_view_permission(request)) and (
            not self.cost_fields or can_see_costs(cast(User, request.user))
        )


class ReadOnlyInline(HidesCosts, TabularInline):  # type: ignore[misc]
    """Lines of a document, shown with it. Name the columns in `fields`, amounts also in `cost_fields`."""

    extra = 0
    can_delete = False
    show_change_link = False
    tab = False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """An inline has no list."""
        return []

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False
