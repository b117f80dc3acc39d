"""What work needs: asked for, promised at once from the storeroom, and told short by so many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from cmms import events
from cmms.choices import WORKABLE, RequestLineKind, WorkOrderStatus
from cmms.decisions.moving_average import average_cost
from cmms.models import Operation, PartsRequest, PartsRequestLine, StockItem, Storeroom, WorkOrder
from cmms.services.planning import locked_work_order
from cmms.services.reservations import free, promise, promises_kept, touched
from cmms.services.stock.balances import balance_of, locked_balances, store
from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.history import bulk_create_with_history, store_with_history
from core.models import Item, Unit, User
from core.numbering import next_number
from core.units import convert, factor_between

REQUEST = "cmms.request_parts"
STATES_WITH_REQUESTS = (WorkOrderStatus.APPROVED, *sorted(WORKABLE))
PIECE, HOUR = ("PCE", "C62", "EA"), ("HUR", "H")
QUANTITY_PLACES = Decimal("0.0001")
ZERO = Decimal(0)


@dataclass(frozen=True)
class RequestLineInput:
    """One need: a catalogue item, a part in words, or an outside service.

    Quantity in the given unit (the item's own where none is given); cost per unit in the base currency.
    """

    kind: str
    quantity: Decimal
    item_id: int | None = None
    description: str = ""
    unit_id: int | None = None
    storeroom_id: int | None = None
    operation_id: int | None = None
    estimated_unit_cost: Decimal | None = None
    photo_id: int | None = None


@command
def request_parts(
    *,
    work_order_id: int,
    lines: Sequence[RequestLineInput],
    actor: User,
    at: datetime,
    needed_on: date | None = None,
    note: str = "",
) -> PartsRequest:
    """Ask for parts and services; what a storeroom has is promised under lock, the rest is short.

    A line without a storeroom is served by the one of the work order's site with most of the item available,
    else by its first. Announces parts_short once for all lines that are short. Raises RuleViolation per field,
    IllegalTransition unless the work order is approved and not yet done.
    """
    require(actor, REQUEST)
    if not lines:
        raise RuleViolation("Name at least one part or service.", field="lines")
    order = locked_work_order(work_order_id=work_order_id)
    order.require(*STATES_WITH_REQUESTS)
    request = PartsRequest(
        number=next_number("MR"), created_at=at, created_by=actor, work_order=order, requested_by=actor,
        needed_on=needed_on, note=note[:300],
    )  # fmt: skip
    bulk_create_with_history([request])
    rows = _new_lines(request, order, lines)
    balances = _choose_storerooms(rows, order)
    promised = promise(lines=rows, balances=balances)
    for row in rows:
        row.short_at_request = row.quantity_short if row.is_stock_line else ZERO
    bulk_create_with_history(rows)
    store_with_history(promises_kept(promised=promised))
    store(rows=touched(promised=promised))
    _announce_short(rows, actor, at)
    return request


def _announce_short(rows: Sequence[PartsRequestLine], actor: User, at: datetime) -> None:
    short = [row.pk for row in rows if row.quantity_short > 0]
    if short:
        events.parts_short.send(sender=PartsRequestLine, request_line_ids=short, actor=actor, at=at)


def _new_lines(
    request: PartsRequest, order: WorkOrder, inputs: Sequence[RequestLineInput]
) -> list[PartsRequestLine]:
    wanted = {each.item_id for each in inputs if each.item_id}
    items = Item.objects.select_related("unit").in_bulk(wanted) if wanted else {}
    units = _units(inputs, items)
    steps: set[int] = set()
    if any(each.operation_id for each in inputs):
        steps.update(Operation.objects.filter(work_order=order).values_list("pk", flat=True))
    rows = []
    for number, each in enumerate(inputs, start=1):
        item = _item(each, items)
        if each.operation_id and each.operation_id not in steps:
            raise RuleViolation("That step belongs to another work order.", field="operation_id")
        if each.quantity <= 0:
            raise RuleViolation("The quantity must be greater than zero.", field="quantity")
        unit, quantity = _measured(each, item, units)
        row = PartsRequestLine(
            parts_request=request, line_number=number, kind=each.kind, item=item, unit=unit, quantity=quantity,
            description=each.description.strip() or (item.name if item else ""),
            operation_id=each.operation_id, storeroom_id=each.storeroom_id, photo_id=each.photo_id,
            estimated_unit_cost=each.estimated_unit_cost,
        )  # fmt: skip
        row.clean_fields(exclude=["parts_request", "item", "unit", "operation", "storeroom", "photo"])
        rows.append(row)
    return rows


def _units(inputs: Sequence[RequestLineInput], items: dict[int, Item]) -> dict[int, Unit]:
    """All units by key; none where every line is of an item in the item's own unit."""
    if all(each.item_id in items and not each.unit_id for each in inputs):
        return {}
    return {unit.pk: unit for unit in Unit.objects.all()}


def _item(each: RequestLineInput, items: dict[int, Item]) -> Item | None:
    if each.kind == RequestLineKind.ITEM:
        item = items.get(each.item_id or 0)
        if item is None or not item.is_active:
            raise RuleViolation("Choose a part from the catalogue.", field="item_id")
        return item
    if not each.description.strip():
        raise RuleViolation("Describe what is needed.", field="description")
    return items.get(each.item_id or 0)


def _measured(each: RequestLineInput, item: Item | None, units: dict[int, Unit]) -> tuple[Unit, Decimal]:
    """Unit and quantity of a line: an item's in its own unit, converted exactly where another was given."""
    given = units.get(each.unit_id or 0)
    if each.unit_id and given is None:
        raise NotFound("That unit does not exist.", field="unit_id")
    if item is not None:
        if given is None or given.pk == item.unit_id:
            return item.unit, each.quantity
        return item.unit, convert(each.quantity, factor_between(given, item.unit)).quantize(QUANTITY_PLACES)
    if given is not None:
        return given, each.quantity
    usual = HOUR if each.kind == RequestLineKind.SERVICE else PIECE
    by_code = {unit.code: unit for unit in units.values()}
    unit = next((by_code[code] for code in (*usual, *PIECE) if code in by_code), None)
    if unit is None:
        raise RuleViolation("Choose a unit.", field="unit_id")
    return unit, each.quantity


def _choose_storerooms(
    rows: Sequence[PartsRequestLine], order: WorkOrder
) -> dict[tuple[int, int], StockItem]:
    """Name the storeroom of each stocked line and return the locked balances behind them; two statements."""
    lines = [row for row in rows if row.is_stock_line]
    if not lines:
        return {}
    storerooms = list(
        Storeroom.objects.filter(
            Q(site_id=order.site_id, is_active=True) | Q(pk__in=[row.storeroom_id or 0 for row in lines])
        ).order_by("code")
    )
    own = [each.pk for each in storerooms if each.site_id == order.site_id and each.is_active]
    known = {each.pk for each in storerooms}
    wanted = Q(item_id__in={row.item_id for row in lines}, storeroom_id__in=known)
    balances = {(row.item_id, row.storeroom_id): row for row in locked_balances(wanted=wanted)}
    for line in lines:
        if line.storeroom_id and line.storeroom_id not in known:
            raise NotFound("That storeroom does not exist.", field="storeroom_id")
        held = [balances[line.item_id or 0, pk] for pk in own if (line.item_id, pk) in balances]
        best = max(held, key=lambda row: free(row=row), default=None)
        line.storeroom_id = line.storeroom_id or (best.storeroom_id if best else next(iter(own), None))
        row = balances.get((line.item_id or 0, line.storeroom_id or 0))
        if line.estimated_unit_cost is None and row is not None and row.quantity_on_hand:
            line.estimated_unit_cost = average_cost(balance_of(row=row))
    return balances
