"""A plant with a step in every situation, for the pages about steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from cmms.models import (
    InspectionPoint,
    InspectionTemplate,
    InspectionTemplatePoint,
    Nonconformance,
    Operation,
    PersonQualification,
    Qualification,
    Reading,
    WorkOrder,
)
from cmms.services.execution import finish_operation, start_work
from cmms.services.inspections import take_reading
from cmms.services.labor import log_hours
from cmms.services.nonconformance import raise_nonconformance
from cmms.services.planning import (
    OperationInput,
    approve_work_order,
    create_work_order,
    release_work_order,
)
from cmms.services.qualifications import grant_qualification
from cmms.services.signing import sign_operation
from cmms.services.step_links import PointInput
from tests.cmms_doors.plant import Plant, build

GAP = PointInput("Gap of the coupling", unit="mm", lower_limit=Decimal("0.02"), upper_limit=Decimal("0.05"))
HEAT = PointInput("Bearing temperature after 30 minutes", unit="°C", upper_limit=Decimal(80))
GUARD = PointInput("Guard fitted and bolted", kind="CHECK")


@dataclass
class Steps:
    """The order (in progress) and its steps: 10 done and signed, 20 to be inspected, 30 waits, 40 outside."""

    plant: Plant
    order: WorkOrder
    gas: Qualification
    held: PersonQualification
    reading: Reading
    finding: Nonconformance

    def step(self, sequence: int) -> Operation:
        return Operation.objects.get(work_order=self.order, sequence=sequence)


def build_steps(plant: Plant | None = None, title: str = "Align the motor and change the coupling") -> Steps:
    """The plant and one order with everything on it."""
    plant = plant or build()
    planner, worker = plant.people["planner"], plant.people["technician"]
    gas, _ = Qualification.objects.get_or_create(
        code="GAS", defaults={"name": "Gas tester", "valid_months": 12}
    )
    Qualification.objects.get_or_create(code="HV", defaults={"name": "High-voltage switching"})
    template, is_new = InspectionTemplate.objects.get_or_create(
        code="PUMP", defaults={"name": "Pump after repair"}
    )
    if is_new:
        InspectionTemplatePoint.objects.create(template=template, position=1, name="Leaks", kind="CHECK")
    held = PersonQualification.objects.filter(person=worker, qualification=gas).first() or grant_qualification(
        person_id=worker.pk, qualification_id=gas.pk, valid_from=(plant.at - timedelta(days=340)).date(),
        certificate_number="TÜV-4411", actor=planner, at=plant.at,
    )  # fmt: skip
    order = create_work_order(
        title=title, asset_id=plant.pump.pk, assignee_id=worker.pk, actor=planner, at=plant.at,
        operations=[
            OperationInput(
                "Test the air and open the guard", instructions="1. Test the air.\n2. Lock and tag.\n3. Open it.",
                sign_off="ONE", qualification_ids=[gas.pk], estimated_hours=Decimal("0.5"),
            ),
            OperationInput(
                "Set the gap", instructions="Use the dial gauge. Turn the shaft once and read four times.",
                after=[10], points=[GAP, HEAT, GUARD], sign_off="TWO", estimated_hours=Decimal(2),
            ),
            OperationInput("Close and hand over", after=[20]),
            OperationInput("Balance the coupling", execution="OUTSIDE", needs_certificate=True),
        ],
    )  # fmt: skip
    approve_work_order(work_order_id=order.pk, actor=planner, at=plant.at)
    release_work_order(work_order_id=order.pk, actor=planner, at=plant.at)
    order = start_work(work_order_id=order.pk, actor=worker, at=plant.at)
    made = Steps(plant, order, gas, held, Reading(), Nonconformance())
    first = made.step(10)
    log_hours(
        work_order_id=order.pk, operation_id=first.pk, hours=Decimal(1), worked_on=plant.at.date(),
        is_overtime=True, actor=worker, at=plant.at,
    )  # fmt: skip
    finish_operation(operation_id=first.pk, actor=worker, at=plant.at)
    sign_operation(operation_id=first.pk, meaning="PERFORMED", password="demo", actor=worker, at=plant.at)
    points = InspectionPoint.objects.filter(operation=made.step(20)).order_by("position")
    made.reading = take_reading(point_id=points[1].pk, value=Decimal("84.5"), actor=worker, at=plant.at)
    take_reading(point_id=points[0].pk, value=Decimal("0.031"), actor=worker, at=plant.at)
    made.finding = raise_nonconformance(
        work_order_id=order.pk, operation_id=first.pk, description="Oil on the base plate", actor=worker,
        at=plant.at,
    )  # fmt: skip
    return made


def addresses(made: Steps) -> list[tuple[str, str]]:
    """Every page about steps, and who looks at it."""
    order = made.order.pk
    steps = [made.step(number).pk for number in (10, 20, 30, 40)]
    point = InspectionPoint.objects.filter(operation_id=steps[1]).earliest("position").pk
    technician = [
        f"orders/{order}/", *(f"steps/{pk}/" for pk in steps), f"steps/{steps[0]}/sign/", f"steps/{steps[0]}/reopen/",
        f"steps/{steps[3]}/certificate/", f"steps/{steps[1]}/raise/", f"points/{point}/reading/",
        f"readings/{made.reading.pk}/", f"readings/{made.reading.pk}/report/",
        f"readings/{made.reading.pk}/concession/", f"orders/{order}/raise/", "nonconformances/",
        f"nonconformances/{made.finding.pk}/", f"nonconformances/{made.finding.pk}/ask-concession/",
        "qualifications/", "qualifications/held/", f"orders/{order}/log-hours/",
    ]  # fmt: skip
    planner = [
        "orders/", f"orders/{order}/", f"steps/{steps[1]}/", f"steps/{steps[1]}/edit/", f"steps/{steps[1]}/template/",
        f"orders/{order}/permit/", f"orders/{order}/withdraw-permit/", f"nonconformances/{made.finding.pk}/",
        f"nonconformances/{made.finding.pk}/rework/", f"nonconformances/{made.finding.pk}/dismiss/",
        f"nonconformances/{made.finding.pk}/approve/", f"nonconformances/{made.finding.pk}/refuse/",
        "qualifications/", "qualifications/held/?standing=SOON", "qualifications/grant/",
        f"qualifications/{made.held.pk}/withdraw/", f"orders/{order}/close/",
    ]  # fmt: skip
    return [
        *(("technician", f"/work/{page}") for page in technician),
        *(("planner", f"/work/{page}") for page in planner),
    ]
