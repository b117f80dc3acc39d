"""Contractors' hours land on the work order once, their money comes from the purchase once, the rate is checked."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cmms.choices import RequestLineKind
from cmms.models import CostEntry, LaborEntry
from cmms.selectors import work_order_costs
from cmms.services.closing import close_work_order, complete_work_order
from cmms.services.costing import reconcile_own_costs
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.labor import reverse_labor
from cmms.services.parts import RequestLineInput
from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import Item
from linkage.decisions.contractor_rate import ContractorRate
from linkage.selectors.contractors import contractor_hours
from linkage.services.contractors import log_hours_on_order_line
from procurement.models import Agreement, AgreementLine, PurchaseOrder, PurchaseOrderLine
from tests.plant import Plant

pytestmark = pytest.mark.django_db


def bought(plant: Plant, price: str = "800") -> tuple[Any, PurchaseOrder]:
    """A work order with an outside service that is ordered for one price."""
    order = plant.work_order()
    need = RequestLineInput(
        kind=RequestLineKind.SERVICE,
        quantity=Decimal(1),
        description="Crane with driver",
        unit_id=plant.unit.pk,
    )
    plant.request(order, need)
    return order, plant.order_needs(price=price, work_order=order)


def logged(plant: Plant, order: Any, line: PurchaseOrderLine, hours: str = "8", **values: Any) -> LaborEntry:
    given = {
        "order_line_id": line.pk, "work_order_id": order.pk, "hours": Decimal(hours), "worked_on": plant.at.date(),
        "actor": plant["planner"], "at": plant.later(),
    }  # fmt: skip
    return log_hours_on_order_line(**{**given, **values})


def test_hours_once_and_money_once(plant: Plant) -> None:
    order, purchase = bought(plant)
    line = purchase.lines.get()
    before = work_order_costs(order.pk).total
    entry = logged(plant, order, line)
    assert (entry.worker, entry.hours, entry.amount) == ("Nordmann Drives", 8, 0)
    assert work_order_costs(order.pk).total == before
    assert before.committed == 800
    assert not CostEntry.objects.filter(source_key=f"labor:{entry.pk}").exists()
    assert reconcile_own_costs(at=plant.at, work_order_id=order.pk) == []
    row = contractor_hours(order.pk, date(2026, 3, 2))[0]
    assert (row.rate.money, row.rate.hours, row.rate.effective) == (800, 8, 100)


def test_the_rate_is_checked_against_the_agreement(plant: Plant) -> None:
    order, purchase = bought(plant)
    line = purchase.lines.get()
    hour = Item.objects.create(code="CRANE-H", name="Crane hour", category=plant.category, unit=plant.unit)
    line.item = hour
    line.save()
    deal = Agreement(
        number="AG-1",
        created_at=plant.at,
        supplier=plant.supplier,
        title="Cranes",
        valid_from=date(2026, 1, 1),
    )
    deal.save()
    AgreementLine.objects.create(agreement=deal, item=hour, unit_price=Decimal(90))
    logged(plant, order, line)
    row = contractor_hours(order.pk, date(2026, 3, 2))[0]
    assert (row.rate.agreed, row.rate.is_above) == (90, True)
    second = logged(plant, order, line, "1")
    assert not contractor_hours(order.pk, date(2026, 3, 2))[0].rate.is_above, "800 / 9 is below 90"
    reverse_labor(labor_entry_id=second.pk, reason="Twice", actor=plant["planner"], at=plant.later())
    assert contractor_hours(order.pk, date(2026, 3, 2))[0].rate.is_above


def test_only_lines_that_the_order_bears_pay_hours(plant: Plant) -> None:
    order, purchase = bought(plant)
    other, line = plant.work_order(), purchase.lines.get()
    with pytest.raises(RuleViolation, match="bears nothing of"):
        logged(plant, other, line)
    with pytest.raises(RuleViolation, match="more than 0"):
        logged(plant, order, line, "0")
    with pytest.raises(RuleViolation, match="in the future"):
        logged(plant, order, line, worked_on=date(2030, 1, 1))
    with pytest.raises(NotAllowed):
        logged(plant, order, line, actor=plant["technician"])
    line.kind = "ITEM"
    line.save()
    with pytest.raises(RuleViolation, match="not a service"):
        logged(plant, order, line)


def test_the_database_holds_person_or_contractor(plant: Plant) -> None:
    order, purchase = bought(plant)
    entry = logged(plant, order, purchase.lines.get())
    entry.pk, entry._state.adding, entry.amount = None, True, Decimal(5)
    with pytest.raises(IntegrityError, match="laborentry_person_or_contractor"), transaction.atomic():
        entry.save()


def test_no_hours_is_no_rate() -> None:
    rate = ContractorRate(Decimal(100), Decimal(0), Decimal(50))
    assert (rate.effective, rate.is_above) == (None, False)


@pytest.mark.parametrize("policy", ["block", "warn", "ignore"])
def test_open_purchases_at_closing(plant: Plant, settings: Any, policy: str) -> None:
    settings.OPEN_PURCHASES_AT_CLOSING = policy
    order, purchase = bought(plant)
    who = plant["planner"]
    start_work(work_order_id=order.pk, actor=who, at=plant.later())
    finish_operation(operation_id=order.operations.get().pk, actor=who, at=plant.later())
    finish_work(work_order_id=order.pk, actor=who, at=plant.later())
    complete_work_order(work_order_id=order.pk, actor=who, at=plant.later())
    close = {"work_order_id": order.pk, "actor": who}
    if policy == "ignore":
        assert close_work_order(**close, at=plant.later()).closing_note == ""
        return
    with pytest.raises(Conflict, match=f"still open: {purchase}") as refused:
        close_work_order(**close, at=plant.later())
    if policy == "block":
        assert refused.value.code == "open_purchases"
        with pytest.raises(Conflict, match="have the buyer close"):
            close_work_order(**close, confirm_open_purchases=True, at=plant.later())
        return
    assert refused.value.field == "confirm_open_purchases"
    closed = close_work_order(**close, confirm_open_purchases=True, at=plant.later())
    assert closed.closing_note == f"Purchases are still open: {purchase}. Confirmed by {who}."
