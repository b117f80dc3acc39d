"""A small plant for tests of the doors, built through the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import Group

from cmms.models import (
    Asset,
    Craft,
    CraftRate,
    Location,
    PartsRequest,
    SparePart,
    StockItem,
    Storeroom,
    Technician,
    WorkOrder,
    WorkRequest,
)
from cmms.services.execution import start_work
from cmms.services.labor import log_hours
from cmms.services.parts import RequestLineInput, request_parts
from cmms.services.planning import (
    EstimateInput,
    OperationInput,
    approve_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.stock import set_opening_balance
from cmms.services.work_requests import report_fault
from core.models import CostCentre, Item, ItemCategory, Site, Unit, User
from core.services.roles import sync_roles

NAMES = {
    "technician": ("Tom", "Fischer"), "planner": ("Petra", "Lang"), "storekeeper": ("Stan", "Okafor"),
    "buyer": ("Bea", "Moreau"), "approver": ("Arne", "Holm"), "receiver": ("Rosa", "Diaz"),
    "finance": ("Fay", "Nguyen"), "auditor": ("Aude", "Petit"),
}  # fmt: skip


@dataclass
class Plant:
    """What the tests start from."""

    people: dict[str, User]
    site: Site
    pump: Asset
    line: Asset
    storeroom: Storeroom
    items: list[Item]
    at: datetime

    def order(
        self, title: str = "Replace the coupling", state: str = "IN_PROGRESS", asset: Asset | None = None
    ) -> WorkOrder:
        """A work order of the technician, as far as `state`."""
        planner, worker = self.people["planner"], self.people["technician"]
        order = create_work_order(
            title=title,
            asset_id=(asset or self.pump).pk,
            assignee_id=worker.pk,
            due_at=self.at + timedelta(hours=5),
            operations=[
                OperationInput(title="Take it apart", estimated_hours=Decimal(2)),
                OperationInput(title="Put it together"),
            ],
            estimate=[
                EstimateInput(
                    bucket="MATERIAL", description="Coupling", quantity=Decimal(1), unit_cost=Decimal(120)
                )
            ],
            actor=planner,
            at=self.at,
        )
        if state != "DRAFT":
            approve_work_order(work_order_id=order.pk, actor=planner, at=self.at)
        if state in {"RELEASED", "IN_PROGRESS"}:
            release_work_order(work_order_id=order.pk, actor=planner, at=self.at)
        if state == "IN_PROGRESS":
            start_work(work_order_id=order.pk, actor=worker, at=self.at)
        order.refresh_from_db()
        return order

    def fault(self, words: str = "It leaks at the shaft.\nOil on the floor.") -> WorkRequest:
        """A reported fault."""
        return report_fault(
            description=words, asset_id=self.pump.pk, location_id=None, is_asset_down=True,
            actor=self.people["technician"], at=self.at,
        )  # fmt: skip

    def ask(self, order: WorkOrder, count: int = 1, quantity: int = 1) -> PartsRequest:
        """The first items, asked for in one request."""
        lines = [
            RequestLineInput(kind="ITEM", quantity=Decimal(quantity), item_id=item.pk)
            for item in self.items[:count]
        ]
        return request_parts(work_order_id=order.pk, lines=lines, actor=self.people["technician"], at=self.at)

    def hours(self, order: WorkOrder) -> None:
        """Two hours of the technician."""
        log_hours(
            work_order_id=order.pk, hours=Decimal(2), worked_on=self.at.date(), note="Alignment took long",
            actor=self.people["technician"], at=self.at,
        )  # fmt: skip

    def stock(self, number: int = 0) -> StockItem:
        """The balance of an item."""
        return StockItem.objects.get(item=self.items[number])


def people() -> dict[str, User]:
    """A person for each role."""
    sync_roles(roles=settings.ROLES)
    found = {}
    for role, (first, last) in NAMES.items():
        user = User.objects.create_user(
            username=role, password="demo", first_name=first, last_name=last,
            is_staff=role in {"planner", "storekeeper", "finance", "auditor"},
        )  # fmt: skip
        user.groups.add(Group.objects.get(name=role))
        found[role] = user
    found["admin"] = User.objects.create_superuser(
        username="admin", password="demo", first_name="Ada", last_name="Min"
    )
    return found


def build(parts: int = 4) -> Plant:
    """One site with a line, a pump on it, a storeroom and `parts` items, all on the pump's list."""
    at = datetime.now(UTC).replace(microsecond=0)
    staff = people()
    site = Site.objects.create(code="HB", name="Harbour works", timezone="Europe/Berlin")
    centre = CostCentre.objects.create(code="4100", name="Maintenance", site=site)
    hall = Location.objects.create(site=site, code="HB-H2", name="Hall 2, filling")
    line = Asset.objects.create(
        code="LINE-2", name="Filling line 2", site=site, location=hall, cost_centre=centre
    )
    pump = Asset.objects.create(
        code="P-101", name="Feed pump of filling line 2", site=site, location=hall, parent=line, criticality="A",
        cost_centre=centre, manufacturer="Norlund", model_name="NK 80-200", serial_number="NK-44817",
    )  # fmt: skip
    craft = Craft.objects.create(code="MECH", name="Mechanic")
    CraftRate.objects.create(craft=craft, valid_from=date(2020, 1, 1), hourly_rate=Decimal("48.50"))
    for role in ("technician", "planner"):
        Technician.objects.create(user=staff[role], craft=craft, crew="Day")
    storeroom = Storeroom.objects.create(site=site, code="MAIN", name="Main store")
    unit = Unit.objects.create(code="PCE", name="Piece")
    category = ItemCategory.objects.create(code="BRG", name="Bearings and seals")
    names = ("Shaft seal 40 mm", "Deep groove ball bearing 6308", "Coupling star 38", "Gasket set NK 80")
    items = []
    for number in range(parts):
        item = Item.objects.create(
            code=f"SP-{number + 1:04d}", name=names[number] if number < len(names) else f"Part {number}",
            category=category, unit=unit,
        )  # fmt: skip
        SparePart.objects.create(asset=pump, item=item)
        if number != 2:
            set_opening_balance(
                item_id=item.pk, storeroom_id=storeroom.pk, quantity=Decimal(2), unit_cost=Decimal("35.20"),
                bin_code=f"A-{number + 1}", reorder_point=Decimal(1), reorder_quantity=Decimal(4),
                actor=staff["storekeeper"], at=at,
            )  # fmt: skip
        items.append(item)
    return Plant(staff, site, pump, line, storeroom, items, at)
