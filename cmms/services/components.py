"""Numbered parts fitted to assets and removed from them, by work order: where used, both ways."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cmms.choices import WORKABLE, MovementKind, SerialStatus, Tracking, WorkOrderStatus
from cmms.models import Asset, Bin, Fitting, Serial, StockMovement, WorkOrder
from cmms.models.stock_places import SERIAL_PLACE
from cmms.services.planning import locked_work_order
from cmms.services.stock.balances import locked_balances, move, store
from cmms.services.stock.places import Pieces, Places
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import Item, User

FIT, RECEIVE = "cmms.fit_component", "cmms.receive_stock"
# What was done is often written down when the work is over.
STATES = (*sorted(WORKABLE), WorkOrderStatus.WORK_DONE)
ONE, ZERO = Decimal(1), Decimal(0)


@command
def fit_component(
    *,
    work_order_id: int,
    item_id: int,
    serial_number: str,
    actor: User,
    at: datetime,
    asset_id: int | None = None,
    position: str = "",
) -> Fitting:
    """A numbered part is in an asset from now on (the work order's own where none is named).

    A number that is not known yet is entered: it came from elsewhere than our stores. Raises RuleViolation for a
    part that is still in stock or on its way, Conflict where it is fitted already.
    """
    require(actor, FIT)
    number = serial_number.strip()
    if not number:
        raise RuleViolation("Enter the serial number.", field="serial_number")
    order = _workable(work_order_id)
    asset = Asset.objects.filter(pk=asset_id or order.asset_id or 0).first()
    if asset is None:
        raise NotFound("Choose the asset that it was fitted to.", field="asset_id")
    serial = Serial.objects.select_for_update(of=("self",), no_key=True).filter(
        item_id=item_id, number=number
    ).select_related("asset", "stock_item__storeroom").first()  # fmt: skip
    if serial is None:
        serial = _unknown(item_id, number, asset, order)
    else:
        _check_free(serial)
        serial.goes(SerialStatus.FITTED, asset=asset)
        bulk_update_with_history([serial], SERIAL_PLACE)
    fitting = Fitting(
        serial=serial, asset=asset, position=position.strip()[:60], fitted_at=at, fitted_by=actor,
        fitted_work_order=order,
    )  # fmt: skip
    fitting.save()
    return fitting


def _workable(work_order_id: int) -> WorkOrder:
    order = locked_work_order(work_order_id=work_order_id)
    order.require(*STATES)
    return order


def _unknown(item_id: int, number: str, asset: Asset, order: WorkOrder) -> Serial:
    if not Item.objects.filter(pk=item_id, is_service=False).exists():
        raise NotFound("Choose the part from the catalogue.", field="item_id")
    serial = Serial(
        item_id=item_id, number=number, status=SerialStatus.FITTED, asset=asset, document_number=order.number
    )
    serial.clean_fields(exclude=["item", "asset"])
    return bulk_create_with_history([serial])[0]


def _check_free(serial: Serial) -> None:
    if serial.status == SerialStatus.FITTED:
        raise Conflict(
            f"{serial} is fitted in {serial.asset} already.", remedy="Record its removal there first."
        )
    if serial.status == SerialStatus.IN_STOCK and serial.stock_item is not None:
        raise RuleViolation(
            f"{serial} is still in {serial.stock_item.storeroom}.",
            field="serial_number",
            remedy="Have the storekeeper hand it over first.",
        )
    if serial.status == SerialStatus.IN_TRANSIT:
        raise RuleViolation(f"{serial} is on its way between storerooms.", field="serial_number")


@command
def remove_component(
    *, fitting_id: int, work_order_id: int, reason: str, actor: User, at: datetime, is_scrapped: bool = False
) -> Fitting:
    """A numbered part comes out of its asset: scrapped, or kept with the work order until it is put away.

    Raises RuleViolation without a reason, Conflict where it was removed before.
    """
    require(actor, FIT)
    if not reason.strip():
        raise RuleViolation("Say why it was removed.", field="reason")
    order = _workable(work_order_id)
    fitting = (
        Fitting.objects.select_for_update(of=("self",), no_key=True)
        .select_related("serial", "asset")
        .filter(pk=fitting_id)
        .first()
    )
    if fitting is None:
        raise NotFound("That part is not fitted.", field="fitting_id")
    if fitting.removed_at is not None:
        raise Conflict(f"{fitting.serial} was removed from {fitting.asset} already.")
    serial = Serial.objects.select_for_update(no_key=True).get(pk=fitting.serial_id)
    if is_scrapped:
        serial.goes(SerialStatus.GONE)
    else:
        serial.goes(SerialStatus.REMOVED, work_order=order)
    bulk_update_with_history([serial], SERIAL_PLACE)
    fitting.removed_at, fitting.removed_by, fitting.removed_work_order = at, actor, order
    fitting.removal_reason = reason.strip()[:100]
    fitting.save()
    fitting.serial = serial
    return fitting


@command
def store_component(
    *, serial_id: int, storeroom_id: int, actor: User, at: datetime, bin_id: int | None = None, note: str = ""
) -> StockMovement:
    """A removed part goes (repaired) into a storeroom, at no value: what it cost is on the work orders already.

    Raises RuleViolation for a number that was not removed, NotFound where the item is not kept there.
    """
    require(actor, RECEIVE)
    serial = Serial.objects.select_for_update(of=("self",), no_key=True).filter(pk=serial_id).first()
    if serial is None:
        raise NotFound("That serial number does not exist.", field="serial_id")
    if serial.status != SerialStatus.REMOVED:
        raise RuleViolation(f"{serial} is {serial.get_status_display().lower()}.", field="serial_id")
    rows = locked_balances(wanted=Q(item_id=serial.item_id, storeroom_id=storeroom_id))
    if not rows:
        raise NotFound(
            "The item is not kept in that storeroom.",
            field="storeroom_id",
            remedy="Set an opening balance of 0 first.",
        )
    row = rows[0]
    if row.tracking != Tracking.SERIAL:
        raise RuleViolation(
            f"{row.item} is not tracked by serial number.",
            field="serial_id",
            remedy="Set its tracking first.",
        )
    if bin_id is not None and not Bin.objects.filter(pk=bin_id, storeroom_id=row.storeroom_id).exists():
        raise NotFound(f"That bin is not in {row.storeroom}.", field="bin_id")
    work_order = serial.work_order
    places = Places(rows)
    movement = move(
        row=row, kind=MovementKind.REFURBISHED, quantity=ONE, value=ZERO,
        document_number=work_order.number if work_order else "", note=note.strip(), actor=actor, at=at,
    )  # fmt: skip
    places.put(movement, [Pieces(movement.quantity, bin_id or row.bin_id, None, [serial])])
    store(rows=rows, movements=[movement])
    places.store(actor=actor, at=at)
    return movement
