"""Making a purchase order, from typed lines or from approved requisitions, and sending it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.history import Write, bulk_create_with_history, created, update_with_history
from core.models import User
from core.numbering import next_number
from core.services.exchange import rate_on
from procurement import events
from procurement.choices import OrderStatus, SupplierStatus
from procurement.models import (
    OrderLineSource,
    PurchaseOrder,
    PurchaseOrderLine,
    RequisitionLine,
    Supplier,
)
from procurement.services.agreements import preferred_sources
from procurement.services.matching import rematch_order_lines
from procurement.services.order_lines import (
    Catalogue,
    OrderLineInput,
    build_lines,
    check_lines,
    net_and_tax,
    read_catalogue,
    take_from_requisitions,
)
from procurement.services.order_locks import lock_order
from procurement.services.pooling import (
    catalogue_of,
    one_place,
    pick_open_lines,
    pool_lines,
    pooled_line,
)
from procurement.services.sourcing import lock_requisition_lines, store_requisition_quantities

__all__ = [
    "OrderLineInput",
    "create_order",
    "issue_order",
    "order_requisition_lines",
    "submit_order",
]


@dataclass(frozen=True)
class _Head:
    """What an order says besides its lines."""

    site_id: int
    currency: str
    cost_centre_id: int | None = None
    agreement_id: int | None = None
    delivery_terms: str = ""
    note: str = ""


@command
def create_order(
    *,
    supplier_id: int,
    site_id: int,
    lines: Sequence[OrderLineInput],
    actor: User,
    at: datetime,
    currency: str | None = None,
    cost_centre_id: int | None = None,
    agreement_id: int | None = None,
    delivery_terms: str = "",
    note: str = "",
) -> PurchaseOrder:
    """A draft order of `actor` as its buyer, in the supplier's currency unless another is given.

    The rate of that day is frozen; totals round each line once to the minor unit. What lines take from
    requisitions counts as ordered there. Raises NotAllowed without the right, RuleViolation for a wrong line or a
    currency without rate, Conflict where the supplier is not approved or a requisition has less open.
    """
    require(actor, "procurement.create_purchase_order")
    if not lines:
        raise RuleViolation("Add at least one line.", field="lines")
    check_lines(lines=lines)
    supplier = _approved_supplier(supplier_id)
    named = [pk for line in lines for pk, _ in line.requisition_lines]
    head = _Head(site_id, currency or supplier.currency, cost_centre_id, agreement_id, delivery_terms, note)
    return _place(
        head,
        supplier,
        lines,
        lock_requisition_lines(requisition_line_ids=named),
        read_catalogue(lines=lines),
        actor,
        at,
    )


@command
def order_requisition_lines(
    *,
    requisition_line_ids: Sequence[int],
    supplier_id: int,
    actor: User,
    at: datetime,
    unit_prices: Mapping[int, Decimal] | None = None,
    merge_same_items: bool = True,
) -> PurchaseOrder:
    """One draft order for all that is open on these requisition lines, whichever requisitions they belong to.

    With `merge_same_items` the same item, unit, destination and place become one line with several sources. Price
    per unit, order currency: the supplier's agreement in that currency, else `unit_prices` (by requisition line),
    else the estimate. Raises NotAllowed, Conflict (nothing open, not approved), RuleViolation (several sites).
    """
    require(actor, "procurement.create_purchase_order")
    supplier = _approved_supplier(supplier_id)
    wanted = lock_requisition_lines(requisition_line_ids=requisition_line_ids)
    chosen = pick_open_lines(wanted=wanted, keys=requisition_line_ids)
    site_id, cost_centre_id = one_place(chosen=chosen)
    given = unit_prices or {}
    groups = pool_lines(chosen=chosen, given=given, merge=merge_same_items)
    offers = preferred_sources(
        item_ids=[line.item_id for line in chosen if line.item_id is not None], on=at.date()
    )
    rate = rate_on(currency=supplier.currency, on=at.date())
    priced = [
        pooled_line(group=group, given=given, offers=offers, supplier=supplier, rate=rate) for group in groups
    ]
    agreements = {agreed.agreement_id for _, agreed in priced if agreed}
    head = _Head(
        site_id,
        supplier.currency,
        cost_centre_id,
        agreements.pop() if len(agreements) == 1 else None,
    )
    lines = [line for line, _ in priced]
    check_lines(lines=lines)
    return _place(head, supplier, lines, wanted, catalogue_of(chosen=chosen), actor, at)


@command
def submit_order(*, order_id: int, actor: User, at: datetime) -> PurchaseOrder:
    """Ask for approval of a draft order. Raises NotAllowed, IllegalTransition in any other state."""
    require(actor, "procurement.create_purchase_order")
    order = lock_order(order_id=order_id, actor=actor)
    order.advance(OrderStatus.PENDING_APPROVAL)
    update_with_history(order, "status")
    return order


@command
def issue_order(*, order_id: int, actor: User, at: datetime) -> PurchaseOrder:
    """Send an approved order to its supplier; invoices that came before it are looked at again.

    Raises NotAllowed, IllegalTransition unless approved, Conflict where the supplier was blocked meanwhile.
    """
    require(actor, "procurement.issue_purchase_order")
    order = lock_order(order_id=order_id, actor=actor)
    if order.supplier.status != SupplierStatus.APPROVED:
        _refuse_supplier(order.supplier)
    order.advance(OrderStatus.ISSUED)
    order.issued_at = at
    update_with_history(order, "status", "issued_at")
    line_ids = tuple(order.lines.order_by("pk").values_list("pk", flat=True))
    events.order_issued.send(
        sender=PurchaseOrder, order_id=order.pk, order_line_ids=line_ids, actor=actor, at=at
    )
    rematch_order_lines(order_line_ids=line_ids, actor=actor, at=at)
    return order


def _place(
    head: _Head,
    supplier: Supplier,
    lines: Sequence[OrderLineInput],
    wanted: dict[int, RequisitionLine],
    catalogue: Catalogue,
    actor: User,
    at: datetime,
) -> PurchaseOrder:
    changed = take_from_requisitions(lines=lines, wanted=wanted)
    rows = build_lines(lines=lines, supplier=supplier, catalogue=catalogue)
    net, tax = net_and_tax(lines=rows, currency=head.currency)
    order = PurchaseOrder(
        number=next_number("PO"),
        created_at=at,
        created_by=actor,
        supplier=supplier,
        agreement_id=head.agreement_id,
        site_id=head.site_id,
        cost_centre_id=head.cost_centre_id,
        currency=head.currency,
        exchange_rate=rate_on(currency=head.currency, on=at.date()),
        buyer=actor,
        payment_terms_days=supplier.payment_terms_days,
        delivery_terms=head.delivery_terms,
        note=head.note,
        net_total=net,
        tax_total=tax,
    )
    bulk_create_with_history([order])
    sources = store_new_lines(order=order, rows=rows, lines=lines)
    store_requisition_quantities(lines=wanted, changed=changed, beside=sources)
    events.order_created.send(
        sender=PurchaseOrder,
        order_id=order.pk,
        order_line_ids=tuple(row.pk for row in rows),
        actor=actor,
        at=at,
    )
    return order


def store_new_lines(
    *, order: PurchaseOrder, rows: Sequence[PurchaseOrderLine], lines: Sequence[OrderLineInput]
) -> Write | None:
    """Store new lines of an order; returns what each takes from requisitions, still to be stored."""
    for row in rows:
        row.order = order
    bulk_create_with_history(rows)
    sources: dict[tuple[int, int], OrderLineSource] = {}
    for row, line in zip(rows, lines, strict=True):
        for pk, taken in line.requisition_lines:
            source = sources.setdefault(
                (row.pk, pk), OrderLineSource(order_line=row, requisition_line_id=pk, quantity=Decimal(0))
            )
            source.quantity += taken
    return created(list(sources.values()))


def _approved_supplier(supplier_id: int) -> Supplier:
    supplier = next(iter(Supplier.objects.filter(pk=supplier_id)), None)
    if supplier is None:
        raise NotFound("There is no such supplier.", field="supplier_id")
    if supplier.status != SupplierStatus.APPROVED:
        _refuse_supplier(supplier)
    return supplier


def _refuse_supplier(supplier: Supplier) -> None:
    raise Conflict(
        f"{supplier} is {supplier.get_status_display().lower()}; orders go to approved suppliers only.",
        field="supplier_id",
        remedy="Have the supplier approved first, or choose another.",
    )
