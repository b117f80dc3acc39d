"""A small plant for tests, set up through master data and driven through the services only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

from django.contrib.auth.models import Group
from django.core.management import call_command

from cmms.models import Asset, Craft, CraftRate, Location, PartsRequest, Storeroom, Technician, WorkOrder
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    approve_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.stock import set_opening_balance
from core.models import CostCentre, Item, ItemCategory, Site, Unit, User
from procurement.choices import DocumentKind, SupplierStatus
from procurement.models import ApprovalLimit, Invoice, PurchaseOrder, Requisition, RequisitionLine, Supplier
from procurement.services.approval import approve_order, approve_requisition
from procurement.services.invoicing import InvoiceLineInput, InvoiceTaxInput, enter_invoice
from procurement.services.matching import match_invoices
from procurement.services.ordering import issue_order, order_requisition_lines, submit_order

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROLES = (
    "technician", "planner", "storekeeper", "buyer", "approver", "receiver", "finance", "auditor", "admin",
)  # fmt: skip


@dataclass
class Plant:
    """Master data and people; `at` moves on with `later()`."""

    site: Site
    cost_centre: CostCentre
    unit: Unit
    category: ItemCategory
    storeroom: Storeroom
    asset: Asset
    supplier: Supplier
    people: dict[str, User]
    at: datetime = START
    items: dict[str, Item] = field(default_factory=dict)

    def __getitem__(self, role: str) -> User:
        return self.people[role]

    def later(self, **delta: float) -> datetime:
        """Move the clock on and return the new time."""
        self.at += timedelta(**(delta or {"minutes": 1}))
        return self.at

    def item(self, code: str, *, stocked: bool = False, on_hand: int = 0, cost: str = "10") -> Item:
        """An item of the catalogue, with an opening balance where it is stocked."""
        item = Item.objects.create(
            code=code, name=f"Part {code}", category=self.category, unit=self.unit, is_stocked=stocked
        )
        self.items[code] = item
        if stocked and on_hand:
            set_opening_balance(
                item_id=item.pk,
                storeroom_id=self.storeroom.pk,
                quantity=Decimal(on_hand),
                unit_cost=Decimal(cost),
                bin_code="A-3",
                actor=self["admin"],
                at=self.at,
            )
        return item

    def work_order(self, title: str = "Pump leaks", estimate: str = "500") -> WorkOrder:
        """A released work order with one step and an estimate."""
        order = create_work_order(
            title=title,
            asset_id=self.asset.pk,
            type="CORRECTIVE",
            priority="HIGH",
            assignee_id=self["technician"].pk,
            operations=[OperationInput(title="Replace the seal", estimated_hours=Decimal(2))],
            estimate=[EstimateInput("MATERIAL", "Parts", Decimal(1), Decimal(estimate))],
            actor=self["planner"],
            at=self.later(),
        )
        approve_work_order(work_order_id=order.pk, actor=self["planner"], at=self.later())
        release_work_order(work_order_id=order.pk, actor=self["planner"], at=self.later())
        order.refresh_from_db()
        return order

    def request(self, order: WorkOrder, *lines: RequestLineInput) -> PartsRequest:
        """The technician asks for parts."""
        return request_parts(
            work_order_id=order.pk,
            lines=list(lines),
            needed_on=date(2026, 3, 20),
            actor=self["technician"],
            at=self.later(),
        )

    def approved_requisition_lines(self, work_order: WorkOrder | None = None) -> list[RequisitionLine]:
        """Approve whatever waits for approval and return every line (of one work order) that can be ordered."""
        for requisition in Requisition.objects.to_approve():
            approve_requisition(requisition_id=requisition.pk, actor=self["approver"], at=self.later())
        lines = RequisitionLine.objects.to_order().order_by("pk")
        if work_order is not None:
            lines = lines.filter(origin_label__startswith=work_order.number)
        return list(lines)

    def order_needs(self, price: str = "1000", work_order: WorkOrder | None = None) -> PurchaseOrder:
        """Order what is approved (for one work order) from the supplier, approve and issue it."""
        lines = self.approved_requisition_lines(work_order)
        order = order_requisition_lines(
            requisition_line_ids=[line.pk for line in lines],
            supplier_id=self.supplier.pk,
            unit_prices={line.pk: Decimal(price) for line in lines},
            actor=self["buyer"],
            at=self.later(),
        )
        return self.issue(order)

    def issue(self, order: PurchaseOrder) -> PurchaseOrder:
        """Submit, approve (by the approver) and issue an order."""
        submit_order(order_id=order.pk, actor=self["buyer"], at=self.later())
        order.refresh_from_db()
        if order.status == "PENDING_APPROVAL":
            approve_order(order_id=order.pk, actor=self["approver"], at=self.later())
        issue_order(order_id=order.pk, actor=self["buyer"], at=self.later())
        order.refresh_from_db()
        return order

    def bill(
        self,
        order: PurchaseOrder,
        lines: Sequence[tuple[int, str, str]],
        *,
        number: str = "R-1",
        kind: str = "INVOICE",
        match: bool = True,
    ) -> Invoice:
        """Enter an invoice of (order line id, quantity, unit price) rows at 19 % tax, and match it."""
        inputs = [
            InvoiceLineInput(
                description="as ordered",
                quantity=Decimal(quantity),
                unit_price=Decimal(price),
                net_amount=Decimal(quantity) * Decimal(price),
                tax_percent=Decimal(19),
                tax_category="S",
                order_line_id=line_id,
            )
            for line_id, quantity, price in lines
        ]
        net = sum((line.net_amount for line in inputs), Decimal(0))
        tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
        invoice = enter_invoice(
            kind=kind,
            supplier_id=order.supplier_id,
            supplier_number=number,
            issued_on=self.at.date(),
            currency=order.currency,
            lines=inputs,
            taxes=[InvoiceTaxInput("S", Decimal(19), net, tax)],
            actor=self["finance"],
            at=self.later(),
        )
        if match:
            match_invoices(invoice_ids=[invoice.pk], actor=self["finance"], at=self.later())
            invoice.refresh_from_db()
        return invoice


def build_plant() -> Plant:
    """Roles, a person per role, one site with a store, an asset and an approved supplier."""
    call_command("sync_roles", verbosity=0, stdout=StringIO())
    site = Site.objects.create(code="HAR", name="Harbour works", timezone="Europe/Berlin")
    centre = CostCentre.objects.create(code="4711", name="Maintenance", site=site)
    unit = Unit.objects.create(code="PCE", name="Piece")
    category = ItemCategory.objects.create(code="MECH", name="Mechanical")
    location = Location.objects.create(site=site, code="HALL-1", name="Hall 1")
    asset = Asset.objects.create(
        code="PUMP-1", name="Cooling pump", site=site, location=location, cost_centre=centre
    )
    storeroom = Storeroom.objects.create(site=site, code="MAIN", name="Main store")
    supplier = Supplier.objects.create(
        code="NORD", name="Nordmann Drives", status=SupplierStatus.APPROVED, currency="EUR"
    )
    people = {role: _person(role) for role in ROLES}
    craft = Craft.objects.create(code="MEC", name="Mechanic")
    CraftRate.objects.create(craft=craft, valid_from=date(2025, 1, 1), hourly_rate=Decimal(60))
    Technician.objects.create(user=people["technician"], craft=craft)
    for role, kinds in {"approver": list(DocumentKind), "buyer": [DocumentKind.PURCHASE_ORDER]}.items():
        for kind in kinds:
            ApprovalLimit.objects.create(
                document_kind=kind, group=Group.objects.get(name=role), is_unlimited=True
            )
    return Plant(site, centre, unit, category, storeroom, asset, supplier, people)


def _person(role: str) -> User:
    user = User.objects.create_user(
        username=role, password="demo", is_staff=True, is_superuser=role == "admin"
    )
    group = Group.objects.filter(name=role).first()
    if group is not None:
        user.groups.add(group)
    return user
