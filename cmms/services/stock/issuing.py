"""Handing parts over to work orders at moving-average cost, and taking them back at that same cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum

from cmms import events
from cmms.choices import WORKABLE, CostBucket, CostStage, MovementKind, Tracking, WorkOrderStatus
from cmms.decisions.moving_average import value_of_part, value_of_return
from cmms.models import PartsRequest, PartsRequestLine, Reservation, StockMovement, WorkOrder
from cmms.services.costing import CostTarget, movement_target, settle_costs
from cmms.services.planning import locked_work_order
from cmms.services.reservations import held_reservations, locked_lines, locked_lines_of
from cmms.services.stock.balances import ISSUE, balance_of, locked_balance, locked_balances, move, store
from cmms.services.stock.places import Pick, Places
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import NotFound, RuleViolation
from core.history import bulk_update_with_history, store_with_history, updated
from core.models import User

ZERO = Decimal(0)
# What was promised may still be handed over for the records when the work is already done.
STATES_WITH_ISSUES = (*sorted(WORKABLE), WorkOrderStatus.WORK_DONE)
LINE_FIGURES = ["quantity_reserved", "quantity_issued"]


@command
def issue_parts(
    *,
    request_line_id: int,
    actor: User,
    at: datetime,
    quantity: Decimal | None = None,
    picks: Sequence[Pick] = (),
) -> StockMovement:
    """Hand over what is promised to a line (all of it where no quantity is given) and cost the work order.

    Value at moving average, rounded once; the last unit takes the rest. `picks` says which pieces: without them
    lots go by expiry, first expired first out; serial numbers must be chosen. Raises RuleViolation for more than
    is promised, Conflict where the work order is not open for it.
    """
    require(actor, ISSUE)
    found = PartsRequestLine.objects.filter(pk=request_line_id)
    order_id = next(iter(found.values_list("parts_request__work_order_id", flat=True)), None)
    if order_id is None:
        raise NotFound("That request line does not exist.", field="request_line_id")
    order = locked_work_order(work_order_id=order_id)
    order.require(*STATES_WITH_ISSUES)
    lines = locked_lines(line_ids=[request_line_id])
    promised = lines[0].quantity_reserved
    wanted = promised if quantity is None else quantity
    if wanted <= 0 or wanted > promised:
        raise RuleViolation(
            f"{quantity_text(promised)} of {lines[0].description} are promised to this request; "
            f"{quantity_text(wanted)} cannot be issued.",
            field="quantity",
            remedy="Issue at most what is promised." if promised else "Wait until parts are in stock.",
        )
    return _issue(order, lines, {request_line_id: wanted}, actor, at, picks)[0]


@command
def issue_request(*, parts_request_id: int, actor: User, at: datetime) -> list[StockMovement]:
    """Hand over everything promised to a parts request, but for lines whose serial numbers must be chosen.

    Raises RuleViolation where there is nothing to hand over.
    """
    require(actor, ISSUE)
    request = next(iter(PartsRequest.objects.filter(pk=parts_request_id)), None)
    if request is None:
        raise NotFound("That parts request does not exist.", field="parts_request_id")
    order = locked_work_order(work_order_id=request.work_order_id)
    order.require(*STATES_WITH_ISSUES)
    lines = locked_lines_of(parts_request_id=parts_request_id)
    wanted = {line.pk: line.quantity_reserved for line in lines if line.quantity_reserved}
    if not wanted:
        raise RuleViolation(f"Nothing is waiting to be issued on {request}.", field="parts_request_id")
    issued = _issue(order, lines, wanted, actor, at, None)
    if not issued:
        raise RuleViolation(
            f"The serial numbers of {request} must be chosen.",
            field="parts_request_id",
            remedy="Hand over each line by itself.",
        )
    return issued


def _issue(
    order: WorkOrder,
    lines: Sequence[PartsRequestLine],
    wanted: Mapping[int, Decimal],
    actor: User,
    at: datetime,
    picks: Sequence[Pick] | None,
) -> list[StockMovement]:
    """Take what is wanted off the promises, the shelf and the lines, and cost the work order.

    Without `picks` (None), what has serial numbers to choose stays where it is.
    """
    promises = held_reservations(lines=lines)
    rows = locked_balances(wanted=Q(pk__in={each.stock_item_id for each in promises}))
    places = Places(rows)
    balances = {row.pk: row for row in rows}
    by_key = {line.pk: line for line in lines}
    left = dict(wanted)
    movements: list[StockMovement] = []
    kept: list[Reservation] = []
    for each in promises:
        line, row = by_key[each.request_line_id], balances[each.stock_item_id]
        quantity = min(each.quantity, left.get(line.pk, ZERO))
        if quantity <= 0 or (picks is None and row.tracking == Tracking.SERIAL):
            continue
        left[line.pk] -= quantity
        value = value_of_part(balance_of(row=row), quantity, settings.BASE_CURRENCY)
        row.quantity_reserved -= quantity
        line.quantity_reserved -= quantity
        line.quantity_issued += quantity
        each.quantity -= quantity
        kept.append(each)
        out = move(
            row=row, kind=MovementKind.ISSUE, quantity=-quantity, value=-value, line=line, order=order,
            document_number=line.parts_request.number, actor=actor, at=at,
        )  # fmt: skip
        places.take(out, picks or (), for_work=True)
        movements.append(out)
    if not movements:
        return []
    changed = [by_key[pk] for pk in sorted({each.request_line_id for each in kept})]
    store_with_history(updated(kept, ["quantity"]), updated(changed, LINE_FIGURES))
    stored = store(rows=rows, movements=movements)
    places.store(actor=actor, at=at)
    _post(stored, actor, at)
    return stored


def _post(movements: Sequence[StockMovement], actor: User, at: datetime) -> None:
    """Cost the work order and announce what was handed over."""
    targets = [movement_target(movement=each) for each in movements]
    settle_costs(targets=targets, source_keys=[], are_new=True, actor=actor, at=at)
    issued = sorted({each.request_line_id for each in movements if each.request_line_id})
    events.parts_issued.send(sender=PartsRequestLine, request_line_ids=issued, actor=actor, at=at)


@command
def return_parts(
    *,
    movement_id: int,
    quantity: Decimal,
    reason: str,
    actor: User,
    at: datetime,
    serial_ids: Sequence[int] = (),
) -> StockMovement:
    """Take issued parts back into stock at the cost of their issue; the work order gets that cost back.

    They come back as the lots and serial numbers that went. What comes back counts as cancelled on the request
    line: it is not wanted any more. Raises RuleViolation for more than was issued and not yet returned.
    """
    require(actor, ISSUE)
    if not reason.strip():
        raise RuleViolation("Say why the parts come back.", field="reason")
    issue = next(iter(StockMovement.objects.filter(pk=movement_id, kind=MovementKind.ISSUE)), None)
    if issue is None or issue.work_order_id is None or issue.request_line_id is None:
        raise NotFound("That issue does not exist.", field="movement_id")
    order = locked_work_order(work_order_id=issue.work_order_id)
    line = locked_lines(line_ids=[issue.request_line_id])[0]
    row = locked_balance(stock_item_id=issue.stock_item_id)
    before = issue.reversed_by.aggregate(total=Sum("quantity"))["total"] or ZERO
    issued = -issue.quantity
    if quantity <= 0 or quantity > issued - before:
        raise RuleViolation(
            f"At most {quantity_text(issued - before)} of this issue can come back.", field="quantity"
        )
    value = value_of_return(-issue.value, issued, before, quantity, settings.BASE_CURRENCY)
    line.quantity_issued -= quantity
    line.quantity_cancelled += quantity
    bulk_update_with_history([line], ["quantity_issued", "quantity_cancelled"])
    movement = move(
        row=row, kind=MovementKind.ISSUE_RETURN, quantity=quantity, value=value, line=line, order=order,
        document_number=issue.document_number, note=reason.strip(), reverses=issue, actor=actor, at=at,
    )  # fmt: skip
    places = Places([row])
    places.give_back(movement, issue, serial_ids)
    store(rows=[row], movements=[movement])
    places.store(actor=actor, at=at)
    _post_return(issue, at, actor)
    return movement


def _post_return(issue: StockMovement, at: datetime, actor: User) -> None:
    """The issue's figure in the ledger becomes what is still out of it."""
    back = issue.reversed_by.aggregate(quantity=Sum("quantity"), value=Sum("value"))
    value, quantity = -issue.value - back["value"], -issue.quantity - back["quantity"]
    target = CostTarget(
        work_order_id=issue.work_order_id or 0,
        source_key=f"movement:{issue.pk}",
        stage=CostStage.ACTUAL,
        bucket=CostBucket.MATERIAL,
        amount=value,
        amount_document=value,
        currency=settings.BASE_CURRENCY,
        quantity=quantity,
        unit_cost=issue.unit_cost,
        document_number=issue.document_number,
        description="Returned to the storeroom",
        occurred_on=at.date(),
    )
    settle_costs(targets=[target], source_keys=[], actor=actor, at=at)
