"""What the pages of this app share: commands on a work order, needs in words, photos."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from cmms.choices import RequestLineKind
from cmms.decisions.supply_words import Need, Phrase, need_in_words
from cmms.models import PartsRequestLine, Reservation, WorkOrder
from core.models import User
from core.services.attachments import IMAGES, store_attachment
from core.views.commands import CommandView


def order_url(pk: int) -> str:
    """The page of a work order."""
    return reverse("cmms:work-order", args=[pk])


class OnWorkOrder(CommandView):
    """A verb of one work order; afterwards its page again."""

    queryset = WorkOrder.objects.select_related("asset", "location", "parent")

    def success_url(self, result: Any) -> str:
        """The work order."""
        return order_url(self.object.pk)

    def cancel_url(self) -> str:
        """The work order."""
        return order_url(self.object.pk)

    @property
    def base_currency(self) -> str:
        """What estimates and costs are in."""
        return str(settings.BASE_CURRENCY)


def photo_id(photo: Any, *, actor: User, at: datetime) -> int | None:
    """Keep an uploaded photo and return its key; None where none was sent."""
    if not photo:
        return None
    return store_attachment(content=photo, name=photo.name, actor=actor, at=at, kinds=IMAGES).pk


def needs() -> QuerySet[PartsRequestLine]:
    """Lines of parts requests with all that their words take; three statements for any number."""
    places = Reservation.objects.filter(quantity__gt=0).select_related(
        "stock_item__bin", "stock_item__storeroom"
    )
    return PartsRequestLine.objects.select_related(
        "item", "unit", "storeroom", "photo", "operation", "parts_request"
    ).prefetch_related(Prefetch("reservations", queryset=places, to_attr="kept"))


@dataclass(frozen=True)
class NeedRow:
    """A line of a parts request as pages show it."""

    line: PartsRequestLine
    phrases: list[Phrase] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether something of it can still be cancelled."""
        return self.line.quantity_short > 0 or self.line.quantity_reserved > 0


def need_rows(lines: Iterable[PartsRequestLine]) -> list[NeedRow]:
    """Lines with their state in words."""
    return [NeedRow(line, need_in_words(need_of(line))) for line in lines]


def need_of(line: PartsRequestLine) -> Need:
    """The facts of a line of `needs()`."""
    kept = getattr(line, "kept", [])
    return Need(
        quantity=line.quantity,
        unit=str(line.unit),
        reserved=line.quantity_reserved,
        issued=line.quantity_issued,
        arrived=line.quantity_arrived,
        cancelled=line.quantity_cancelled,
        is_service=line.kind == RequestLineKind.SERVICE,
        places=[place_of(each) for each in kept],
        supply_state=line.supply_state,
        supply_document=line.supply_document,
        expected_on=line.expected_on,
    )


def place_of(reservation: Reservation) -> str:
    """The bin, else the storeroom."""
    stock = reservation.stock_item
    return f"bin {stock.bin.code}" if stock.bin else str(stock.storeroom.name)
