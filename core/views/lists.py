"""One list page for all lists: search, filters, sorting, pages, export; a constant number of statements."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from core.access import can_see_costs
from core.forms import say_any, style_fields
from core.searching import among, containing
from core.spreadsheets import XLSX, workbook
from core.views.cells import Cell, Column, plain_value, render_cell, sort_choices
from core.views.pages import Page
from core.views.paging import LongPaginator, rows_of_page

__all__ = ["BulkAction", "Column", "ListPage", "PageAction"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_WORDS = 8
EXPORT_CHUNK = 2000  # rows


@dataclass(frozen=True)
class PageAction:
    """A button in the page's head."""

    label: str
    url_name: str
    permission: str | None = None
    icon: str = ""
    tone: str = "primary"
    key: str = ""

    @property
    def url(self) -> str:
        """Where it leads."""
        return reverse(self.url_name)


@dataclass(frozen=True)
class BulkAction:
    """A button for the rows that are ticked; its page is a `SelectionView`. `confirm`: asked first."""

    label: str
    url_name: str
    permission: str | None = None
    icon: str = ""
    tone: str = "outline-secondary"
    confirm: str = ""

    @property
    def url(self) -> str:
        """Where the selection is sent."""
        return reverse(self.url_name)


@dataclass(frozen=True)
class Row:
    """One line of the table as the template needs it."""

    pk: Any
    cells: list[Cell]
    css: str
    label: str


class _Echo:
    """A file whose write returns the text, so that csv can stream."""

    def write(self, text: str) -> str:
        return text


