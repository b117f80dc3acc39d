"""A pump with job plans and maintenance plans, built through the services."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cmms.models import Asset, Craft, CraftRate, JobPlan, MaintenancePlan, Meter, MeterReading, WorkOrder
from cmms.services.closing import complete_work_order
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.meters import enter_reading
from cmms.services.planning import release_work_order
from cmms.services.plans.generating import Generated, generate_due
from cmms.services.plans.job_plans import (
    PartInput,
    StepInput,
    approve_revision,
    create_job_plan,
    submit_revision,
)
from cmms.services.plans.writing import PackageInput, activate_plan, create_plan
from core.models import User
from tests.builders import asset, boss, person, site, unit

START = date(2026, 1, 1)
_serial = itertools.count(1)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def other() -> User:
    """Somebody who approves what the boss wrote."""
    found = User.objects.filter(username="second").first()
    return found or person(username="second", is_superuser=True)


def mechanic(rate: int = 60) -> Craft:
    craft, new = Craft.objects.get_or_create(code="MEC", defaults={"name": "Mechanic"})
    if new:
        CraftRate.objects.create(craft=craft, valid_from=date(2020, 1, 1), hourly_rate=Decimal(rate))
    return craft


def step(title: str = "Grease the bearings", hours: str = "1", **values: Any) -> StepInput:
    return StepInput(
        **{"title": title, "craft_id": mechanic().pk, "estimated_hours": Decimal(hours), **values}
    )


def job_plan(
    name: str = "Monthly check",
    steps: Sequence[StepInput] = (),
    parts: Sequence[PartInput] = (),
    approved: bool = True,
) -> JobPlan:
    plan = create_job_plan(
        code=f"JP-{next(_serial)}", name=name, steps=steps or [step()], parts=parts, instructions="Lock out first.",
        actor=boss(), at=at(START),
    )  # fmt: skip
    if approved:
        revision = plan.revisions.get()
        submit_revision(revision_id=revision.pk, actor=boss(), at=at(START))
        approve_revision(revision_id=revision.pk, actor=other(), at=at(START))
    return plan


def every(
    count: int = 1, unit: str = "MONTH", of: JobPlan | None = None, hierarchy: int = 1, **values: Any
) -> PackageInput:
    return PackageInput((of or job_plan()).pk, hierarchy, count, unit, **values)


def plan(
    *packages: PackageInput, active: bool = True, on: Asset | None = None, **values: Any
) -> MaintenancePlan:
    """A monthly plan from 1 January 2026 unless told otherwise, switched on that day."""
    made = create_plan(
        **{
            "title": "Pump care", "start_on": START, "packages": packages or [every()], "asset_id": (on or asset()).pk,
            "lead_days": 0, "actor": boss(), "at": at(START), **values,
        }
    )  # fmt: skip
    return activate_plan(plan_id=made.pk, actor=boss(), at=values.get("at", at(START))) if active else made


def meter(on: Asset | None = None, **values: Any) -> Meter:
    return Meter.objects.create(
        **{"asset": on or asset(), "name": "Running hours", "unit": unit("HUR"), **values}
    )


def read(of: Meter, value: int | str, day: date, **values: Any) -> MeterReading:
    return enter_reading(meter_id=of.pk, value=Decimal(value), actor=boss(), at=at(day), **values)


def run(day: date, hour: int = 9) -> Generated:
    return generate_due(at=at(day, hour))


def do(order: WorkOrder, day: date) -> WorkOrder:
    """The order is worked on and accepted on a day."""
    moment, who = at(day), boss()
    order.refresh_from_db()
    if order.status == "APPROVED":
        release_work_order(work_order_id=order.pk, actor=who, at=moment)
    if order.status in {"APPROVED", "RELEASED"}:
        start_work(work_order_id=order.pk, actor=who, at=moment)
    for each in order.operations.exclude(status="DONE").in_order():
        finish_operation(operation_id=each.pk, actor=who, at=moment)
    finish_work(work_order_id=order.pk, actor=who, at=moment)
    return complete_work_order(work_order_id=order.pk, actor=who, at=moment + timedelta(hours=1))


__all__ = [
    "at",
    "do",
    "every",
    "job_plan",
    "mechanic",
    "meter",
    "other",
    "plan",
    "read",
    "run",
    "site",
    "step",
]
