"""What becomes of an invoice's holds when it is looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from procurement.choices import HoldBlocks, HoldKind, HoldStatus, InvoiceStatus
from procurement.decisions.evidence import HoldFinding

# A person may not let these pass: posting them would make the figures of the order wrong.
NEVER_RELEASED = frozenset({HoldKind.CURRENCY, HoldKind.CREDIT_OVER_BILLED})


@dataclass(frozen=True)
class KnownHold:
    """A stored hold."""

    id: int
    kind: str
    line_id: int | None
    status: str
    blocks: str
    accepted_variance: Decimal | None = None


@dataclass(frozen=True)
class Settlement:
    """What to open, to keep with newer figures, and to clear; `blocking` is what still stops something then."""

    opened: tuple[HoldFinding, ...]
    kept: tuple[tuple[int, HoldFinding], ...]
    cleared: tuple[int, ...]
    blocking: tuple[tuple[str, str], ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that still stop something."""
        return tuple(kind for kind, _ in self.blocking)


def settle_holds(found: Sequence[HoldFinding], known: Iterable[KnownHold]) -> Settlement:
    """System holds follow the findings. Manual ones stay. A released one returns only if its variance grew."""
    rows = list(known)
    active = {
        (row.kind, row.line_id): row
        for row in rows
        if row.status == HoldStatus.ACTIVE and row.kind != HoldKind.MANUAL
    }
    accepted: dict[tuple[str, int | None], Decimal] = {}
    for row in rows:
        if row.status == HoldStatus.RELEASED and row.accepted_variance is not None:
            key = (row.kind, row.line_id)
            accepted[key] = max(row.accepted_variance, accepted.get(key, row.accepted_variance))
    opened: list[HoldFinding] = []
    kept: list[tuple[int, HoldFinding]] = []
    for finding in found:
        key = (finding.kind, finding.line_id)
        if key in accepted and finding.variance <= accepted[key]:
            continue
        if key in active:
            kept.append((active.pop(key).id, finding))
        else:
            opened.append(finding)
    manual = [row for row in rows if row.status == HoldStatus.ACTIVE and row.kind == HoldKind.MANUAL]
    blocking = [(hold.kind, hold.blocks) for hold in (*opened, *(each for _, each in kept))]
    return Settlement(
        opened=tuple(opened),
        kept=tuple(kept),
        cleared=tuple(row.id for row in active.values()),
        blocking=(
            *((str(kind), str(blocks)) for kind, blocks in blocking),
            *((row.kind, row.blocks) for row in manual),
        ),
    )


def status_after(settlement: Settlement, *, is_posted: bool) -> InvoiceStatus:
    """Held and payable follow from the holds; what is posted stays posted."""
    if not is_posted and any(blocks == HoldBlocks.POST for _, blocks in settlement.blocking):
        return InvoiceStatus.HELD
    return InvoiceStatus.POSTED if settlement.blocking else InvoiceStatus.PAYABLE
