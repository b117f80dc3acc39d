"""Who worked how long, at which rate."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import LaborKind
from core.history import history_records
from core.models import Fact


class Craft(models.Model):
    """A trade: mechanic, electrician, welder."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    history = history_records()

    def __str__(self) -> str:
        return self.name


class CraftRate(models.Model):
    """The hourly rate of a craft from a day on, in the base currency."""

    craft = models.ForeignKey(Craft, on_delete=models.PROTECT, related_name="rates")
    valid_from = models.DateField()
    hourly_rate = models.DecimalField(max_digits=18, decimal_places=6)
    overtime_factor = models.DecimalField(
        max_digits=5,
        decimal_places=3,
        default=Decimal("1.5"),
        help_text="An overtime hour costs rate x factor",
    )
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["craft", "valid_from"], name="craftrate_unique_day"),
            models.CheckConstraint(
                condition=Q(hourly_rate__gte=0),
                name="craftrate_not_negative",
                violation_error_message="A rate cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(overtime_factor__gte=1),
                name="craftrate_overtime_not_below_normal",
                violation_error_message="Overtime costs at least the normal rate.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.craft_id} from {self.valid_from}"


class Technician(models.Model):
    """The trade facts of a user who does maintenance work."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="technician")
    craft = models.ForeignKey(Craft, on_delete=models.PROTECT, related_name="technicians")
    crew = models.CharField(max_length=60, blank=True)
    weekly_hours = models.DecimalField(
        max_digits=5, decimal_places=2, default=40, help_text="Hours a week for maintenance work"
    )
    history = history_records()

    def __str__(self) -> str:
        return str(self.user)


class LaborEntry(Fact):
    """Hours worked, with the rate of that moment. A correction is a row with negative hours that reverses another.

    Hours of a contractor name the firm instead of a person and cost nothing here: their money comes from the
    purchase that `charge_key` names.
    """

    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.PROTECT, related_name="labor_entries")
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.PROTECT, related_name="labor_entries"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="labor_entries",
    )
    contractor_name = models.CharField(max_length=120, blank=True)
    charge_key = models.CharField(max_length=64, blank=True, help_text="The purchase that pays a contractor")
    craft = models.ForeignKey(Craft, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LaborKind.choices, default=LaborKind.WRENCH)
    is_overtime = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    hours = models.DecimalField(max_digits=8, decimal_places=4)
    hourly_rate = models.DecimalField(max_digits=18, decimal_places=6)
    amount = models.DecimalField(
        max_digits=16, decimal_places=4, help_text="hours x rate, base currency, rounded once"
    )
    note = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "labor entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gt=F("started_at")),
                name="laborentry_ends_after_start",
                violation_error_message="Work must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, hours__gt=0) | Q(reverses__isnull=False, hours__lt=0),
                name="laborentry_sign",
                violation_error_message="Hours are positive; only a correction is negative.",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False, craft__isnull=False, contractor_name="", charge_key="")
                | (
                    Q(person__isnull=True, amount=0, hourly_rate=0)
                    & ~Q(contractor_name="")
                    & ~Q(charge_key="")
                ),
                name="laborentry_person_or_contractor",
                violation_error_message="Hours are of a person, or of a contractor whose purchase pays them.",
            ),
        ]
        permissions = [
            ("log_labor", "Can log labor"),
            ("log_labor_for_others", "Can log labor of other people"),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h on {self.work_order_id}"

    @property
    def worker(self) -> str:
        """Who worked, in words."""
        return str(self.person) if self.person_id else self.contractor_name


class LaborTimer(models.Model):
    """A running clock; a person works on one thing at a time."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="labor_timer"
    )
    work_order = models.ForeignKey("cmms.WorkOrder", on_delete=models.CASCADE, related_name="labor_timers")
    operation = models.ForeignKey(
        "cmms.Operation", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    started_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} on {self.work_order_id}"
