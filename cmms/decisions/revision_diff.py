"""What differs between two revisions, line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """A line that was added (no `before`), taken out (no `after`) or changed."""

    label: str
    before: str = ""
    after: str = ""

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Lines by their label (a step's title, a part's code): first those of the new revision, then what is gone."""
    found = [
        Difference(label, before.get(label, ""), text)
        for label, text in after.items()
        if before.get(label) != text
    ]
    gone = [Difference(label, text) for label, text in before.items() if label not in after]
    return [*found, *gone]
