"""Hours of contractors: they land on the work order; their money comes from their purchase only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from cmms.choices import LaborKind
from cmms.models import LaborEntry, Operation
from cmms.services.hours import HOURS_PLACES, LABOR_KEYS, LOG_FOR_OTHERS, STATES_WITH_LABOR
from cmms.services.locking import locked_work_order
from core.access import require
from core.commands import command
from core.errors import RuleViolation
from core.models import User


@command
def log_contractor_hours(
    *,
    work_order_id: int,
    contractor_name: str,
    charge_key: str,
    hours: Decimal,
    worked_on: date,
    actor: User,
    at: datetime,
    operation_id: int | None = None,
    kind: str = LaborKind.WRENCH,
    note: str = "",
) -> LaborEntry:
    """So many hours of a contractor on a day (of the site), paid by the purchase that `charge_key` names.

    The entry has no rate and no amount, so nothing is posted for it. Raises RuleViolation for hours that are not more
    than 0 and at most MOST_HOURS, or in the future.
    """
    require(actor, LOG_FOR_OTHERS)
    if not hours.is_finite() or not 0 < hours <= MOST_HOURS:
        raise RuleViolation(
            f"Hours of a contractor on one day are more than 0 and at most {MOST_HOURS}.", field="hours"
        )
    order = locked_work_order(work_order_id=work_order_id, with_site=True)
    order.require(*STATES_WITH_LABOR)
    zone = ZoneInfo(order.site.timezone)
    if worked_on > at.astimezone(zone).date():
        raise RuleViolation("Work cannot be in the future.", field="worked_on")
    if operation_id and not Operation.objects.filter(pk=operation_id, work_order=order).exists():
        raise RuleViolation("That step belongs to another work order.", field="operation_id")
    start = datetime.combine(worked_on, time(), tzinfo=zone)
    entry = LaborEntry(
        work_order=order, operation_id=operation_id, contractor_name=contractor_name.strip()[:120],
        charge_key=charge_key, kind=kind, started_at=start, ended_at=start + timedelta(hours=24),
        hours=hours.quantize(HOURS_PLACES), hourly_rate=Decimal(0), amount=Decimal(0), note=note[:200],
        entered_at=at, entered_by=actor,
    )  # fmt: skip
    entry.clean_fields(exclude=LABOR_KEYS)
    entry.save()
    return entry


MOST_HOURS = 480  # a crew of 20 around the clock
