"""No list and no document of the administration takes more statements for more rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from secrets import token_hex

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cmms.models import (
    Asset,
    AssetClass,
    Bin,
    Craft,
    CraftRate,
    InspectionTemplate,
    InspectionTemplatePoint,
    Location,
    PersonQualification,
    Qualification,
    Signature,
    SparePart,
    Storeroom,
    Technician,
)
from cmms.services.asset_moves import move_asset
from cmms.services.execution import finish_operation, start_work
from cmms.services.inspections import take_reading
from cmms.services.labor import log_hours
from cmms.services.nonconformance import raise_nonconformance
from cmms.services.parts import RequestLineInput, cancel_request_line
from cmms.services.planning import EstimateInput, OperationInput, add_operation, create_work_order
from cmms.services.step_links import PointInput
from cmms.services.stock import issue_request
from cmms.services.work_requests import report_fault
from core.models import (
    ApiToken,
    CostCentre,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemRevision,
    Program,
    Site,
    Unit,
    User,
)
from core.services.outbox import queue_messages
from procurement.choices import ToleranceKind
from procurement.models import (
    Agreement,
    AgreementLine,
    CategoryPolicy,
    PurchaseOrder,
    Supplier,
    SupplierContact,
    ToleranceRule,
)
from procurement.services.receiving import ReceiptLineInput, receive_goods
from procurement.services.requisitions import RequisitionLineInput as WantedInput
from procurement.services.requisitions import create_requisition
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db
FEW, MANY = 2, 7
MOST = 60


class Filled:
    """A plant that grows by `rows` of everything; each document it makes has `rows` lines."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.serial = count(1)

    def grow(self, rows: int) -> None:
        items = self.master_data(rows)
        self.people(rows)
        order = self.work(rows)
        for number in range(rows):
            self.ask(items, order if number == 0 else self.work(1), rows)
        self.buy(rows)
        self.inspect(rows)

    def inspect(self, rows: int) -> None:
        """Steps with readings, findings and signatures, each by the administrator."""
        who = self.plant["admin"]
        template = InspectionTemplate.objects.create(code=f"IT{next(self.serial)}", name="After repair")
        gap = [PointInput(f"Gap {number}") for number in range(rows)]
        for number in range(rows):
            InspectionTemplatePoint.objects.create(template=template, position=number + 1, name="Gap")
            skill = Qualification.objects.create(code=f"Q{next(self.serial)}", name="Skill")
            PersonQualification.objects.create(person=who, qualification=skill, valid_from=date(2025, 1, 1))
            order = self.plant.work_order()
            start_work(work_order_id=order.pk, actor=who, at=self.plant.later())
            step = add_operation(
                work_order_id=order.pk,
                operation=OperationInput("Measure", points=gap),
                actor=who,
                at=self.plant.at,
            )
            for point in step.inspection_points.all():
                take_reading(point_id=point.pk, value=Decimal(1), actor=who, at=self.plant.later())
            finish_operation(operation_id=step.pk, actor=who, at=self.plant.later())
            Signature.objects.create(
                operation=step, meaning="PERFORMED", signed_by=who, signed_name="Ada", signed_at=self.plant.at,
                digest="0" * 64, content={},
            )  # fmt: skip
            raise_nonconformance(
                work_order_id=order.pk,
                operation_id=step.pk,
                description="Scratch",
                actor=who,
                at=self.plant.at,
            )

    def master_data(self, rows: int) -> list[Item]:
        plant, items = self.plant, []
        craft = Craft.objects.create(code=f"T{next(self.serial)}", name="Trade")
        store = Storeroom.objects.create(site=plant.site, code=f"W{next(self.serial)}", name="Store")
        for number in range(rows):
            key = next(self.serial)
            site = Site.objects.create(code=f"S{key}", name="Yard")
            CostCentre.objects.create(code=f"C{key}", name="Shop", site=site)
            Program.objects.create(code=f"P{key}", name="Stop")
            Unit.objects.create(code=f"U{key}", name="Unit")
            category = ItemCategory.objects.create(code=f"F{key}", name="Family")
            CategoryPolicy.objects.create(category=category)
            AssetClass.objects.create(code=f"K{key}", name="Class")
            ExchangeRate.objects.create(currency="SEK", valid_on=date(2020, 1, 1) + timedelta(key), rate=11)
            place = Location.objects.create(
                site=site, code=f"L{key}", name="Hall", parent=Location.objects.first()
            )
            Asset.objects.create(
                code=f"A{key}", name="Part", site=plant.site, parent=plant.asset, location=place
            )
            CraftRate.objects.create(
                craft=craft, valid_from=date(2025, 1, 1) + timedelta(number), hourly_rate=60
            )
            Bin.objects.create(storeroom=store, code=f"B{number}")
            ToleranceRule.objects.create(kind=ToleranceKind.PRICE, category=category, percent=Decimal(1))
            items.append(plant.item(f"I{key}", stocked=True, on_hand=100))
        asset = Asset.objects.create(code=f"A{next(self.serial)}", name="Line", site=plant.site)
        for number, item in enumerate(items):
            SparePart.objects.create(asset=asset, item=item)
            ItemRevision.objects.create(item=items[-1], revision=f"R{number}", effective_on=date(2026, 1, 1))
        return items

    def people(self, rows: int) -> None:
        plant = self.plant
        for _ in range(rows):
            key = next(self.serial)
            user = User.objects.create_user(username=f"u{key}", password=None, home_site=plant.site)
            Technician.objects.create(user=user, craft=Craft.objects.first())
            ApiToken.objects.create(user=user, name=f"key {key}", digest=f"{key:064x}", created_at=plant.at)
            supplier = Supplier.objects.create(code=f"X{key}", name="Firm", currency="EUR")
            agreement = Agreement.objects.create(
                number=f"AG{key}", supplier=supplier, title="Prices", currency="EUR", valid_from=date(2026, 1, 1),
                created_at=plant.at, created_by=plant["buyer"],
            )  # fmt: skip
            for number, item in enumerate(list(plant.items.values())[-rows:]):
                AgreementLine.objects.create(agreement=agreement, item=item, unit_price=Decimal(9))
                SupplierContact.objects.create(supplier=supplier, name=f"Contact {number}")

    def work(self, rows: int) -> int:
        plant = self.plant
        order = create_work_order(
            title="Overhaul", asset_id=plant.asset.pk, assignee_id=plant["technician"].pk,
            operations=[OperationInput(title=f"Step {n}", estimated_hours=Decimal(1)) for n in range(rows)],
            estimate=[EstimateInput("MATERIAL", f"Part {n}", Decimal(1), Decimal(5)) for n in range(rows)],
            actor=plant["planner"], at=plant.later(),
        )  # fmt: skip
        report_fault(description="It leaks", asset_id=plant.asset.pk, location_id=None, actor=plant["technician"],
                     at=plant.at)  # fmt: skip
        return int(order.pk)

    def ask(self, items: list[Item], order_id: int, rows: int) -> None:
        """Stocked parts, issued; parts in words, bought; one need that goes away after it was ordered."""
        plant = self.plant
        order = plant.work_order("Needs parts")
        log_hours(work_order_id=order.pk, hours=Decimal(1), worked_on=plant.at.date(), actor=plant["technician"],
                  at=plant.later())  # fmt: skip
        stocked = [RequestLineInput(kind="ITEM", quantity=Decimal(1), item_id=item.pk) for item in items]
        asked = plant.request(order, *stocked)
        issue_request(parts_request_id=asked.pk, actor=plant["storekeeper"], at=plant.later())
        words = [
            RequestLineInput(
                kind="NON_CATALOGUE", quantity=Decimal(2), description=f"Sleeve {n}", unit_id=plant.unit.pk,
                estimated_unit_cost=Decimal(10),
            )
            for n in range(rows)
        ]  # fmt: skip
        plant.request(order, *words)

    def buy(self, rows: int) -> None:
        """The newest order, receipt and invoice have as many lines as the rest has rows."""
        plant = self.plant
        direct = [
            WantedInput(description=f"Broom {n}", quantity=Decimal(2), unit_id=plant.unit.pk)
            for n in range(rows)
        ]
        create_requisition(
            lines=direct, site_id=plant.site.pk, cost_centre_id=plant.cost_centre.pk, reason="Cleaning", submit=True,
            actor=plant["technician"], at=plant.later(),
        )  # fmt: skip
        order = plant.order_needs(price="10")
        lines = list(order.lines.order_by("pk"))
        for number in range(rows):
            receive_goods(
                order_id=order.pk, lines=[ReceiptLineInput(lines[number].pk, Decimal(1))], actor=plant["receiver"],
                at=plant.later(), delivery_note=f"D{next(self.serial)}",
            )  # fmt: skip
            # More than came: each of these is held.
            plant.bill(order, [(line.pk, "2", "11") for line in lines[:rows]], number=f"R{next(self.serial)}")
        self.waiting(rows)

    def waiting(self, rows: int) -> None:
        """Needs that are not ordered yet, and some of them cancelled; messages to send."""
        queue_messages(
            messages={f"{token_hex(8)}": {"to": "a@b.example"} for _ in range(rows)}, kind="email",
            at=self.plant.later(),
        )  # fmt: skip
        plant = self.plant
        for number in range(rows):
            place = Location.objects.create(
                site=plant.asset.site, code=f"L-{token_hex(4)}", name=f"Hall {number}"
            )
            move_asset(
                asset_id=plant.asset.pk, parent_id=None, location_id=place.pk, reason="Rebuilt",
                actor=plant["planner"], at=plant.later(),
            )  # fmt: skip
            order = plant.work_order("Waits")
            words = [
                RequestLineInput(
                    kind="NON_CATALOGUE", quantity=Decimal(2), description=f"Bush {n}", unit_id=plant.unit.pk
                )
                for n in range(rows)
            ]
            asked = plant.request(order, *words)
            bought = plant.order_needs(price="3", work_order=order)
            assert bought.status == "ISSUED"
            cancel_request_line(
                request_line_id=asked.lines.earliest("pk").pk, quantity=Decimal(1), reason="Found one",
                actor=plant["technician"], at=plant.later(),
            )  # fmt: skip


