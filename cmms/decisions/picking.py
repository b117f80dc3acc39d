"""Which bins and lots a quantity is taken from, where nobody chose them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Shelf:
    """What lies in one bin of one lot. `is_named` is false where a lot is still to be named."""

    key: tuple[int | None, int | None]
    quantity: Decimal
    bin_code: str = ""
    lot_id: int = 0
    expires_on: date | None = None
    is_named: bool = True

    def is_expired(self, on: date) -> bool:
        """Whether it may no longer be used on a day."""
        return self.expires_on is not None and self.expires_on < on


def for_use(shelves: Iterable[Shelf], on: date) -> list[Shelf]:
    """Shelves to issue from: first expired, first out; then the oldest lot, then by bin. Expired lots never."""
    usable = [each for each in shelves if each.is_named and not each.is_expired(on)]
    return sorted(usable, key=lambda each: (each.expires_on or date.max, each.lot_id, each.bin_code))


def for_leaving(shelves: Iterable[Shelf]) -> list[Shelf]:
    """Shelves to send away from: what is not yet named, then what expires first."""
    return sorted(
        shelves, key=lambda each: (each.is_named, each.expires_on or date.max, each.lot_id, each.bin_code)
    )


def taken(shelves: Iterable[Shelf], quantity: Decimal) -> list[tuple[Shelf, Decimal]]:
    """So much of each shelf, in their order, until the quantity is reached; less where they do not hold it."""
    found: list[tuple[Shelf, Decimal]] = []
    for shelf in shelves:
        part = min(shelf.quantity, quantity)
        if part > 0:
            found.append((shelf, part))
            quantity -= part
    return found