class ListPage(Page):
    """A list of `queryset` (which must select what its columns read)."""

    template_name = "core/list_page.html"
    queryset: ClassVar[QuerySet[Any] | None] = None
    filterset_class: ClassVar[type[Any] | None] = None
    search_fields: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[str] = "Search"
    columns: ClassVar[Sequence[Column]] = ()
    default_sort: ClassVar[str] = "-pk"
    page_sizes: ClassVar[Sequence[int]] = (25, 50, 100)
    empty_title: ClassVar[str] = "Nothing here yet"
    empty_text: ClassVar[str] = ""
    actions: ClassVar[Sequence[PageAction]] = ()
    bulk_actions: ClassVar[Sequence[BulkAction]] = ()
    subtitle: ClassVar[str] = ""
    is_scanned: ClassVar[bool] = False  # its search takes a code from the camera
    row_class: ClassVar[Callable[[Any], str] | None] = None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or its rows as a file with `?export=csv` or `?export=xlsx`."""
        rows = self.rows()
        if request.GET.get("export") == "csv":
            return self._csv(rows)
        if request.GET.get("export") == "xlsx":
            return self._xlsx(rows)
        return self._page(rows)

    def get_queryset(self) -> QuerySet[Any]:
        """All rows of the list; override to narrow it to what the actor may see."""
        if self.queryset is None:
            raise TypeError(f"{type(self).__name__} has no queryset")
        return self.queryset.all()

    def rows(self) -> QuerySet[Any]:
        """The rows asked for, in order."""
        rows = self.get_queryset()
        self.filterset = None
        if self.filterset_class is not None:
            self.filterset = self.filterset_class(self.request.GET, queryset=rows, request=self.request)
            style_fields(self.filterset.form)
            say_any(self.filterset.form)
            rows = self.filterset.qs
        self.narrowed = rows
        return self._searched()

    def _searched(self, *, is_frequent: bool = False) -> QuerySet[Any]:
        """The rows with all words that are searched for, in order."""
        rows = self.narrowed
        for word in self.search_text.split()[:MAX_WORDS]:
            rows = rows.filter(containing(rows.model, self.search_fields, word, is_frequent=is_frequent))
        return rows.order_by(*self._ordering())

    @property
    def search_text(self) -> str:
        """What is searched for."""
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:200] if self.search_fields else ""

    @property
    def sort(self) -> str:
        """The chosen sort key, or the default where none or an unknown one is given."""
        asked = self.request.GET.get("sort", "")
        allowed = {column.sort for column in self.visible_columns if column.sort}
        return asked if asked.removeprefix("-") in allowed else self.default_sort

    @property
    def visible_columns(self) -> list[Column]:
        """The columns that the actor may see."""
        costs = can_see_costs(self.actor)
        return [column for column in self.columns if costs or not column.cost]

    def _ordering(self) -> list[str]:
        if self.sort.removeprefix("-") == "pk":
            return [self.sort]
        return [self.sort, "-pk" if self.sort.startswith("-") else "pk"]

    def _per_page(self) -> int:
        asked = self.request.GET.get("per", "")
        return (
            int(asked)
            if asked.isascii() and asked.isdigit() and int(asked) in self.page_sizes
            else self.page_sizes[0]
        )

    def prepare(self, rows: Sequence[Any]) -> None:
        """Add to the rows of one page (or part of an export) what takes statements of its own."""

    def _page(self, rows: QuerySet[Any]) -> TemplateResponse:
        paginator = LongPaginator(rows, self._per_page())
        page = paginator.get_page(self.request.GET.get("page"))
        wanted: Any = page.object_list
        if self.search_text and paginator.count:
            few = among(self.narrowed, rows).order_by(*self._ordering())
            found = self._searched(is_frequent=True) if paginator.has_more else few
            wanted = found[page.start_index() - 1 : page.end_index()]
        page.object_list = list(rows_of_page(self.get_queryset(), wanted, self._ordering()))
        self.prepare(page.object_list)
        columns = self.visible_columns
        body = self.request.headers.get("HX-Target") == "list-body"
        context: dict[str, Any] = {
            "page_obj": page,
            "columns": columns,
            "rows": [self._row(row, columns) for row in page.object_list],
            "sort": self.sort,
            "sort_choices": sort_choices(columns, self.default_sort),
            "search_text": self.search_text,
            "filterset": self.filterset,
            "is_filtered": self._is_filtered(),
            "page_actions": [each for each in self.actions if self._may(each)],
            "bulk_actions": [each for each in self.bulk_actions if self._may(each)],
            "per_page": paginator.per_page,
        }
        if body:
            context["view"], context["title"] = self, self.title
            return TemplateResponse(
                self.request, "components/list_body.html", {**self.extra_context(), **context}
            )
        return self.render(**context)

    def _may(self, action: PageAction | BulkAction) -> bool:
        return action.permission is None or self.actor.has_perm(action.permission)

    def _row(self, row: Model, columns: Sequence[Column]) -> Row:
        decorate = type(self).row_class
        css = decorate(row) if decorate else ""
        # Only a selection speaks of the row as a whole; its words may not cost a statement.
        label = str(row) if self.bulk_actions else ""
        return Row(row.pk, [render_cell(row, column) for column in columns], css, label)

    def _is_filtered(self) -> bool:
        if self.search_text:
            return True
        names = self.filterset.form.fields if self.filterset is not None else {}
        return any(self.request.GET.get(name) for name in names)

    def _csv(self, rows: QuerySet[Any]) -> StreamingHttpResponse:
        name = "-".join(self.title.lower().split()) or "list"
        response = StreamingHttpResponse(self._csv_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response

    def _xlsx(self, rows: QuerySet[Any]) -> FileResponse:
        columns = self.visible_columns
        lines = ([plain_value(row, column) for column in columns] for row in self._all(rows))
        heading = [column.label for column in columns]
        name = "-".join(self.title.lower().split()) or "list"
        file = workbook(self.title, chain([heading], lines))
        return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)

    def _csv_lines(self, rows: QuerySet[Any]) -> Iterator[str]:
        writer = csv.writer(_Echo())
        columns = self.visible_columns
        yield "\ufeff" + writer.writerow([column.label for column in columns])
        for row in self._all(rows):
            yield writer.writerow([guarded(plain_value(row, column)) for column in columns])

    def _all(self, rows: QuerySet[Any]) -> Iterator[Any]:
        all_rows = rows.iterator(chunk_size=EXPORT_CHUNK)
        while chunk := list(islice(all_rows, EXPORT_CHUNK)):
            self.prepare(chunk)
            yield from chunk


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; figures stay figures."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
