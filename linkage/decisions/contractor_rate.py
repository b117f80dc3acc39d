"""What an hour of a contractor really costs, against what was agreed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENTS = Decimal("0.01")


@dataclass(frozen=True)
class ContractorRate:
    """`money` (base currency) that a work order bears of a purchase, and the `hours` logged against it there.

    `agreed`: the contract rate per hour in the base currency; None where no agreement names one.
    """

    money: Decimal
    hours: Decimal
    agreed: Decimal | None = None

    @property
    def effective(self) -> Decimal | None:
        """Money per hour, for display rounded to cents; None (no data) without hours."""
        return (self.money / self.hours).quantize(CENTS, ROUND_HALF_UP) if self.hours else None

    @property
    def is_above(self) -> bool:
        """Whether the hours cost more than agreed (compared exactly: money > hours x rate)."""
        return self.agreed is not None and self.hours > 0 and self.money > self.hours * self.agreed
