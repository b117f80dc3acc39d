"""A small trade: people of every role, suppliers, needs, orders, deliveries, invoices, made through the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group

from config.roles import ROLES
from core.models import Item, User
from core.services.roles import sync_roles
from procurement.choices import DocumentKind, SupplierStatus, ToleranceKind
from procurement.models import (
    ApprovalLimit,
    Hold,
    Invoice,
    PurchaseOrder,
    Requisition,
    Supplier,
    ToleranceRule,
)
from procurement.services.agreements import AgreementLineInput, create_agreement
from procurement.services.approval import approve_order, approve_requisition
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.matching import match_invoices
from procurement.services.ordering import issue_order, order_requisition_lines, submit_order
from procurement.services.receiving import ReceiptLineInput, receive_goods
from procurement.services.requisitions import RequisitionLineInput, create_requisition
from tests import builders

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Trade:
    """What was made, by name."""

    people: dict[str, User]
    supplier: Supplier
    items: list[Item]
    orders: list[PurchaseOrder] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)

    def ask(
        self, lines: int = 2, *, submit: bool = True, origin: str = "WO-000007 Gearbox hums"
    ) -> Requisition:
        """The technician asks."""
        return create_requisition(
            lines=[
                RequisitionLineInput(
                    description=item.name,
                    quantity=Decimal(10),
                    unit_id=item.unit_id,
                    item_id=item.pk,
                    category_id=item.category_id,
                    estimated_unit_price=Decimal("12.50"),
                    suggested_supplier_id=self.supplier.pk,
                )
                for item in self.items[:lines]
            ],
            site_id=builders.site().pk,
            reason="Bearings run hot",
            needed_on=date(2026, 3, 20),
            origin_label=origin,
            submit=submit,
            actor=self.people["technician"],
            at=NOW,
        )

    def approved(self, lines: int = 2) -> Requisition:
        """Asked for and approved."""
        made = self.ask(lines)
        return approve_requisition(requisition_id=made.pk, actor=self.people["approver"], at=NOW)

    def draft(self, lines: int = 2) -> PurchaseOrder:
        """Ordered, not yet sent for approval."""
        made = self.approved(lines)
        return order_requisition_lines(
            requisition_line_ids=[line.pk for line in made.lines.all()],
            supplier_id=self.supplier.pk,
            actor=self.people["buyer"],
            at=NOW,
        )

    def waiting(self, lines: int = 2) -> PurchaseOrder:
        """Waiting for approval."""
        order = self.draft(lines)
        return submit_order(order_id=order.pk, actor=self.people["buyer"], at=NOW)

    def issued(self, lines: int = 2) -> PurchaseOrder:
        """At the supplier."""
        order = self.waiting(lines)
        if order.status == "PENDING_APPROVAL":
            approve_order(order_id=order.pk, actor=self.people["approver"], at=NOW)
        order = issue_order(order_id=order.pk, actor=self.people["buyer"], at=NOW)
        self.orders.append(order)
        return order

    def receive(self, order: PurchaseOrder, quantity: int) -> None:
        """So much of every line arrives."""
        receive_goods(
            order_id=order.pk,
            lines=[ReceiptLineInput(line.pk, Decimal(quantity)) for line in order.lines.all()],
            delivery_note=f"DN-{order.pk}-{quantity}",
            actor=self.people["receiver"],
            at=NOW + timedelta(days=2),
        )

    def bill(self, order: PurchaseOrder, quantity: int, *, price: str = "", number: str = "") -> Invoice:
        """So much of every line is billed, at the order's price or another."""
        lines = [
            InvoiceLineInput(
                description=line.description,
                quantity=Decimal(quantity),
                unit_price=Decimal(price or line.unit_price),
                net_amount=Decimal(quantity) * Decimal(price or line.unit_price),
                tax_percent=Decimal(20),
                tax_category="S",
                order_line_id=line.pk,
            )
            for line in order.lines.all()
        ]
        net = sum((line.net_amount for line in lines), Decimal(0))
        invoice = enter_invoice(
            kind="INVOICE",
            supplier_id=order.supplier_id,
            supplier_number=number or f"R-{order.pk}-{Invoice.objects.count()}",
            issued_on=date(2026, 3, 5),
            currency=order.currency,
            lines=lines,
            taxes=[InvoiceTaxInput("S", Decimal(20), net, net / 5)],
            order_reference=order.number,
            actor=self.people["clerk"],
            at=NOW + timedelta(days=3),
        )
        self.invoices.append(invoice)
        return invoice

    def held(self, lines: int = 2) -> Invoice:
        """An invoice of more than came, at a price above the order's."""
        order = self.issued(lines)
        self.receive(order, 4)
        invoice = self.bill(order, 6, price="14.00")
        match_invoices(invoice_ids=[invoice.pk], actor=self.people["finance"], at=NOW + timedelta(days=4))
        assert Hold.objects.active().filter(invoice=invoice).exists()
        invoice.refresh_from_db()
        return invoice


def build() -> Trade:
    """Roles, people, a supplier with an agreement, limits and tolerances."""
    sync_roles(roles=ROLES)
    people = {}
    for name in ROLES:
        user = User.objects.create_user(
            username=name,
            password="demo",
            first_name=name.title(),
            last_name="Demo",
            is_staff=name in {"buyer", "approver", "admin"},
            is_superuser=name == "admin",
            home_site=builders.site(),
        )
        user.groups.add(Group.objects.get(name=name))
        people[name] = user
    people["clerk"] = User.objects.create_user(username="clerk", password="demo")
    people["clerk"].groups.add(Group.objects.get(name="finance"))
    for kind in DocumentKind:
        ApprovalLimit.objects.create(
            document_kind=kind, group=Group.objects.get(name="approver"), limit_amount=Decimal(5000)
        )
    ApprovalLimit.objects.create(
        document_kind=DocumentKind.PURCHASE_ORDER,
        group=Group.objects.get(name="buyer"),
        limit_amount=Decimal(1000),
    )
    for tolerance in (ToleranceKind.PRICE, ToleranceKind.LINE_VALUE):
        ToleranceRule.objects.create(kind=tolerance, percent=Decimal(2))
    supplier = Supplier.objects.create(
        code="BOLT", name="Bolt & Bearing Ltd", status=SupplierStatus.APPROVED, currency="EUR"
    )
    items = [builders.item(f"BRG-{number:03d}") for number in range(1, 21)]
    create_agreement(
        supplier_id=supplier.pk,
        title="Bearings 2026",
        valid_from=date(2026, 1, 1),
        lines=[AgreementLineInput(items[0].pk, Decimal("11.90"))],
        actor=people["admin"],
        at=NOW,
    )
    return Trade(people, supplier, items)
