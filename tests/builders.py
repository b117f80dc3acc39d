"""Things that tests need, made through the services where there is one, so that no impossible state is tested."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission

from cmms.choices import RequestLineKind
from cmms.models import (
    Asset,
    Craft,
    CraftRate,
    PartsRequest,
    StockItem,
    Storeroom,
    Technician,
    WorkOrder,
)
from cmms.services.execution import start_work
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import approve_work_order, create_work_order, release_work_order
from cmms.services.stock import set_opening_balance
from core.models import Item, ItemCategory, Site, Unit, User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_serial = itertools.count(1)


def _next(prefix: str) -> str:
    return f"{prefix}{next(_serial)}"


def person(*permissions: str, **values: Any) -> User:
    """Somebody with exactly these permissions ('cmms.log_labor')."""
    user = User.objects.create_user(
        username=values.pop("username", _next("person")), password="demo", **values
    )
    for name in permissions:
        label, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
    return user


def boss() -> User:
    """Somebody who may do everything."""
    found = User.objects.filter(username="boss").first()
    return found or person(username="boss", is_superuser=True, is_staff=True)


def site(code: str = "NORTH", timezone: str = "UTC") -> Site:
    return Site.objects.get_or_create(code=code, defaults={"name": code.title(), "timezone": timezone})[0]


def asset(code: str = "", parent: Asset | None = None, at: Site | None = None) -> Asset:
    code = code or _next("A-")
    return Asset.objects.create(code=code, name=f"Pump {code}", site=at or site(), parent=parent)


def unit(code: str = "PCE") -> Unit:
    return Unit.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def item(code: str = "", **values: Any) -> Item:
    code = code or _next("I-")
    category, _ = ItemCategory.objects.get_or_create(code="BRG", defaults={"name": "Bearings"})
    return Item.objects.create(
        **{"code": code, "name": f"Bearing {code}", "category": category, "unit": unit(), **values}
    )


def storeroom(code: str = "MAIN", at: Site | None = None) -> Storeroom:
    return Storeroom.objects.get_or_create(code=code, defaults={"name": code.title(), "site": at or site()})[
        0
    ]


def stock(
    quantity: Decimal | int | str,
    unit_cost: Decimal | int | str = 10,
    of: Item | None = None,
    room: Storeroom | None = None,
) -> StockItem:
    """So many of an item in a storeroom at this cost each."""
    return set_opening_balance(
        item_id=(of or item()).pk,
        storeroom_id=(room or storeroom()).pk,
        quantity=Decimal(quantity),
        unit_cost=Decimal(unit_cost),
        actor=boss(),
        at=NOW,
    )


def technician(rate: Decimal | int | str = 50, *permissions: str) -> User:
    """A mechanic with an hourly rate from 2020 on; may log labor unless told otherwise."""
    user = person(*(permissions or ("cmms.log_labor", "cmms.execute_work_order", "cmms.request_parts")))
    craft = Craft.objects.create(code=_next("CR"), name="Mechanic")
    CraftRate.objects.create(craft=craft, valid_from=date(2020, 1, 1), hourly_rate=Decimal(rate))
    Technician.objects.create(user=user, craft=craft)
    return user


def work_order(
    *,
    approved: bool = True,
    released: bool = True,
    started: bool = False,
    on: Asset | None = None,
    **values: Any,
) -> WorkOrder:
    """Work on an asset, as far along as asked for (started implies released implies approved)."""
    who = boss()
    on = on or asset()
    made = create_work_order(**{"title": "Pump leaks", "asset_id": on.pk, "actor": who, "at": NOW, **values})
    if approved or released or started:
        made = approve_work_order(work_order_id=made.pk, actor=who, at=NOW)
    if released or started:
        made = release_work_order(work_order_id=made.pk, actor=who, at=NOW)
    if started:
        made = start_work(work_order_id=made.pk, actor=who, at=NOW)
    return made


def part(of: Item, quantity: Decimal | int | str = 1, **values: Any) -> RequestLineInput:
    """A line that asks for a catalogue part."""
    return RequestLineInput(kind=RequestLineKind.ITEM, item_id=of.pk, quantity=Decimal(quantity), **values)


def parts_request(on: WorkOrder, lines: Sequence[RequestLineInput], **values: Any) -> PartsRequest:
    return request_parts(**{"work_order_id": on.pk, "lines": lines, "actor": boss(), "at": NOW, **values})
