"""Asking for something to be bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings

from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import bulk_create_with_history, update_with_history
from core.models import Item, User
from core.money import round_money
from core.numbering import next_number
from core.services.exchange import rate_on
from procurement import events
from procurement.choices import Destination, LineKind, RequisitionStatus
from procurement.decisions.input_checks import check_description, check_price, check_quantity, check_reason
from procurement.decisions.pricing import AgreementPrice, best_of
from procurement.models import Requisition, RequisitionLine
from procurement.services.agreements import preferred_sources
from procurement.services.sourcing import lock_requisition_lines, store_requisition_quantities

PRICE_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class RequisitionLineInput:
    """One thing to buy; the estimate is per `unit_id` in the base currency and gives way to an agreed price."""

    description: str
    quantity: Decimal
    unit_id: int
    kind: str = LineKind.ITEM
    item_id: int | None = None
    category_id: int | None = None
    estimated_unit_price: Decimal = Decimal(0)
    suggested_supplier_id: int | None = None
    destination: str = Destination.DIRECT
    deliver_to: str = ""
    needed_on: date | None = None
    origin_key: str = ""
    origin_label: str = ""


@dataclass(frozen=True)
class RequisitionHead:
    """What a requisition says besides its lines; without a requester it is the actor's own."""

    site_id: int
    cost_centre_id: int | None = None
    reason: str = ""
    needed_on: date | None = None
    origin_key: str = ""
    origin_label: str = ""
    requester_id: int | None = None


@command
def create_requisition(
    *,
    lines: Sequence[RequisitionLineInput],
    site_id: int,
    actor: User,
    at: datetime,
    cost_centre_id: int | None = None,
    reason: str = "",
    needed_on: date | None = None,
    origin_key: str = "",
    origin_label: str = "",
    requester_id: int | None = None,
    submit: bool = False,
    system: bool = False,
) -> Requisition:
    """A request to buy, for oneself or for `requester_id`; with `submit` it goes to approval at once.

    The estimate of an item is the agreed price (preferred rank, valid that day, highest break reached; per the
    item's unit) in the base currency, else the one given. The total rounds each line once. `system` is for a need
    handed over by another part of the product, where the person's right was checked already.
    Raises NotAllowed without the right, RuleViolation for a wrong line.
    """
    if not system:
        require(actor, "procurement.create_requisition")
    head = RequisitionHead(site_id, cost_centre_id, reason, needed_on, origin_key, origin_label, requester_id)
    return write_requisition(head=head, lines=lines, submit=submit, actor=actor, at=at)[0]


@command
def write_requisition(
    *,
    head: RequisitionHead,
    lines: Sequence[RequisitionLineInput],
    submit: bool,
    actor: User,
    at: datetime,
    items: Mapping[int, Item] | None = None,
) -> tuple[Requisition, list[RequisitionLine]]:
    """The same without the question who asks, for needs handed over by another part of the product.

    `items` are those of the lines, by key, where the caller has read them. Returns the lines too, in the order given.
    """
    _check(lines)
    if items is None:
        items = _items(lines)
    prices = preferred_sources(item_ids=list(items), on=at.date())
    rates = _rates(prices, at.date())
    rows = [
        _line(number, line, items.get(line.item_id or 0), prices, rates)
        for number, line in enumerate(lines, start=1)
    ]
    requisition = Requisition(
        number=next_number("PR"),
        created_at=at,
        created_by=actor,
        status=RequisitionStatus.PENDING_APPROVAL if submit else RequisitionStatus.DRAFT,
        requester_id=head.requester_id or actor.pk,
        site_id=head.site_id,
        cost_centre_id=head.cost_centre_id,
        reason=head.reason.strip()[:300],
        needed_on=head.needed_on,
        origin_key=head.origin_key,
        origin_label=head.origin_label,
        total=sum((_estimate(row) for row in rows), Decimal(0)),
        submitted_at=at if submit else None,
    )
    bulk_create_with_history([requisition])
    for row in rows:
        row.requisition = requisition
    return requisition, bulk_create_with_history(rows)


def _check(lines: Sequence[RequisitionLineInput]) -> None:
    if not lines:
        raise RuleViolation("Add at least one line.", field="lines")
    for number, line in enumerate(lines):
        check_description(line.description, f"lines.{number}.description")
        check_quantity(line.quantity, f"lines.{number}.quantity")
        check_price(line.estimated_unit_price, f"lines.{number}.estimated_unit_price")


def _items(lines: Sequence[RequisitionLineInput]) -> dict[int, Item]:
    wanted = {line.item_id for line in lines if line.item_id is not None}
    found = Item.objects.in_bulk(wanted) if wanted else {}
    if len(found) < len(wanted):
        raise NotFound("One of the items does not exist.", field="lines")
    return found


