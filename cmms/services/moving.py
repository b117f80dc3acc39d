"""Moves of many work orders together: locked together, judged one by one, written together.

A single verb is the case of one, so that the rules of a move are written once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from cmms.models import WorkOrder
from cmms.services.locking import locked_work_orders, no_such_work_order
from core.errors import RuleViolation


@dataclass(frozen=True)
class Refused:
    """A work order that could not make the move, and why; nothing of it was written."""

    work_order_id: int
    number: str
    error: RuleViolation


@dataclass
class Moved:
    """What became of a move: the work orders that made it, by primary key, and the refused ones."""

    done: list[WorkOrder]
    refused: list[Refused] = field(default_factory=list)

    @property
    def done_ids(self) -> list[int]:
        """Primary keys of those that made it."""
        return [order.pk for order in self.done]

    def keep(self, check: Callable[[WorkOrder], None]) -> None:
        """Go on with those that pass `check`; who raises a RuleViolation is refused with it."""
        kept = []
        for order in self.done:
            try:
                check(order)
            except RuleViolation as error:
                self.refused.append(Refused(order.pk, order.number, error))
            else:
                kept.append(order)
        self.done = kept

    def require(self, *allowed: str) -> None:
        """Go on with those that are in one of these states."""
        self.keep(lambda order: order.require(*allowed))

    def advance(self, to: str) -> None:
        """Move those that may; in memory, the caller stores them."""
        self.keep(lambda order: order.advance(to))

    def only(self) -> WorkOrder:
        """The work order of a single verb; raises what refused it."""
        for each in self.refused:
            raise each.error
        return self.done[0]


def locked_for_move(*, work_order_ids: Collection[int]) -> Moved:
    """These work orders, locked; those that do not exist are refused."""
    found = locked_work_orders(work_order_ids=work_order_ids)
    missing = sorted(set(work_order_ids) - found.keys())
    return Moved(list(found.values()), [Refused(pk, "", no_such_work_order()) for pk in missing])


def raise_from(*, refusals: dict[int, RuleViolation]) -> Callable[[WorkOrder], None]:
    """A check that refuses the work orders named in `refusals`."""

    def check(order: WorkOrder) -> None:
        if order.pk in refusals:
            raise refusals[order.pk]

    return check
