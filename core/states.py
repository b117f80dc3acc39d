"""Moves of a document from one state to the next. An illegal move raises; silence is how systems lose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from core.errors import IllegalTransition

TransitionTable = Mapping[str, frozenset[str]]


class Stateful:
    """Mixin of a model with a `status` field and a class-level table of allowed moves."""

    TRANSITIONS: ClassVar[TransitionTable]
    status: str

    def can(self, to: str) -> bool:
        """Whether the table allows the move from the present state to `to`."""
        return to in self.TRANSITIONS.get(self.status, frozenset())

    def advance(self, to: str) -> None:
        """Move to `to`, or raise IllegalTransition naming both states. Does not save."""
        if not self.can(to):
            raise IllegalTransition(
                f"{self} is {state_label(self.status)} and cannot become {state_label(to)}.", field="status"
            )
        self.status = to

    def require(self, *allowed: str) -> None:
        """Raise IllegalTransition unless the present state is one of `allowed`."""
        if self.status not in allowed:
            wanted = " or ".join(state_label(state) for state in allowed)
            raise IllegalTransition(
                f"{self} is {state_label(self.status)}; this needs it to be {wanted}.", field="status"
            )


def state_label(state: str) -> str:
    """A state code as words: PENDING_APPROVAL -> 'pending approval'."""
    return str(state).replace("_", " ").lower()
