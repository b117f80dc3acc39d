"""Panels that other apps add to a page, by URL name only, so that no app imports the one that fills its page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """A fragment fetched into a page: `url_name` takes the page object's primary key."""

    page: str
    title: str
    url_name: str
    permission: str | None = None
    order: int = 0


_registered: dict[str, list[Panel]] = {}


def register_panel(panel: Panel) -> None:
    """Add a panel to a page; registering the same panel twice changes nothing."""
    panels = _registered.setdefault(panel.page, [])
    if panel not in panels:
        panels.append(panel)
        panels.sort(key=lambda each: (each.order, each.title))


def panels_for(page: str) -> tuple[Panel, ...]:
    """The panels of a page in their order."""
    return tuple(_registered.get(page, ()))
