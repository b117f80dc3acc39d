"""Whole chains, stored row by row, for tests of what is shown of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from cmms.models import (
    Asset,
    CostEntry,
    Operation,
    PartsRequest,
    PartsRequestLine,
    StockItem,
    StockMovement,
    Storeroom,
    WorkOrder,
    WorkRequest,
)
from core.models import Item, ItemCategory, Site, Unit, User
from linkage.models import Allocation, BuyerTask, SpendEntry, SupplyLink
from procurement.models import (
    GoodsReceipt,
    GoodsReceiptLine,
    Hold,
    Invoice,
    InvoiceLine,
    MatchLink,
    OrderLineSource,
    PurchaseOrder,
    PurchaseOrderLine,
    Requisition,
    RequisitionLine,
    Supplier,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
numbers = count(1)


@dataclass
class Chain:
    """One breakdown from the fault to the posted cost."""

    work_request: WorkRequest
    work_order: WorkOrder
    operation: Operation
    parts_request: PartsRequest
    requisition: Requisition
    purchase_order: PurchaseOrder
    receipt: GoodsReceipt
    invoice: Invoice
    hold: Hold
    needs: list[PartsRequestLine] = field(default_factory=list)
    requisition_lines: list[RequisitionLine] = field(default_factory=list)
    order_lines: list[PurchaseOrderLine] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    cost_entries: list[CostEntry] = field(default_factory=list)


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    """`make_user("ann", "cmms.view_workorder")`: a person with exactly these permissions."""

    def make(username: str, *permissions: str, **values: Any) -> User:
        user = User.objects.create_user(username=username, password="demo", **values)
        for name in permissions:
            label, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=label, codename=codename)
            )
        return user

    return make


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("admin", is_superuser=True, is_staff=True)


@pytest.fixture
def pages(admin: User) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def api(admin: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(admin)
    return client


def _numbered(prefix: str) -> dict[str, Any]:
    return {"number": f"{prefix}-{next(numbers):06d}", "created_at": NOW}


@pytest.fixture
def work_order(admin: User) -> Callable[..., WorkOrder]:
    """`work_order("Replace bearing")`: approved and in progress, on one press."""

    def make(title: str = "Replace drive bearing") -> WorkOrder:
        site, _ = Site.objects.get_or_create(code="N1", defaults={"name": "North plant"})
        asset, _ = Asset.objects.get_or_create(code="PR-01", defaults={"name": "Press 1", "site": site})
        return WorkOrder.objects.create(
            **_numbered("WO"), title=title, asset=asset, site=site, status="IN_PROGRESS", reported_at=NOW,
            approved_at=NOW, approved_by=admin, started_at=NOW,
        )  # fmt: skip

    return make


@pytest.fixture
def chain(admin: User, work_order: Callable[..., WorkOrder]) -> Callable[..., Chain]:
    """`chain(lines=3)`: a breakdown with so many needs, all bought, received, billed, one invoice on hold."""

    def make(lines: int = 1, shared_with: WorkOrder | None = None) -> Chain:
        return _Maker(admin, work_order()).make(lines, shared_with)

    return make


class _Maker:
    def __init__(self, actor: User, order: WorkOrder) -> None:
        self.actor, self.order, self.site = actor, order, order.site
        self.unit, _ = Unit.objects.get_or_create(code="PCE", defaults={"name": "Piece"})
        self.category, _ = ItemCategory.objects.get_or_create(code="BRG", defaults={"name": "Bearings"})
        self.supplier, _ = Supplier.objects.get_or_create(
            code="S1", defaults={"name": "Kugel & Lager GmbH", "status": "APPROVED"}
        )

    def make(self, lines: int, shared_with: WorkOrder | None) -> Chain:
        chain = self._papers()
        for number in range(1, lines + 1):
            self._line(chain, number, shared_with)
        self._stock_issue(chain)
        return chain

    def _papers(self) -> Chain:
        order = self.order
        request = WorkRequest.objects.create(
            **_numbered("WR"), description="Loud noise from the drive end", asset=order.asset, site=self.site,
            status="ACCEPTED", work_order=order,
        )  # fmt: skip
        operation = Operation.objects.create(work_order=order, sequence=10, title="Pull the old bearing")
        parts = PartsRequest.objects.create(**_numbered("PR"), work_order=order, requested_by=self.actor)
        requisition = Requisition.objects.create(
            **_numbered("RQ"), status="ORDERED", requester=self.actor, site=self.site, total=Decimal(500),
            reason=f"Parts for {order.number}",
        )  # fmt: skip
        purchase = PurchaseOrder.objects.create(
            **_numbered("PO"), supplier=self.supplier, status="PARTIALLY_RECEIVED", site=self.site,
            currency="EUR", buyer=self.actor, net_total=Decimal(500), approved_at=NOW, approved_by=self.actor,
            issued_at=NOW,
        )  # fmt: skip
        receipt = GoodsReceipt.objects.create(
            number=f"GR-{next(numbers):06d}", order=purchase, received_at=NOW, received_by=self.actor,
            delivery_note="DN 77",
        )  # fmt: skip
        number = f"R{next(numbers)}"
        invoice = Invoice.objects.create(
            **_numbered("IN"), supplier=self.supplier, supplier_number=number, normalised_number=number,
            status="HELD", issued_on=TODAY, currency="EUR", net_total=Decimal(500), gross_total=Decimal(595),
            payable_amount=Decimal(595),
        )  # fmt: skip
        hold = Hold.objects.create(
            invoice=invoice, kind="QUANTITY_OVER_RECEIVED", blocks="POST", placed_at=NOW,
            explanation="Billed 10, received 6: 4 more than received.", waits_for="a receipt of 4",
        )  # fmt: skip
        return Chain(
            order and request, order, operation, parts, requisition, purchase, receipt, invoice, hold
        )

    def _line(self, chain: Chain, number: int, shared_with: WorkOrder | None) -> None:
        ten, price = Decimal(10), Decimal(50)
        item = Item.objects.create(
            code=f"I-{next(numbers):05d}", name=f"Bearing {number}", category=self.category, unit=self.unit,
            is_stocked=False,
        )  # fmt: skip
        what = {"item": item, "description": item.name, "unit": self.unit, "quantity": ten}
        need = PartsRequestLine.objects.create(
            parts_request=chain.parts_request, line_number=number, operation=chain.operation, **what,
            supply_state="PARTLY_ARRIVED", quantity_arrived=6,
        )  # fmt: skip
        asked = RequisitionLine.objects.create(
            requisition=chain.requisition, line_number=number, estimated_unit_price=price, quantity_ordered=ten,
            **what,
        )  # fmt: skip
        SupplyLink.objects.create(request_line=need, requisition_line=asked, quantity=ten)
        bought = PurchaseOrderLine.objects.create(
            order=chain.purchase_order, line_number=number, unit_price=price, **what, quantity_received=6,
            promised_on=TODAY,
        )  # fmt: skip
        OrderLineSource.objects.create(order_line=bought, requisition_line=asked, quantity=ten)
        share = Allocation.objects.create(
            order_line=bought, target="WORK_ORDER", work_order=self.order, operation=chain.operation,
            request_line=need, weight=ten,
        )  # fmt: skip
        if shared_with is not None:
            Allocation.objects.create(
                order_line=bought, target="WORK_ORDER", work_order=shared_with, weight=ten
            )
        came = GoodsReceiptLine.objects.create(receipt=chain.receipt, order_line=bought, quantity=6)
        billed = InvoiceLine.objects.create(
            invoice=chain.invoice, line_number=number, description=item.name, quantity=ten, unit_price=price,
            net_amount=500, order_line=bought,
        )  # fmt: skip
        MatchLink.objects.create(
            invoice_line=billed, order_line=bought, receipt_line=came, quantity=6, amount=300
        )
        for stage, amount in (("COMMITTED", 200), ("ACCRUED", 300)):
            chain.cost_entries.append(self._cost(share.source_key, stage, amount, "MATERIAL"))
        SpendEntry.objects.create(
            order_line=bought, account="PRICE_VARIANCE", stage="ACTUAL", amount=3, posted_at=NOW,
            source_key=f"line:{bought.pk}", occurred_on=TODAY,
        )  # fmt: skip
        chain.needs.append(need)
        chain.requisition_lines.append(asked)
        chain.order_lines.append(bought)
        chain.allocations.append(share)

    def _cost(self, source_key: str, stage: str, amount: int, bucket: str) -> CostEntry:
        return CostEntry.objects.create(
            work_order=self.order, asset=self.order.asset, bucket=bucket, stage=stage, amount=amount,
            currency="EUR", amount_document=amount, source_key=source_key, occurred_on=TODAY, posted_at=NOW,
        )  # fmt: skip

    def _stock_issue(self, chain: Chain) -> None:
        room, _ = Storeroom.objects.get_or_create(code="MAIN", defaults={"name": "Main", "site": self.site})
        item = Item.objects.create(
            code=f"I-{next(numbers):05d}", name="Grease", category=self.category, unit=self.unit
        )
        need = PartsRequestLine.objects.create(
            parts_request=chain.parts_request, line_number=900, item=item, description="Grease",
            unit=self.unit, quantity=1, quantity_issued=1,
        )  # fmt: skip
        movement = StockMovement.objects.create(
            stock_item=StockItem.objects.create(item=item, storeroom=room), kind="ISSUE", quantity=-1,
            unit_cost=9, value=-9, quantity_after=0, value_after=0, work_order=self.order, request_line=need,
            moved_at=NOW,
        )  # fmt: skip
        chain.cost_entries.append(self._cost(f"movement:{movement.pk}", "ACTUAL", 9, "MATERIAL"))
        chain.cost_entries.append(self._cost("labor:1", "ACTUAL", 80, "LABOR"))


@pytest.fixture
def buyer_task(admin: User) -> Callable[[Chain], BuyerTask]:
    """A need of the chain that was cancelled after it was ordered."""

    def make(chain: Chain) -> BuyerTask:
        return BuyerTask.objects.create(
            kind="NEED_CANCELLED", request_line=chain.needs[0], requisition_line=chain.requisition_lines[0],
            order_line=chain.order_lines[0], quantity=4, created_at=NOW,
            text=f"{chain.work_order.number} no longer needs 4 of Bearing 1.",
        )  # fmt: skip

    return make
