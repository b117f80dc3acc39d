"""Pages of long lists: counting stops where nobody pages on, and rows are joined only for the page that is shown."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST_COUNTED = 10_000


class LongPaginator(Paginator):  # type: ignore[type-arg]
    """Counts and opens the first 10,000 rows; `has_more` tells that there are others.

    An exact count reads every row, and so does a page far down. Those are found by searching, filtering or sorting.
    """

    most = MOST_COUNTED

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: self.most + 1].count())

    @cached_property
    def count(self) -> int:
        """Rows that can be paged through."""
        return min(self._found, self.most)

    @property
    def has_more(self) -> bool:
        """Whether the list goes on beyond them."""
        return self._found > self.most


def rows_of_page(whole: QuerySet[Any], page: QuerySet[Any], ordering: list[str]) -> QuerySet[Any]:
    """`page` (a sliced query) with what `whole` joins: first the keys of the few rows, then their joins."""
    return whole.filter(pk__in=page.values("pk")).order_by(*ordering)
