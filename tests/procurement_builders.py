"""People, master data and documents of the spend half for tests; documents are made by the services."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.contrib.auth.models import Permission

from core.models import Item, ItemCategory, Site, Unit, User
from procurement.choices import Destination, DocumentKind, LineKind, SupplierStatus
from procurement.models import (
    ApprovalLimit,
    GoodsReceipt,
    Invoice,
    PurchaseOrder,
    PurchaseOrderLine,
    Requisition,
    RequisitionLine,
    Supplier,
)
from procurement.services.approval import approve_order, approve_requisition
from procurement.services.invoicing import InvoiceLineInput, enter_invoice
from procurement.services.matching import match_invoices
from procurement.services.ordering import (
    OrderLineInput,
    create_order,
    issue_order,
    order_requisition_lines,
    submit_order,
)
from procurement.services.receiving import ReceiptLineInput, receive_goods
from procurement.services.requisitions import RequisitionLineInput, create_requisition

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
D = Decimal
_serial = itertools.count(1)

REQUESTER = ("procurement.create_requisition",)
BUYER = (
    "procurement.create_purchase_order",
    "procurement.approve_purchase_order",
    "procurement.issue_purchase_order",
)
APPROVER = ("procurement.approve_requisition", "procurement.approve_purchase_order")
RECEIVER = ("procurement.receive_goods", "procurement.return_goods")


def person(
    name: str,
    *permissions: str,
    requisitions_up_to: Decimal | None = None,
    orders_up_to: Decimal | None = None,
) -> User:
    """Someone with exactly these permissions, and approval limits where given."""
    user = User.objects.create_user(username=name, password="demo")
    for permission in permissions:
        label, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
    for kind, amount in (
        (DocumentKind.REQUISITION, requisitions_up_to),
        (DocumentKind.PURCHASE_ORDER, orders_up_to),
    ):
        if amount is not None:
            ApprovalLimit.objects.create(document_kind=kind, user=user, limit_amount=amount)
    return user


@dataclass(frozen=True)
class Yard:
    """A small plant that buys things."""

    site: Site
    unit: Unit
    category: ItemCategory
    supplier: Supplier
    requester: User
    approver: User
    buyer: User
    receiver: User


def yard() -> Yard:
    """One site, one approved supplier, one person per role; everybody's limit is 50,000."""
    most = D(50_000)
    return Yard(
        site=Site.objects.create(code="YARD", name="Yard"),
        unit=Unit.objects.create(code="PCE", name="Piece"),
        category=ItemCategory.objects.create(code="BRG", name="Bearings"),
        supplier=supplier(),
        requester=person("rita", *REQUESTER),
        approver=person("anton", *APPROVER, requisitions_up_to=most, orders_up_to=most),
        buyer=person("bert", *BUYER, orders_up_to=most),
        receiver=person("rosa", *RECEIVER),
    )


def supplier(**values: str) -> Supplier:
    """An approved supplier, unless `status` says otherwise."""
    given = {"code": f"S-{next(_serial)}", "name": "Kessel GmbH", "status": SupplierStatus.APPROVED, **values}
    return Supplier.objects.create(**given)


def item(place: Yard, **values: object) -> Item:
    """An item of the yard's category and unit."""
    number = next(_serial)
    given: dict[str, object] = {"code": f"I-{number}", "name": f"Bearing {number}"}
    return Item.objects.create(category=place.category, unit=place.unit, **{**given, **values})


def need(
    place: Yard, quantity: str = "10", price: str = "20", thing: Item | None = None, origin: str = ""
) -> RequisitionLineInput:
    """A line of a requisition."""
    return RequisitionLineInput(
        description=thing.name if thing else "Outside machining",
        quantity=D(quantity),
        unit_id=place.unit.pk,
        item_id=thing.pk if thing else None,
        kind=LineKind.ITEM if thing else LineKind.SERVICE,
        estimated_unit_price=D(price),
        destination=Destination.DIRECT,
        origin_key=origin,
    )


