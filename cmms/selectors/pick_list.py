"""What to take from which bin, in the order of the bins; three statements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F

from cmms.choices import Tracking
from cmms.decisions.picking import Shelf, for_use, taken
from cmms.models import Reservation, StockLevel

MOST = 500


@dataclass(frozen=True)
class PickLine:
    """So much of a part for a need, from this bin and lot. `hint`: what to look out for."""

    promise: Reservation
    quantity: Decimal
    bin_code: str = ""
    lot: str = ""
    hint: str = ""


def pick_list(*, storeroom_id: int, on: date) -> list[PickLine]:
    """The promises of a storeroom, soonest need first up to 500, split over the bins they are to be taken from."""
    promises = list(
        Reservation.objects.filter(stock_item__storeroom=storeroom_id, quantity__gt=0)
        .select_related(
            "stock_item__item__unit", "stock_item__bin", "request_line__parts_request__work_order"
        )
        .order_by(F("request_line__parts_request__needed_on").asc(nulls_last=True), "pk")[:MOST]
    )
    detailed = {each.stock_item_id: each.stock_item for each in promises if each.stock_item.is_detailed}
    shelves: dict[int, list[Shelf]] = defaultdict(list)
    names: dict[tuple[int, tuple[int | None, int | None]], str] = {}
    levels = StockLevel.objects.filter(stock_item__in=detailed, quantity__gt=0).select_related("bin", "lot")
    for level in levels.order_by("pk") if detailed else ():
        key = (level.bin_id, level.lot_id)
        names[level.stock_item_id, key] = str(level.lot or "")
        shelves[level.stock_item_id].append(
            Shelf(
                key, level.quantity, level.bin.code if level.bin else "", level.lot_id or 0,
                level.lot.expires_on if level.lot else None,
                detailed[level.stock_item_id].tracking != Tracking.LOT or level.lot_id is not None,
            )
        )  # fmt: skip
    found: list[PickLine] = []
    for promise in promises:
        stock = promise.stock_item
        if not stock.is_detailed:
            found.append(PickLine(promise, promise.quantity, stock.bin.code if stock.bin else ""))
            continue
        hint = "note the serial numbers" if stock.tracking == Tracking.SERIAL else ""
        usable = for_use(shelves[stock.pk], on)
        parts = taken(usable, promise.quantity)
        found += [
            PickLine(promise, part, shelf.bin_code, names[stock.pk, shelf.key], hint) for shelf, part in parts
        ]
        shelves[stock.pk] = _less(usable, parts)
        missing = promise.quantity - sum((part for _, part in parts), Decimal(0))
        if missing:
            found.append(PickLine(promise, missing, hint="expired or not named yet"))
    return sorted(found, key=lambda each: (each.bin_code, each.promise.stock_item.item.code, each.promise.pk))


def _less(shelves: list[Shelf], parts: list[tuple[Shelf, Decimal]]) -> list[Shelf]:
    """What is left on the shelves for the next promise."""
    gone = {shelf.key: part for shelf, part in parts}
    return [
        Shelf(
            each.key,
            each.quantity - gone.get(each.key, Decimal(0)),
            each.bin_code,
            each.lot_id,
            each.expires_on,
        )
        for each in shelves
    ]
