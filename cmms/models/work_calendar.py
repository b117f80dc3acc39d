"""When a site works: weekdays, holidays, blackouts, and over how many days its plans are spread."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cmms.choices import ClosureKind
from core.history import history_records


class SiteCalendar(models.Model):
    """The working days of a site; without one it works Monday to Friday."""

    site = models.OneToOneField("core.Site", on_delete=models.CASCADE, related_name="work_calendar")
    works_monday = models.BooleanField(default=True)
    works_tuesday = models.BooleanField(default=True)
    works_wednesday = models.BooleanField(default=True)
    works_thursday = models.BooleanField(default=True)
    works_friday = models.BooleanField(default=True)
    works_saturday = models.BooleanField(default=False)
    works_sunday = models.BooleanField(default=False)
    stagger_days = models.PositiveSmallIntegerField(
        default=0,
        help_text="Plans of this site are spread over so many days, so that not all are due at once",
    )
    history = history_records()

    def __str__(self) -> str:
        return f"Working days of {self.site_id}"

    @property
    def weekdays(self) -> frozenset[int]:
        """The weekdays on which the site works; Monday is 0."""
        works = (
            self.works_monday, self.works_tuesday, self.works_wednesday, self.works_thursday, self.works_friday,
            self.works_saturday, self.works_sunday,
        )  # fmt: skip
        return frozenset(day for day, does in enumerate(works) if does)


class SiteClosure(models.Model):
    """Days on which a site does no maintenance, both included."""

    site = models.ForeignKey("core.Site", on_delete=models.CASCADE, related_name="closures")
    kind = models.CharField(max_length=8, choices=ClosureKind.choices, default=ClosureKind.HOLIDAY)
    from_on = models.DateField("From")
    to_on = models.DateField("To")
    name = models.CharField(max_length=80)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="siteclosure_ends_after_start",
                violation_error_message="It must end on or after its first day.",
            )
        ]
        indexes = [models.Index(fields=["site", "to_on"])]

    def __str__(self) -> str:
        return f"{self.name} {self.from_on}"
