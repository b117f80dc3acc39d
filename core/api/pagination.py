"""Pages of a collection: by cursor, so that rows added meanwhile neither repeat nor vanish."""

from rest_framework.pagination import CursorPagination


class StandardCursorPagination(CursorPagination):
    """Newest first; `page_size` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"
