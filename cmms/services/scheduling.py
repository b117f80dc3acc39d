"""The week's work, frozen when people agree on it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from cmms.choices import FINISHED, WorkOrderStatus
from cmms.models import ScheduledWork, WeekSchedule, WorkOrder
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import Site, User

LOCK = "cmms.lock_schedule"
NOT_PLANNED = (*FINISHED, WorkOrderStatus.DRAFT, WorkOrderStatus.WORK_DONE)


@command
def lock_week(*, site_id: int, starts_on: date, actor: User, at: datetime) -> WeekSchedule:
    """Freeze the schedule of a site's week: every approved, unfinished work order due in it, with its open hours.

    `starts_on` is a Monday. Raises Conflict where the week is locked already or over, RuleViolation where nothing
    is due in it.
    """
    require(actor, LOCK)
    site = Site.objects.select_for_update(of=("self",), no_key=True).filter(pk=site_id).first()
    if site is None:
        raise NotFound("That site does not exist.", field="site_id")
    if starts_on.weekday() != 0:
        raise RuleViolation("A week starts on a Monday.", field="starts_on")
    zone = ZoneInfo(site.timezone)
    since, until = (
        datetime.combine(starts_on + timedelta(days=days), time(), tzinfo=zone) for days in (0, 7)
    )
    if until <= at:
        raise Conflict("That week is over.", field="starts_on")
    if WeekSchedule.objects.filter(site=site, starts_on=starts_on).exists():
        raise Conflict("This week's schedule is already locked.", field="starts_on")
    orders = list(
        WorkOrder.objects.filter(site=site, due_at__gte=since, due_at__lt=until)
        .exclude(status__in=NOT_PLANNED)
        .annotate(planned=Sum("operations__estimated_hours", filter=Q(operations__status="PLANNED")))
        .order_by("pk")
    )
    if not orders:
        raise RuleViolation(
            "No approved work is due in that week.", field="starts_on", remedy="Plan and approve some first."
        )
    schedule = WeekSchedule.objects.create(
        site=site, starts_on=starts_on, starts_at=since, ends_at=until, locked_at=at, locked_by=actor
    )
    ScheduledWork.objects.bulk_create(
        ScheduledWork(
            schedule=schedule, work_order=order, hours=order.planned or Decimal(0), due_at=order.due_at
        )
        for order in orders
    )
    return schedule
