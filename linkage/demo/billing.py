"""Invoices and credit notes of the demo: right, too dear, too many, too early; the match; finance's week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from core.money import ZERO, round_money
from linkage.demo.clock import Life
from linkage.demo.world import World, working_time
from procurement.choices import HoldKind, InvoiceKind, InvoiceStatus
from procurement.models import Hold, Invoice, PurchaseOrder, PurchaseOrderLine
from procurement.services.holds import release_hold
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.match_runs import process_chunk, start_match_run
from procurement.services.matching import match_invoices
from procurement.services.order_changes import close_order

RELEASABLE = (HoldKind.PRICE, HoldKind.LINE_VALUE, HoldKind.CHARGE)


def bill_life(world: World, order_id: int) -> Life:
    """The supplier bills what is ordered, now and then not quite what was agreed; credits what went back."""
    order = PurchaseOrder.objects.select_related("supplier").get(pk=order_id)
    lines = list(order.lines.order_by("line_number"))
    dear = Decimal(world.random.choice([103, 105, 108])) / 100 if world.chance(0.05) else Decimal(1)
    extra = Decimal(1) if world.chance(0.02) else ZERO
    billed = [(line, line.quantity_open_order - line.quantity_rejected) for line in lines]
    billed = [(line, quantity) for line, quantity in billed if quantity > 0]
    if billed:
        line, quantity = billed[0]
        billed[0] = (line, quantity + extra)
        bill(world, order, billed, dearer=dear)
    yield world.later(60, 300)
    back = [
        (line, line.quantity_returned) for line in order.lines.order_by("pk") if line.quantity_returned > 0
    ]
    back = [(line, min(quantity, line.net_billed)) for line, quantity in back if line.net_billed > 0]
    if back:
        bill(world, order, back, kind=InvoiceKind.CREDIT_NOTE)
    world.bills_due.discard(order_id)


def bill(
    world: World,
    order: PurchaseOrder,
    billed: Sequence[tuple[PurchaseOrderLine, Decimal]],
    *,
    dearer: Decimal = Decimal(1),
    kind: str = InvoiceKind.INVOICE,
) -> Invoice:
    """Enter an invoice or credit note over these quantities at the order's prices (or dearer)."""
    lines: list[InvoiceLineInput] = []
    taxable: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line, quantity in billed:
        price = (line.net_unit_price * dearer).quantize(Decimal("0.0001"))
        net = round_money(price * quantity, order.currency)
        taxable[line.tax_percent] += net
        lines.append(
            InvoiceLineInput(
                description=line.description, quantity=quantity, unit_price=price, net_amount=net,
                tax_percent=line.tax_percent, order_line_id=line.pk,
            )
        )  # fmt: skip
    taxes = [
        InvoiceTaxInput(
            category="S" if percent else "Z", percent=percent, taxable_amount=net,
            tax_amount=round_money(net * percent / 100, order.currency),
        )
        for percent, net in taxable.items()
    ]  # fmt: skip
    world.bills += 1
    mark = "CN" if kind == InvoiceKind.CREDIT_NOTE else "INV"
    return enter_invoice(
        kind=kind, supplier_id=order.supplier_id, supplier_number=f"{mark}-{world.now:%y%m}-{world.bills:04d}",
        issued_on=world.now.date(), due_on=world.now.date() + timedelta(days=order.payment_terms_days),
        currency=order.currency, lines=lines, taxes=taxes, order_reference=order.number,
        actor=world.people["clerk"], at=world.now,
    )  # fmt: skip


def close_settled(world: World) -> None:
    """Close the orders of which every line is here and billed; what was refused or sent back is not replaced."""
    lines = PurchaseOrderLine.objects.filter(order__in=PurchaseOrder.objects.open()).order_by(
        "order_id", "pk"
    )
    open_lines: dict[int, list[PurchaseOrderLine]] = defaultdict(list)
    for line in lines:
        open_lines[line.order_id].append(line)
    for order_id, rows in open_lines.items():
        if order_id in world.bills_due or not all(_is_settled(row) for row in rows):
            continue
        close_order(order_id=order_id, reason="Delivered and paid", actor=world.people["buyer"], at=world.now)


def _is_settled(line: PurchaseOrderLine) -> bool:
    here = line.outstanding <= 0 or bool(line.quantity_rejected + line.quantity_returned)
    return here and line.net_billed == line.net_received


def match_nights(world: World) -> Life:
    """Twice a week the invoices that came in are matched; on Fridays as a run, as the workbench does it."""
    while True:
        yield working_time((world.now + timedelta(days=1)).replace(hour=17, minute=30))
        if world.now.weekday() not in {1, 4}:
            continue
        waiting = list(
            Invoice.objects.filter(status=InvoiceStatus.ENTERED).order_by("pk").values_list("pk", flat=True)
        )
        if not waiting:
            continue
        if world.now.weekday() == 4:
            run_match(world, waiting)
        else:
            match_invoices(invoice_ids=waiting, actor=world.people["finance"], at=world.now)


def run_match(world: World, invoice_ids: Sequence[int]) -> None:
    """One match run, chunk by chunk, as the worker does it."""
    run = start_match_run(invoice_ids=list(invoice_ids), actor=world.people["finance"], at=world.now)
    while process_chunk(run_id=run.pk, at=world.now):
        pass


def finance_weeks(world: World) -> Life:
    """Once a week finance accepts most of the small price differences, each with its reason."""
    while True:
        yield working_time((world.now + timedelta(days=7)).replace(hour=14, minute=0))
        old = Hold.objects.active().filter(kind__in=RELEASABLE, placed_at__lt=world.now - timedelta(days=5))
        for hold in old.order_by("pk"):
            if world.chance(0.6) and Hold.objects.active().filter(pk=hold.pk).exists():
                release_hold(
                    hold_id=hold.pk, reason="Agreed with the buyer: new list price.",
                    actor=world.people["finance"], at=world.now,
                )  # fmt: skip
