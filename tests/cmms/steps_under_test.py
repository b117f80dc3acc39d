"""Work in progress with steps in depth, made through the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from cmms.models import InspectionPoint, Operation, Qualification, Reading, Signature, WorkOrder
from cmms.services.execution import finish_operation
from cmms.services.inspections import take_reading
from cmms.services.planning import OperationInput
from cmms.services.qualifications import grant_qualification
from cmms.services.signing import sign_operation
from cmms.services.step_links import PointInput
from core.models import User
from tests.builders import NOW, boss, person, technician, work_order

GAP = PointInput(name="Gap", unit="mm", lower_limit=Decimal("0.02"), upper_limit=Decimal("0.05"))
GUARD = PointInput(name="Guard fitted", kind="CHECK")
WORKER = (
    "cmms.log_labor", "cmms.execute_work_order", "cmms.request_parts", "cmms.sign_work",
    "cmms.raise_nonconformance",
)  # fmt: skip


def worker() -> User:
    """A technician who may sign and raise findings."""
    return technician(50, *WORKER)


def checker() -> User:
    """Somebody else who may sign."""
    return person("cmms.sign_work", "cmms.execute_work_order")


def job(*steps: OperationInput, started: bool = True, **values: Any) -> WorkOrder:
    """Work with these steps, in progress unless told otherwise."""
    return work_order(started=started, operations=list(steps), **values)


def step(order: WorkOrder, sequence: int = 10) -> Operation:
    return Operation.objects.get(work_order=order, sequence=sequence)


def done(operation: Operation, by: User | None = None) -> Operation:
    return finish_operation(operation_id=operation.pk, actor=by or boss(), at=NOW)


def signed(operation: Operation, by: User, meaning: str = "PERFORMED", **values: Any) -> Signature:
    given = {"operation_id": operation.pk, "meaning": meaning, "password": "demo", "actor": by, "at": NOW}
    return sign_operation(**{**given, **values})


def measured(
    operation: Operation, value: str | None = None, by: User | None = None, **values: Any
) -> Reading:
    """A reading at the step's first point."""
    point = InspectionPoint.objects.filter(operation=operation, is_dropped=False).earliest("position")
    if value is not None:
        values["value"] = Decimal(value)
    return take_reading(point_id=point.pk, actor=by or boss(), at=NOW, **values)


def qualification(code: str = "GAS", months: int | None = None) -> Qualification:
    found = Qualification.objects.filter(code=code).first()
    return found or Qualification.objects.create(code=code, name=f"{code} tester", valid_months=months)


def granted(to: User, first: date, last: date | None = None, code: str = "GAS") -> Any:
    return grant_qualification(
        person_id=to.pk, qualification_id=qualification(code).pk, valid_from=first, valid_until=last,
        never_ends=last is None, actor=boss(), at=NOW,
    )  # fmt: skip


def codes(errors: Sequence[Any]) -> list[str]:
    return [each.code for each in errors]
