"""Work permits: which work needs one, and the one in force."""

from __future__ import annotations

from datetime import datetime

from cmms.models import WorkOrder
from cmms.services.locking import locked_work_order
from cmms.services.releasing import PLAN
from core.access import require
from core.commands import command
from core.errors import Conflict, RuleViolation
from core.models import User

ISSUE_PERMIT = "cmms.issue_permit"


@command
def ask_permit(*, work_order_id: int, needs_permit: bool, actor: User, at: datetime) -> WorkOrder:
    """Say whether work needs a permit. Raises Conflict where it is finished."""
    require(actor, PLAN)
    order = _open_order(work_order_id)
    order.needs_permit = needs_permit
    order.save()
    return order


@command
def record_permit(
    *, work_order_id: int, permit_number: str, valid_until: datetime, actor: User, at: datetime
) -> WorkOrder:
    """Record the permit under which the work is done; a renewal takes the place of the one before (see history)."""
    require(actor, ISSUE_PERMIT)
    if not permit_number.strip():
        raise RuleViolation("A permit has a number.", field="permit_number")
    if valid_until <= at:
        raise RuleViolation("That permit is already over.", field="valid_until")
    order = _open_order(work_order_id)
    order.needs_permit = True
    order.permit_number, order.permit_valid_until = permit_number.strip(), valid_until
    order.save()
    return order


@command
def withdraw_permit(*, work_order_id: int, reason: str, actor: User, at: datetime) -> WorkOrder:
    """The permit no longer stands, for a reason; work cannot start or go on until there is another."""
    require(actor, ISSUE_PERMIT)
    if not reason.strip():
        raise RuleViolation("Say why it is withdrawn.", field="reason")
    order = _open_order(work_order_id)
    if not order.permit_number:
        raise Conflict(f"{order} has no permit.")
    order.permit_number, order.permit_valid_until = "", None
    order.save()
    return order


def _open_order(work_order_id: int) -> WorkOrder:
    order = locked_work_order(work_order_id=work_order_id)
    if order.is_finished:
        raise Conflict(f"{order} is finished, so its permit stays as it is.")
    return order