def _rates(prices: Mapping[int, Sequence[AgreementPrice]], on: date) -> dict[str, Decimal]:
    currencies = {price.currency for offers in prices.values() for price in offers}
    return {currency: rate_on(currency=currency, on=on) for currency in sorted(currencies)}


def _line(
    number: int,
    line: RequisitionLineInput,
    item: Item | None,
    prices: Mapping[int, Sequence[AgreementPrice]],
    rates: Mapping[str, Decimal],
) -> RequisitionLine:
    agreed = None
    if item is not None and item.unit_id == line.unit_id:
        agreed = best_of(prices.get(item.pk, ()), line.quantity, line.suggested_supplier_id)
    estimate, supplier_id = line.estimated_unit_price, line.suggested_supplier_id
    if agreed is not None:
        estimate = (agreed.unit_price * rates[agreed.currency]).quantize(PRICE_STEP)
        supplier_id = agreed.supplier_id
    return RequisitionLine(
        line_number=number,
        kind=line.kind,
        item=item,
        category_id=line.category_id or (item.category_id if item else None),
        description=line.description.strip(),
        quantity=line.quantity,
        unit_id=line.unit_id,
        estimated_unit_price=estimate,
        suggested_supplier_id=supplier_id,
        destination=line.destination,
        deliver_to=line.deliver_to,
        needed_on=line.needed_on,
        origin_key=line.origin_key,
        origin_label=line.origin_label,
    )


def _estimate(line: RequisitionLine) -> Decimal:
    return round_money(line.quantity * line.estimated_unit_price, settings.BASE_CURRENCY)


@command
def submit_requisition(
    *, requisition_id: int, actor: User, at: datetime, system: bool = False
) -> Requisition:
    """Ask for approval of a draft, or again of a rejected request.

    Raises NotAllowed without the right, IllegalTransition in any other state.
    """
    if not system:
        require(actor, "procurement.create_requisition")
    requisition: Requisition | None = (
        Requisition.objects.select_for_update().filter(pk=requisition_id).first()
    )
    if requisition is None:
        raise NotFound("There is no such requisition.")
    if requisition.status == RequisitionStatus.REJECTED:
        requisition.advance(RequisitionStatus.DRAFT)
    requisition.advance(RequisitionStatus.PENDING_APPROVAL)
    requisition.submitted_at = at
    update_with_history(requisition, "status", "submitted_at")
    return requisition


@command
def cancel_requisition(
    *, requisition_id: int, reason: str, actor: User, at: datetime, system: bool = False
) -> Requisition:
    """Give up what is still open of a request; what is ordered stays ordered.

    The requester, the one who wrote it, or a buyer may. Raises NotAllowed otherwise, RuleViolation without a
    reason, Conflict where nothing is open.
    """
    check_reason(reason)
    lines = lock_requisition_lines(requisition_id=requisition_id)
    if not lines:
        raise NotFound("There is no such requisition.")
    requisition = next(iter(lines.values())).requisition
    _may_cancel(requisition, actor, system)
    changed = [pk for pk, line in lines.items() if _open(line) > 0]
    if not changed:
        raise Conflict(f"Nothing is open on {requisition}: all of it is ordered or cancelled.")
    for pk in changed:
        lines[pk].quantity_cancelled += _open(lines[pk])
    store_requisition_quantities(lines=lines, changed=changed)
    events.requisition_cancelled.send(
        sender=Requisition, requisition_line_ids=tuple(changed), actor=actor, at=at
    )
    return requisition


@command
def cancel_requisition_line(
    *,
    requisition_line_id: int,
    reason: str,
    actor: User,
    at: datetime,
    quantity: Decimal | None = None,
    system: bool = False,
) -> RequisitionLine:
    """Give up `quantity` (all, if None) of what is still open on one line. Announces nothing.

    Raises NotAllowed, RuleViolation without a reason or above the open quantity, Conflict where nothing is open.
    """
    check_reason(reason)
    lines = lock_requisition_lines(requisition_line_ids=[requisition_line_id])
    line = lines.get(requisition_line_id)
    if line is None:
        raise NotFound("There is no such requisition line.")
    _may_cancel(line.requisition, actor, system)
    left = _open(line)
    if left <= 0:
        raise Conflict(f"Nothing is open on '{line.description}': all of it is ordered or cancelled.")
    wanted = left if quantity is None else quantity
    check_quantity(wanted, "quantity")
    if wanted > left:
        raise RuleViolation(f"Only {left.normalize():f} are still open.", field="quantity")
    line.quantity_cancelled += wanted
    store_requisition_quantities(lines=lines, changed=[line.pk])
    return line


def _open(line: RequisitionLine) -> Decimal:
    return line.quantity - line.quantity_ordered - line.quantity_cancelled


def _may_cancel(requisition: Requisition, actor: User, system: bool) -> None:
    if system:
        return
    if actor.pk in (requisition.requester_id, requisition.created_by_id):
        require(actor, "procurement.create_requisition")
    else:
        require(actor, "procurement.create_purchase_order")
