"""Hours of a contractor whose purchase is known: the hours go to the work order, the money stays with the purchase."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from cmms.choices import LaborKind
from cmms.models import LaborEntry
from cmms.services.contractor_labor import log_contractor_hours
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User
from linkage.choices import AllocationTarget
from linkage.models import Allocation
from linkage.selectors.contractors import PAYS_HOURS, charge_key
from procurement.choices import LineKind
from procurement.models import PurchaseOrderLine


@command
def log_hours_on_order_line(
    *,
    order_line_id: int,
    work_order_id: int,
    hours: Decimal,
    worked_on: date,
    actor: User,
    at: datetime,
    operation_id: int | None = None,
    kind: str = LaborKind.WRENCH,
    note: str = "",
) -> LaborEntry:
    """Hours that the supplier of an order line worked on a work order, which bears (part of) that line.

    The hours carry no money: the line's share does, once. What an hour then costs against the agreement is shown by
    selectors/contractors.py. Raises RuleViolation for a line that is no service or that the work order does not
    bear, Conflict where the order is not committed.
    """
    line = PurchaseOrderLine.objects.select_related("order__supplier").filter(pk=order_line_id).first()
    if line is None:
        raise NotFound("That order line does not exist.", field="order_line_id")
    if line.kind != LineKind.SERVICE:
        raise RuleViolation("That order line is not a service.", field="order_line_id")
    if line.order.status not in PAYS_HOURS:
        raise Conflict(f"{line.order} is not approved, so it pays no hours yet.", field="order_line_id")
    bears = Allocation.objects.filter(
        order_line=line, work_order_id=work_order_id, target=AllocationTarget.WORK_ORDER
    )
    if not bears.exists():
        raise RuleViolation(
            f"This work order bears nothing of {line.order}.",
            field="order_line_id",
            remedy="Have the buyer charge the order line to it first.",
        )
    return log_contractor_hours(
        work_order_id=work_order_id,
        contractor_name=line.order.supplier.name,
        charge_key=charge_key(line.pk),
        hours=hours,
        worked_on=worked_on,
        operation_id=operation_id,
        kind=kind,
        note=note,
        actor=actor,
        at=at,
    )
