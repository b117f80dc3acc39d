"""What the storerooms run out of, counting what is promised, waited for and coming; one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from cmms.choices import FINISHED, MovementKind, RequestLineKind, TransferStatus
from cmms.decisions.reorder import StockFacts, Suggestion, suggest
from cmms.models import PartsRequestLine, StockItem, StockMovement, StockTransferLine

WINDOW_DAYS = 365
FIGURE = DecimalField(max_digits=20, decimal_places=4)
NOTHING = Value(Decimal(0), output_field=FIGURE)
USES = (MovementKind.ISSUE, MovementKind.ISSUE_RETURN)

_coming: list[Callable[[], Combinable]] = []


def register_coming(expression: Callable[[], Combinable]) -> None:
    """Let another app say what it brings: an expression over stock items, in the item's unit."""
    if expression not in _coming:
        _coming.append(expression)


def with_position(rows: QuerySet[StockItem], at: datetime) -> QuerySet[StockItem]:
    """Adds `waiting`, `coming`, `used` (last 365 days), `position` and `point` (null: no reorder point)."""
    coming: Combinable = _in_transit()
    for each in _coming:
        coming = coming + each()
    found = rows.annotate(
        waiting=_waiting(), coming=ExpressionWrapper(coming, output_field=FIGURE), used=_used(at)
    ).annotate(
        position=ExpressionWrapper(
            F("quantity_on_hand") - F("quantity_reserved") - F("waiting") + F("coming"), output_field=FIGURE
        ),
        point=Coalesce(
            F("reorder_point"),
            ExpressionWrapper(
                F("used") * F("lead_time_days") / Value(WINDOW_DAYS) + F("safety_stock"), output_field=FIGURE
            ),
        ),
    )
    return found


def to_reorder(rows: QuerySet[StockItem], at: datetime) -> QuerySet[StockItem]:
    """Those at or below their reorder point, with what is coming counted."""
    low = Q(point__isnull=False, position__lte=F("point"))
    return with_position(rows, at).filter(low)


def suggestion_for(row: StockItem) -> Suggestion:
    """How much to buy for a row of `with_position`."""
    return suggest(
        StockFacts(
            on_hand=row.quantity_on_hand,
            reserved=row.quantity_reserved,
            waiting=row.waiting,  # type: ignore[attr-defined]
            coming=row.coming,  # type: ignore[attr-defined]
            reorder_point=row.reorder_point,
            reorder_quantity=row.reorder_quantity,
            max_level=row.max_level,
            safety_stock=row.safety_stock,
            lead_time_days=row.lead_time_days,
            used=row.used,  # type: ignore[attr-defined]
            window_days=WINDOW_DAYS,
        )
    )


def _summed(
    rows: QuerySet[PartsRequestLine] | QuerySet[StockMovement] | QuerySet[StockTransferLine],
    group: str,
    figure: Combinable,
) -> Combinable:
    sums = rows.order_by().values(group).annotate(whole=Sum(figure, output_field=FIGURE)).values("whole")
    return Coalesce(Subquery(sums, output_field=FIGURE), NOTHING)


def _waiting() -> Combinable:
    """What open work lacks from this storeroom."""
    short = PartsRequestLine.objects.with_short().filter(
        item=OuterRef("item"), storeroom=OuterRef("storeroom"), kind=RequestLineKind.ITEM, short__gt=0
    )
    open_work = short.exclude(parts_request__work_order__status__in=FINISHED)
    return _summed(open_work, "item", F("short"))


def _used(at: datetime) -> Combinable:
    """What went to work orders and stayed there."""
    rows = StockMovement.objects.filter(
        stock_item=OuterRef("pk"),
        kind__in=USES,
        moved_at__gt=at - timedelta(days=WINDOW_DAYS),
        moved_at__lte=at,
    )
    return _summed(rows, "stock_item", -F("quantity"))


def _in_transit() -> Combinable:
    rows = StockTransferLine.objects.filter(
        stock_item__item=OuterRef("item"),
        transfer__to_storeroom=OuterRef("storeroom"),
        transfer__status=TransferStatus.SENT,
    )
    return _summed(rows, "stock_item__item", F("quantity") - F("quantity_received"))
