"""What a refused command says: which rule, which field, and what to do about it.

Every door (page, admin, API, task, command line) shows the same words.
"""

from __future__ import annotations


class RuleViolation(Exception):
    """A rule of the trade refused the command; nothing was written.

    `message` is a sentence for the person at the screen, `field` the input it is about (or None), `code` a
    stable word for programs, `remedy` what to do next (may be empty).
    """

    code = "rule_violation"

    def __init__(
        self, message: str, *, field: str | None = None, code: str | None = None, remedy: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy
        if code:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong, by input."""
        return {self.field: [str(self)]} if self.field else {}


class NotAllowed(RuleViolation):
    """The actor lacks the right, or separation of duties forbids it."""

    code = "not_allowed"


class Conflict(RuleViolation):
    """The document is not (or no longer) in a state that permits the command."""

    code = "conflict"


class IllegalTransition(Conflict):
    """A move that the table of allowed transitions does not hold."""

    code = "illegal_transition"


class StaleVersion(Conflict):
    """The caller changed an older copy of the document than the one stored now."""

    code = "stale_version"


class KeyReused(Conflict):
    """One idempotency key was sent with two different commands."""

    code = "idempotency_key_reused"


class NotFound(RuleViolation):
    """A row the command names does not exist (or is not visible to the actor)."""

    code = "not_found"