def requisition(place: Yard, *lines: RequisitionLineInput, approved: bool = True) -> Requisition:
    """A submitted requisition, approved unless told otherwise."""
    made = create_requisition(
        lines=lines or [need(place)],
        site_id=place.site.pk,
        actor=place.requester,
        at=NOW,
        reason="Pump 3 leaks",
        submit=True,
    )
    if approved:
        made = approve_requisition(requisition_id=made.pk, actor=place.approver, at=NOW)
    return made


def requisition_lines(made: Requisition) -> list[RequisitionLine]:
    """Its lines as stored now, in order."""
    return list(made.lines.order_by("line_number"))


def covered_order(place: Yard, made: Requisition | None = None) -> PurchaseOrder:
    """A draft order for everything on an approved requisition."""
    source = made or requisition(place)
    return order_requisition_lines(
        requisition_line_ids=[line.pk for line in requisition_lines(source)],
        supplier_id=place.supplier.pk,
        actor=place.buyer,
        at=NOW,
    )


def bought(place: Yard, quantity: str = "10", price: str = "20", **values: object) -> OrderLineInput:
    """A line of an order that no requisition asked for."""
    given: dict[str, object] = {
        "description": "Gear oil",
        "quantity": D(quantity),
        "unit_id": place.unit.pk,
        "unit_price": D(price),
        **values,
    }
    return OrderLineInput(**given)  # type: ignore[arg-type]


def direct_order(place: Yard, *lines: OrderLineInput) -> PurchaseOrder:
    """A draft order that no requisition covers."""
    return create_order(
        supplier_id=place.supplier.pk,
        site_id=place.site.pk,
        lines=lines or [bought(place)],
        actor=place.buyer,
        at=NOW,
    )


def issued_order(place: Yard, *lines: OrderLineInput) -> PurchaseOrder:
    """An order that was submitted, approved by the approver, and issued."""
    order = direct_order(place, *lines)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    approve_order(order_id=order.pk, actor=place.approver, at=NOW)
    return issue_order(order_id=order.pk, actor=place.buyer, at=NOW)


def order_lines(order: PurchaseOrder) -> list[PurchaseOrderLine]:
    """Its lines as stored now, in order."""
    return list(PurchaseOrderLine.objects.filter(order=order).order_by("line_number"))


def received(
    place: Yard, order: PurchaseOrder, *quantities: str, rejected: str = "0", delivery_note: str = ""
) -> GoodsReceipt:
    """A delivery of so much of each line, in line order."""
    lines = order_lines(order)
    return receive_goods(
        order_id=order.pk,
        lines=[
            ReceiptLineInput(line.pk, D(quantity), D(rejected), "Damaged" if D(rejected) else "")
            for line, quantity in zip(lines, quantities, strict=False)
        ],
        actor=place.receiver,
        at=NOW,
        delivery_note=delivery_note,
    )


CLERK = ("procurement.enter_invoice", "procurement.match_invoice")


def bill(place: Yard, clerk: User, number: str, *lines: tuple[PurchaseOrderLine, str, str]) -> Invoice:
    """An invoice of the yard's supplier, entered and matched; each line is (order line, quantity, unit price)."""
    invoice = enter_invoice(
        kind="INVOICE",
        supplier_id=place.supplier.pk,
        supplier_number=number,
        issued_on=NOW.date(),
        currency="EUR",
        lines=[
            InvoiceLineInput(
                description=line.description,
                quantity=D(quantity),
                unit_price=D(price),
                net_amount=D(quantity) * D(price),
                order_line_id=line.pk,
            )
            for line, quantity, price in lines
        ],
        actor=clerk,
        at=NOW,
    )
    match_invoices(invoice_ids=[invoice.pk], actor=clerk, at=NOW)
    invoice.refresh_from_db()
    return invoice
