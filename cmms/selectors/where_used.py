"""Which lots and numbers went into which work, both ways; one statement each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Sum

from cmms.models import StockPlacement


@dataclass(frozen=True)
class LotUse:
    """So much of a lot went into a work order and stayed there."""

    work_order_id: int
    number: str
    title: str
    asset_id: int | None
    asset: str
    quantity: Decimal


@dataclass(frozen=True)
class Piece:
    """So much of a lot, or one number, that a work order got."""

    item: str
    lot_id: int | None
    lot: str
    serial_id: int | None
    serial: str
    serial_status: str
    quantity: Decimal


def lot_uses(*, lot_id: int) -> list[LotUse]:
    """The work orders and assets that a lot went into, latest first."""
    rows = (
        StockPlacement.objects.filter(lot=lot_id, movement__work_order__isnull=False)
        .order_by()
        .values_list(
            "movement__work_order", "movement__work_order__number", "movement__work_order__title",
            "movement__work_order__asset", "movement__work_order__asset__code",
        )
        .annotate(net=-Sum("quantity"), latest=Max("pk"))
        .filter(net__gt=0)
        .order_by("-latest")
    )  # fmt: skip
    return [
        LotUse(pk, number, title, asset, code or "", net)
        for pk, number, title, asset, code, net, _ in rows[:500]
    ]


def work_order_pieces(*, work_order_id: int) -> list[Piece]:
    """The lots and numbers that a work order got and did not give back."""
    rows = (
        StockPlacement.objects.filter(movement__work_order=work_order_id)
        .exclude(lot__isnull=True, serial__isnull=True)
        .order_by()
        .values_list(
            "stock_item__item__name", "lot", "lot__number", "serial", "serial__number", "serial__status"
        )
        .annotate(net=-Sum("quantity"))
        .filter(net__gt=0)
        .order_by("stock_item__item__name", "lot__number", "serial__number")
    )
    return [
        Piece(item, lot, lot_number or "", serial, number or "", status or "", net)
        for item, lot, lot_number, serial, number, status, net in rows[:500]
    ]
