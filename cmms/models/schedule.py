"""The week's work as it was agreed: a frozen copy, against which the week is measured."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.models import Fact


class WeekSchedule(Fact):
    """The schedule of a site's week, locked once. `starts_on` is a Monday in the site's own time."""

    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    starts_at = models.DateTimeField(help_text="The Monday's midnight at the site")
    ends_at = models.DateTimeField(help_text="The next Monday's midnight at the site")
    locked_at = models.DateTimeField()
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "starts_on"],
                name="weekschedule_once",
                violation_error_message="This week's schedule is already locked.",
            )
        ]
        permissions = [
            ("lock_schedule", "Can lock a week's schedule"),
            ("view_kpis", "Can see maintenance figures"),
        ]

    def __str__(self) -> str:
        return f"Week of {self.starts_on:%d %b %Y}, {self.site}"


class ScheduledWork(Fact):
    """One work order of a locked schedule with the hours that were planned for it then."""

    schedule = models.ForeignKey(WeekSchedule, on_delete=models.PROTECT, related_name="works")
    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="scheduled_in")
    hours = models.DecimalField(max_digits=8, decimal_places=2)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "work_order"], name="scheduledwork_once"),
            models.CheckConstraint(condition=Q(hours__gte=0), name="scheduledwork_hours_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.work_order_id} in {self.schedule_id}"