# Rows that nothing here makes: their lists are opened, their growth is not measured.
NOT_FILLED = {
    "cmms_assetdocument",
    "cmms_classfailurecode",
    "cmms_downtimeevent",
    "cmms_downtimerule",
    "cmms_failurecode",
    "cmms_failurerecord",
    "cmms_fitting",
    "cmms_jobplan",
    "cmms_jobplanrevision",
    "cmms_lot",
    "cmms_maintenanceplan",
    "cmms_meter",
    "cmms_meterreading",
    "cmms_plancycle",
    "cmms_requestlink",
    "cmms_serial",
    "cmms_sitecalendar",
    "cmms_siteclosure",
    "cmms_stockcount",
    "cmms_stockplacement",
    "cmms_stocktransfer",
    "cmms_stopfeed",
    "cmms_weekschedule",
    "cmms_workorderdocument",
}


def pages() -> Iterator[tuple[str, type[Model]]]:
    for model in admin.site._registry:
        yield f"{model._meta.app_label}_{model._meta.model_name}", model


def statements(client: Client) -> dict[str, int]:
    """Of each list, and of the page of its newest row."""
    found = {}
    for name, model in pages():
        newest = model._default_manager.order_by("pk").last()
        addresses = [(f"{name} list", reverse(f"admin:{name}_changelist"))]
        if newest is None:
            assert name in NOT_FILLED, f"nothing fills {name}"
        else:
            addresses.append((f"{name} page", reverse(f"admin:{name}_change", args=[newest.pk])))
        for page, address in addresses:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code in {200, 302}, address
            found[page] = len(captured)
    return found


def test_the_administration_takes_no_more_statements_for_more_rows() -> None:
    filled = Filled(build_plant())
    client = Client()
    client.force_login(filled.plant["admin"])
    filled.grow(FEW)
    statements(client)  # what is remembered between requests
    few = statements(client)
    filled.grow(MANY)
    many = statements(client)
    grown = {page: (few[page], many[page]) for page in few if many[page] > few[page]}
    assert grown == {}
    assert max(many.values()) <= MOST
    assert PurchaseOrder.objects.count() > MANY
