"""How an order is locked: always the order, then lines in key order, then whatever follows (needs, invoices)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from core.errors import NotFound
from core.models import User
from procurement.choices import InvoiceStatus
from procurement.models import Invoice, InvoiceLine, OrderRevision, PurchaseOrder, PurchaseOrderLine

LOOKED_AT_AGAIN = (InvoiceStatus.HELD, InvoiceStatus.POSTED, InvoiceStatus.PAYABLE)


def lock_order(*, order_id: int, actor: User) -> PurchaseOrder:
    """The order, locked, with its supplier, knowing whether `actor` changed it (`changed_by_actor`)."""
    changed = OrderRevision.objects.filter(order=OuterRef("pk"), revised_by=actor)
    found: list[PurchaseOrder] = list(
        PurchaseOrder.objects.select_related("supplier")
        .select_for_update(of=("self",))
        .annotate(changed_by_actor=Exists(changed))
        .filter(pk=order_id)
    )
    if not found:
        raise NotFound("There is no such purchase order.")
    return found[0]


def lock_order_with_lines(
    *, order_id: int, actor: User
) -> tuple[PurchaseOrder, dict[int, PurchaseOrderLine]]:
    """The order and all its lines, locked.

    Lines of other orders on the same invoices are locked with them, in one order of keys: looking at those
    invoices again locks them anyway, and two deliveries must not wait for each other in a circle.
    """
    order = lock_order(order_id=order_id, actor=actor)
    own = PurchaseOrderLine.objects.filter(order_id=order_id).values("pk")
    shared = Invoice.objects.filter(lines__order_line__order_id=order_id, status__in=LOOKED_AT_AGAIN)
    beside = InvoiceLine.objects.filter(invoice__in=shared, order_line__isnull=False).values("order_line_id")
    rows = PurchaseOrderLine.objects.select_for_update().filter(pk__in=own.union(beside)).order_by("pk")
    return order, {line.pk: line for line in rows if line.order_id == order.pk}
