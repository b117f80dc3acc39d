"""The menu: apps register entries by URL name only, so that no app imports the one whose page it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from core.access import Actor


@dataclass(frozen=True)
class Entry:
    """One place to go. `permission` None means everybody who is logged in.

    `phone`: may take one of the four places of the phone's bottom bar. `home_of`: roles whose first page this
    is. `short`: the label in the bottom bar, at most nine letters.
    """

    label: str
    url_name: str
    permission: str | None = None
    icon: str = "circle"
    order: int = 100
    group: str = ""
    phone: bool = False
    home_of: tuple[str, ...] = ()
    short: str = ""

    @property
    def short_label(self) -> str:
        """What the phone's bottom bar says: one short word."""
        return self.short or self.label

    @property
    def url(self) -> str:
        """Where it leads."""
        return reverse(self.url_name)


_registered: list[Entry] = []


def register_entry(entry: Entry) -> None:
    """Add an entry to the menu; registering the same one twice changes nothing."""
    if entry not in _registered:
        _registered.append(entry)
        _registered.sort(key=lambda each: (each.order, each.label))


def entries_for(actor: Actor) -> tuple[Entry, ...]:
    """The entries that `actor` may open, in order."""
    return tuple(
        entry for entry in _registered if entry.permission is None or actor.has_perm(entry.permission)
    )


def home_for(actor: Actor, roles: Iterable[str]) -> Entry | None:
    """The first page of a person: one made for one of their roles, else the first they may open."""
    entries, held = entries_for(actor), set(roles)
    made_for = (entry for entry in entries if held.intersection(entry.home_of))
    return next(made_for, entries[0] if entries else None)
