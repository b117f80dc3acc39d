"""Changing, closing and cancelling an order; what it said before is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.dispatch import Signal

from core.access import require
from core.commands import command
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from core.history import bulk_update_with_history, store_with_history, update_with_history, updated
from core.models import User
from procurement import events
from procurement.choices import COMMITTED_ORDER, OPEN_ORDER, ApprovalDecision, OrderStatus
from procurement.decisions.input_checks import check_percent, check_price, check_quantity, check_reason
from procurement.decisions.progress import shrink
from procurement.models import (
    Approval,
    OrderLineSource,
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderLine,
)
from procurement.services.approval import explain_order_approval, order_amount, record_order_approval
from procurement.services.matching import rematch_order_lines
from procurement.services.order_lines import (
    OrderLineInput,
    build_lines,
    check_lines,
    net_and_tax,
    read_catalogue,
    take_from_requisitions,
)
from procurement.services.order_locks import lock_order_with_lines
from procurement.services.ordering import store_new_lines
from procurement.services.receiving import follow_lines
from procurement.services.sourcing import lock_requisition_lines, store_requisition_quantities

ZERO = Decimal(0)
CHANGEABLE = ("quantity", "unit_price", "needed_on", "promised_on", "discount_percent")
CLOSING = ("status", "closed_at", "close_reason")


@dataclass(frozen=True)
class LineChange:
    """New values of one order line; None leaves a value as it is."""

    order_line_id: int
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    needed_on: date | None = None
    promised_on: date | None = None
    discount_percent: Decimal | None = None


@command
def revise_order(
    *,
    order_id: int,
    changes: Sequence[LineChange],
    reason: str,
    actor: User,
    at: datetime,
    new_lines: Sequence[OrderLineInput] = (),
) -> PurchaseOrder:
    """Change quantities, prices and dates, or add lines; what the order said before is kept as a revision.

    A quantity cannot fall below what is held or billed (net). What a line no longer orders of its requisition
    lines is open there again, in proportion. An order that waits for approval becomes a draft again. Beyond what
    was approved (net total in the base currency, or new lines), an approved order becomes a draft again, and an
    issued one needs a reviser who could approve it as it becomes, under the same rule as any approval.
    Raises NotAllowed, Conflict (closed, cancelled), RuleViolation (no reason, nothing changed, wrong values).
    """
    if not actor.has_perm("procurement.approve_purchase_order"):
        require(actor, "procurement.create_purchase_order")
    said = check_reason(reason)
    order, lines = lock_order_with_lines(order_id=order_id, actor=actor)
    order.require(OrderStatus.DRAFT, OrderStatus.PENDING_APPROVAL, OrderStatus.APPROVED, *sorted(OPEN_ORDER))
    before = _snapshot(order, lines)
    changed = _apply(changes, lines)
    if not changed and not new_lines:
        raise RuleViolation("Nothing would change.", field="changes")
    released = bool(new_lines) or any(change.quantity is not None for change in changes)
    bulk_update_with_history(changed, CHANGEABLE)
    if released:
        _resource(order, lines, changed, new_lines)
    order.net_total, order.tax_total = net_and_tax(lines=lines.values(), currency=order.currency)
    order.revision += 1
    _renew_approval(order, bool(new_lines), said, actor, at)
    follow_lines(order=order, lines=lines.values())
    update_with_history(order, "net_total", "tax_total", "revision", "status", "approved_at", "approved_by")
    OrderRevision.objects.create(
        order=order, revision=order.revision, before=before, reason=said, revised_at=at, revised_by=actor
    )
    _announce(events.order_revised, order, lines, actor, at)
    return order


@command
def close_order(*, order_id: int, reason: str, actor: User, at: datetime) -> PurchaseOrder:
    """Expect nothing more: what is neither held nor billed is cancelled on each line (short close).

    The need is not asked for again. Announces the lines of which something was still open: the figures of the others
    stay as they are. Raises NotAllowed, IllegalTransition unless issued, RuleViolation without a reason.
    """
    require(actor, "procurement.issue_purchase_order")
    said = check_reason(reason)
    order, lines = lock_order_with_lines(order_id=order_id, actor=actor)
    order.advance(OrderStatus.CLOSED)
    open_lines, short = {}, []
    for line in lines.values():
        kept = max(line.net_received, line.net_billed)
        if line.quantity_open_order <= kept:
            continue
        open_lines[line.pk] = line
        if line.needs_receipt:
            line.quantity_cancelled = line.quantity - kept
            short.append(line)
    order.closed_at, order.close_reason = at, said
    store_with_history(updated(short, ["quantity_cancelled"]), updated([order], CLOSING))
    _announce(events.order_closed, order, open_lines, actor, at)
    return order


@command
def cancel_order(*, order_id: int, reason: str, actor: User, at: datetime) -> PurchaseOrder:
    """Take an order back before anything came of it; its requisition lines are open to order again.

    Raises NotAllowed, Conflict where something is held or billed (close it instead), IllegalTransition,
    RuleViolation without a reason.
    """
    said = check_reason(reason)
    order, lines = lock_order_with_lines(order_id=order_id, actor=actor)
    is_out = order.status in COMMITTED_ORDER
    require(actor, f"procurement.{'issue' if is_out else 'create'}_purchase_order")
    if any(line.net_received > 0 or line.net_billed > 0 for line in lines.values()):
        raise Conflict(
            f"Part of {order} has come in or is billed.", field="status", remedy="Close it instead."
        )
    order.advance(OrderStatus.CANCELLED)
    for line in lines.values():
        line.quantity_cancelled = line.quantity
    order.closed_at, order.close_reason = at, said
    store_with_history(updated(list(lines.values()), ["quantity_cancelled"]), updated([order], CLOSING))
    _resource(order, lines, list(lines.values()), ())
    _announce(events.order_cancelled, order, lines, actor, at)
    return order


def _announce(
    event: Signal, order: PurchaseOrder, lines: Mapping[int, PurchaseOrderLine], actor: User, at: datetime
) -> None:
    """Tell who must follow, then look again at the invoices that waited for this."""
    keys = tuple(sorted(lines))
    event.send(sender=PurchaseOrder, order_id=order.pk, order_line_ids=keys, actor=actor, at=at)
    rematch_order_lines(order_line_ids=keys, actor=actor, at=at)


def _snapshot(order: PurchaseOrder, lines: Mapping[int, PurchaseOrderLine]) -> dict[str, Any]:
    return {
        "status": order.status,
        "currency": order.currency,
        "net_total": str(order.net_total),
        "tax_total": str(order.tax_total),
        "lines": [
            {
                "line_number": line.line_number,
                "description": line.description,
                **{name: _text(getattr(line, name)) for name in CHANGEABLE},
            }
            for line in lines.values()
        ],
    }


def _text(value: Decimal | date | None) -> str | None:
    return None if value is None else str(value)


def _apply(changes: Sequence[LineChange], lines: Mapping[int, PurchaseOrderLine]) -> list[PurchaseOrderLine]:
    """Set the new values; returns the lines that really differ."""
    changed: dict[int, PurchaseOrderLine] = {}
    for number, change in enumerate(changes):
        line = lines.get(change.order_line_id)
        if line is None:
            raise NotFound("This line is not on the order.", field=f"changes.{number}.order_line_id")
        _check_change(change, line, f"changes.{number}")
        for name in CHANGEABLE:
            value = getattr(change, name)
            if value is not None and value != getattr(line, name):
                setattr(line, name, value)
                changed[line.pk] = line
    return [changed[pk] for pk in sorted(changed)]


def _check_change(change: LineChange, line: PurchaseOrderLine, at: str) -> None:
    if change.unit_price is not None:
        check_price(change.unit_price, f"{at}.unit_price")
    if change.discount_percent is not None:
        check_percent(change.discount_percent, Decimal(100), "discount", f"{at}.discount_percent")
    if change.quantity is None:
        return
    check_quantity(change.quantity, f"{at}.quantity")
    for seen, word in ((line.net_received, "received"), (line.net_billed, "billed")):
        if change.quantity < seen:
            raise RuleViolation(
                f"{seen.normalize():f} of line {line} are {word}; the order cannot be for less.",
                field=f"{at}.quantity",
                remedy="Return the goods or have a credit note entered first.",
            )


def _resource(
    order: PurchaseOrder,
    lines: dict[int, PurchaseOrderLine],
    changed: Sequence[PurchaseOrderLine],
    new_lines: Sequence[OrderLineInput],
) -> None:
    """Give back to requisitions what changed lines no longer order, and take what new lines do.

    Adds the new lines to `lines`.
    """
    found = OrderLineSource.objects.select_for_update().filter(order_line__in=changed).order_by("pk")
    sources: dict[int, list[OrderLineSource]] = {}
    for source in found:
        sources.setdefault(source.order_line_id, []).append(source)
    named = {source.requisition_line_id for group in sources.values() for source in group}
    named |= {pk for line in new_lines for pk, _ in line.requisition_lines}
    wanted = lock_requisition_lines(requisition_line_ids=named)
    cut, touched = [], set()
    for pk, group in sources.items():
        shares = shrink([source.quantity for source in group], lines[pk].quantity_open_order)
        for source, share in zip(group, shares, strict=True):
            if share != source.quantity:
                wanted[source.requisition_line_id].quantity_ordered -= source.quantity - share
                source.quantity = share
                cut.append(source)
                touched.add(source.requisition_line_id)
    bulk_update_with_history(cut, ["quantity"])
    fresh = None
    if new_lines:
        check_lines(lines=new_lines)
        touched |= take_from_requisitions(lines=new_lines, wanted=wanted)
        first = max((line.line_number for line in lines.values()), default=0) + 1
        rows = build_lines(
            lines=new_lines,
            supplier=order.supplier,
            catalogue=read_catalogue(lines=new_lines),
            first_number=first,
        )
        fresh = store_new_lines(order=order, rows=rows, lines=new_lines)
        lines.update({row.pk: row for row in rows})
    store_requisition_quantities(lines=wanted, changed=touched, beside=fresh)


def _renew_approval(order: PurchaseOrder, has_new: bool, reason: str, actor: User, at: datetime) -> None:
    """An approval holds for what was approved and no more."""
    if order.status == OrderStatus.DRAFT:
        return
    if order.status == OrderStatus.PENDING_APPROVAL:
        order.advance(OrderStatus.DRAFT)
        return
    last = (
        Approval.objects.filter(purchase_order=order, decision=ApprovalDecision.APPROVED)
        .order_by("-pk")
        .first()
    )
    if last is not None and order_amount(order=order) <= last.amount and not has_new:
        return
    if order.status == OrderStatus.APPROVED:
        order.advance(OrderStatus.DRAFT)
        order.approved_at = order.approved_by = None
        return
    if not actor.has_perm("procurement.approve_purchase_order"):
        raise NotAllowed(
            "This goes beyond what was approved, and your role does not include the right to approve orders.",
            remedy="Have someone who may approve purchase orders revise it.",
        )
    rule, _ = explain_order_approval(order=order, actor=actor)
    order.approved_at, order.approved_by = at, actor
    record_order_approval(order=order, rule=rule, reason=reason, actor=actor, at=at)
