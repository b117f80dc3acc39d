"""Convergent posting, the arithmetic: what to append so that the ledger says what the facts demand.

Pure. Running it on a ledger that already agrees gives nothing, so posting may be repeated, reordered or resumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cmms.choices import CostReason

ZERO = Decimal(0)


@dataclass(frozen=True)
class CostTarget:
    """What one source demands on a work order at one stage, in total (not the difference).

    `amount` is in the base currency, `amount_document` in `currency`; both are already rounded.
    """

    work_order_id: int
    source_key: str
    stage: str
    bucket: str
    amount: Decimal
    amount_document: Decimal
    currency: str
    occurred_on: date
    quantity: Decimal = ZERO
    unit_cost: Decimal = ZERO
    reason: str = CostReason.NORMAL
    operation_id: int | None = None
    document_number: str = ""
    description: str = ""

    @property
    def key(self) -> Key:
        """What the ledger sums by. A change of currency takes the old figure back and posts a new one."""
        return Key(self.work_order_id, self.source_key, self.stage, self.bucket, self.reason, self.currency)


class Key(NamedTuple):
    """One figure of the ledger."""

    work_order_id: int
    source_key: str
    stage: str
    bucket: str
    reason: str
    currency: str


class Figure(NamedTuple):
    """An amount in base and document currency, and a quantity."""

    amount: Decimal
    document: Decimal
    quantity: Decimal

    def plus(self, other: Figure) -> Figure:
        return Figure(
            self.amount + other.amount, self.document + other.document, self.quantity + other.quantity
        )

    def negated(self) -> Figure:
        return Figure(-self.amount, -self.document, -self.quantity)

    @property
    def is_nothing(self) -> bool:
        return not (self.amount or self.document or self.quantity)


NOTHING = Figure(ZERO, ZERO, ZERO)


@dataclass(frozen=True)
class Holder:
    """An asset (with its cost centre and step) that holds part of a figure, and the newest entry that says so."""

    asset_id: int | None
    cost_centre_id: int | None
    operation_id: int | None
    entry_id: int
    figure: Figure


@dataclass(frozen=True)
class Difference:
    """One entry to append. Without a holder it goes to the work order's present asset and cost centre."""

    key: Key
    figure: Figure
    holder: Holder | None
    target: CostTarget | None


def merged(targets: Iterable[CostTarget]) -> dict[Key, CostTarget]:
    """One target per figure of the ledger; several of one key are added up."""
    found: dict[Key, CostTarget] = {}
    for target in targets:
        held = found.get(target.key)
        if held is not None:
            target = replace(
                target,
                amount=held.amount + target.amount,
                amount_document=held.amount_document + target.amount_document,
                quantity=held.quantity + target.quantity,
            )
        found[target.key] = target
    return found


def differences(key: Key, target: CostTarget | None, holders: Sequence[Holder]) -> list[Difference]:
    """What to append for one key. What is taken back comes off the assets that hold it, newest first."""
    held = NOTHING
    for holder in holders:
        held = held.plus(holder.figure)
    wanted = Figure(target.amount, target.amount_document, target.quantity) if target else NOTHING
    missing = wanted.plus(held.negated())
    if missing.is_nothing:
        return []
    if not _takes_back(missing, held):
        return [Difference(key, missing, None, target)]
    return _taken_back(key, target, missing, holders)


def _takes_back(missing: Figure, held: Figure) -> bool:
    """Whether the difference runs against what is held; by money, and by quantity where no money moves."""
    pairs = zip(missing, held, strict=True)
    return next((change * before < 0 for change, before in pairs if change), False)


def _taken_back(
    key: Key, target: CostTarget | None, missing: Figure, holders: Sequence[Holder]
) -> list[Difference]:
    found: list[Difference] = []
    for holder in sorted(holders, key=lambda each: -each.entry_id):
        if missing.is_nothing:
            break
        if holder.figure.is_nothing or not _takes_back(missing, holder.figure):
            continue
        covers = abs(holder.figure.amount) > abs(missing.amount)
        taken = missing if covers else holder.figure.negated()
        found.append(Difference(key, taken, holder, target))
        missing = missing.plus(taken.negated())
    if not missing.is_nothing:
        found.append(Difference(key, missing, None, target))
    return found
