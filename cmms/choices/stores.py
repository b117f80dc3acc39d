"""Words of the stores: tracking, serial numbers, transfers, counts."""

from __future__ import annotations

from django.db import models

from core.states import TransitionTable


class Tracking(models.TextChoices):
    """What is known of each piece of an item in stock."""

    NONE = "NONE", "Not tracked"
    LOT = "LOT", "By lot"
    SERIAL = "SERIAL", "By serial number"


class SerialStatus(models.TextChoices):
    """The one place where a serial number is."""

    IN_STOCK = "IN_STOCK", "In stock"
    IN_TRANSIT = "IN_TRANSIT", "On its way between storerooms"
    ISSUED = "ISSUED", "Handed over to a work order"
    FITTED = "FITTED", "Fitted"
    REMOVED = "REMOVED", "Removed, not yet put away"
    GONE = "GONE", "No longer ours"


class AbcClass(models.TextChoices):
    """How much of the year's consumption value an item stands for: A is counted most often."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class TransferStatus(models.TextChoices):
    """Where a transfer between storerooms stands."""

    SENT = "SENT", "On its way"
    RECEIVED = "RECEIVED", "Received"
    UNDONE = "UNDONE", "Undone"


TRANSFER_TRANSITIONS: TransitionTable = {
    TransferStatus.SENT: frozenset({TransferStatus.RECEIVED, TransferStatus.UNDONE}),
    TransferStatus.RECEIVED: frozenset({TransferStatus.UNDONE}),
}


class CountStatus(models.TextChoices):
    """Where a count of the shelves stands."""

    OPEN = "OPEN", "Being counted"
    TO_APPROVE = "TO_APPROVE", "Waiting for approval"
    POSTED = "POSTED", "Posted"
    CANCELLED = "CANCELLED", "Cancelled"


COUNT_TRANSITIONS: TransitionTable = {
    CountStatus.OPEN: frozenset({CountStatus.TO_APPROVE, CountStatus.POSTED, CountStatus.CANCELLED}),
    CountStatus.TO_APPROVE: frozenset({CountStatus.POSTED, CountStatus.OPEN, CountStatus.CANCELLED}),
}
