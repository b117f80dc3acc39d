"""What the stores are worth on a day, and what does not move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery, Sum

from cmms.choices import MovementKind
from cmms.models import PartsRequestLine, StockItem, StockMovement

ZERO = Decimal(0)
TRANSFERS = (MovementKind.TRANSFER_OUT, MovementKind.TRANSFER_IN)


@dataclass(frozen=True)
class ValueRow:
    """The value of one family of items in one storeroom; `items` have something on hand."""

    storeroom_id: int
    storeroom: str
    category_id: int
    category: str
    items: int
    value: Decimal


@dataclass(frozen=True)
class StockValue:
    """The stock at a moment, in the base currency. In transit: sent between storerooms and not received."""

    rows: list[ValueRow]
    in_transit: Decimal

    @property
    def in_store(self) -> Decimal:
        """In all storerooms."""
        return sum((row.value for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        """With what is in transit."""
        return self.in_store + self.in_transit


def stock_value(*, until: datetime, storeroom_id: int | None = None) -> StockValue:
    """The sum of all movements before a moment, by storeroom and family; three statements.

    With a storeroom, in transit is what left it and did not arrive.
    """
    moves = StockMovement.objects.filter(moved_at__lt=until)
    if storeroom_id is not None:
        moves = moves.filter(stock_item__storeroom=storeroom_id)
    sums = (
        moves.order_by()
        .values("stock_item")
        .annotate(worth=Sum("value"), held=Sum("quantity"))
        .filter(Q(held__gt=0) | ~Q(worth=0))
    )
    by_item = {row["stock_item"]: row for row in sums}
    keys = StockItem.objects.filter(pk__in=by_item).values_list(
        "pk", "storeroom", "storeroom__code", "item__category", "item__category__name"
    )
    groups: dict[tuple[int, int], ValueRow] = {}
    for pk, room, code, category, name in keys.order_by("storeroom__code", "item__category__name", "pk"):
        row = by_item[pk]
        held = groups.get((room, category)) or ValueRow(room, code, category, name, 0, ZERO)
        groups[room, category] = ValueRow(
            room, code, category, name, held.items + (1 if row["held"] > 0 else 0), held.value + row["worth"]
        )
    return StockValue(list(groups.values()), _in_transit(until, storeroom_id))


def _in_transit(until: datetime, storeroom_id: int | None) -> Decimal:
    moves = StockMovement.objects.filter(moved_at__lt=until, kind__in=TRANSFERS)
    if storeroom_id is not None:
        moves = moves.filter(transfer_line__transfer__from_storeroom=storeroom_id)
    whole = moves.aggregate(whole=Sum("value"))["whole"] or ZERO
    return -whole


def with_last_use(rows: QuerySet[StockItem]) -> QuerySet[StockItem]:
    """Adds `last_use`: when something went to work last; null: never."""
    uses = (
        StockMovement.objects.filter(stock_item=OuterRef("pk"), kind=MovementKind.ISSUE)
        .order_by("-moved_at")
        .values("moved_at")[:1]
    )
    return rows.annotate(last_use=Subquery(uses))


def not_used_since(rows: QuerySet[StockItem], since: datetime) -> QuerySet[StockItem]:
    """Something on hand, all of it in store since before then, and nothing used since."""
    entered = (
        StockMovement.objects.filter(stock_item=OuterRef("pk"))
        .order_by()
        .values("stock_item")
        .annotate(first=Max("moved_at", filter=Q(kind__in=[MovementKind.OPENING, MovementKind.RECEIPT])))
        .values("first")
    )
    return (
        with_last_use(rows)
        .annotate(last_receipt=Subquery(entered))
        .filter(quantity_on_hand__gt=0)
        .filter(Q(last_use__isnull=True) | Q(last_use__lt=since))
        .filter(Q(last_receipt__isnull=True) | Q(last_receipt__lt=since))
    )


@dataclass(frozen=True)
class StockOutRate:
    """Needs of stocked parts that the store could not fill at once, of all asked for (SMRP 5.5.33)."""

    asked: int
    short: int

    @property
    def percent(self) -> Decimal | None:
        """None where nothing was asked for."""
        return Decimal(100 * self.short) / self.asked if self.asked else None


def stock_out_rate(rows: QuerySet[PartsRequestLine]) -> StockOutRate:
    """The rate over these needs; one statement."""
    found = rows.order_by().aggregate(asked=Count("pk"), short=Count("pk", filter=Q(short_at_request__gt=0)))
    return StockOutRate(found["asked"], found["short"])
