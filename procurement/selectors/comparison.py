"""Order, receipt and invoice side by side: what each says of a line, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet

from core.money import round_money
from procurement.choices import InvoiceLineKind, InvoiceStatus, MatchLevel
from procurement.models import Hold, Invoice, InvoiceLine, PurchaseOrder, PurchaseOrderLine

ZERO = Decimal(0)


@dataclass(frozen=True)
class Compared:
    """One invoice line beside its order line. `None` where there is nothing to compare with."""

    line: InvoiceLine
    order_line: PurchaseOrderLine | None
    order: PurchaseOrder | None
    ordered: Decimal | None
    received: Decimal | None
    order_price: Decimal | None
    order_amount: Decimal | None
    billed_before: Decimal
    billed_after: Decimal
    holds: tuple[Hold, ...] = field(default=())

    @property
    def over_ordered(self) -> Decimal | None:
        """How much more would be billed than ordered; None where no more."""
        return _beyond(self.billed_after, self.ordered)

    @property
    def over_received(self) -> Decimal | None:
        """How much more would be billed than was received; None where no more or where no receipt is asked."""
        if self.order_line is None or self.order_line.match_level == MatchLevel.TWO_WAY:
            return None
        return _beyond(self.billed_after, self.received)

    @property
    def price_difference(self) -> Decimal | None:
        """Invoice price less order price; None where equal."""
        if self.order_price is None or self.line.kind != InvoiceLineKind.GOODS:
            return None
        return (self.line.unit_price - self.order_price) or None

    @property
    def amount_difference(self) -> Decimal | None:
        """Line amount less what the order would give for the quantity; None where equal."""
        if self.order_amount is None:
            return None
        return (self.line.net_amount - self.order_amount) or None

    @property
    def differs(self) -> bool:
        """Whether any cell is marked."""
        return any((self.over_ordered, self.over_received, self.price_difference, self.amount_difference))


def _beyond(billed: Decimal, base: Decimal | None) -> Decimal | None:
    if base is None or billed <= base:
        return None
    return billed - base


def compared_lines(invoice: Invoice, holds: list[Hold]) -> list[Compared]:
    """The lines of an invoice with their evidence; one statement, however many lines."""
    lines = invoice.lines.select_related("order_line__order", "order_line__unit").order_by("line_number")
    by_line: dict[int, list[Hold]] = {}
    for hold in holds:
        if hold.invoice_line_id is not None:
            by_line.setdefault(hold.invoice_line_id, []).append(hold)
    return [_compared(line, invoice, tuple(by_line.get(line.pk, ()))) for line in lines]


def _compared(line: InvoiceLine, invoice: Invoice, holds: tuple[Hold, ...]) -> Compared:
    bought = line.order_line
    quantity = line.quantity * invoice.sign
    if bought is None:
        return Compared(line, None, None, None, None, None, None, ZERO, quantity, holds)
    # A posted invoice is already among what was billed.
    before = bought.net_billed - (quantity if invoice.is_posted else ZERO)
    return Compared(
        line=line,
        order_line=bought,
        order=bought.order,
        ordered=bought.quantity_open_order,
        received=bought.net_received,
        order_price=bought.net_unit_price,
        order_amount=_amount(line.quantity, bought),
        billed_before=before,
        billed_after=before + quantity,
        holds=holds,
    )


def _amount(quantity: Decimal, bought: PurchaseOrderLine) -> Decimal:
    return round_money(quantity * bought.net_unit_price, bought.order.currency)


def neighbours(hold_queue: QuerySet[Hold], invoice_id: int) -> tuple[int | None, int | None]:
    """The invoices before and after this one in the queue of held invoices; two statements."""
    held = hold_queue.exclude(invoice__status=InvoiceStatus.REJECTED)
    before = (
        held.filter(invoice_id__lt=invoice_id).order_by("-invoice_id").values_list("invoice_id", flat=True)
    )
    after = held.filter(invoice_id__gt=invoice_id).order_by("invoice_id").values_list("invoice_id", flat=True)
    return before.first(), after.first()
