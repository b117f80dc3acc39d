"""The technician's first page."""

from __future__ import annotations

from typing import Any

from cmms.selectors import my_work
from core.views.pages import Page


class MyWork(Page):
    """What waits for me: overdue, today, parts that arrived, later; the running clock."""

    title = "My work"
    permission = "cmms.execute_work_order"
    template_name = "cmms/my_work.html"

    def extra_context(self) -> dict[str, Any]:
        """All of it, in a constant number of statements."""
        work = my_work(user=self.actor, now=self.at)
        return {
            "work": work,
            "groups": [
                ("Overdue", work.overdue, "is-late"),
                ("Today", work.today, ""),
                ("Parts arrived", work.arrived, ""),
                ("Later", work.later, ""),
            ],
        }
