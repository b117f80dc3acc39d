"""When assets stood still, who says so, and what a stop leads to."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cmms.choices import DowntimeSource, Priority, StopOutcome
from cmms.decisions.kpis import hours
from cmms.querysets import DowntimeQuerySet
from core.history import history_records
from core.money import round_figure


class StopFeed(models.Model):
    """A platform (OEE, historian, PLC gateway) that reports stops under its own signature."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        permissions = [("rotate_stop_feed_key", "Can make and revoke keys of stop feeds")]

    def __str__(self) -> str:
        return self.name


class StopFeedKey(models.Model):
    """A signing key of a feed. The secret is not stored: it follows from `salt` and the installation's SECRET_KEY."""

    feed = models.ForeignKey(StopFeed, on_delete=models.CASCADE, related_name="keys")
    salt = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="Not accepted from this moment on")

    def __str__(self) -> str:
        return f"Key of {self.feed_id} made {self.created_at:%d %b %Y}"


class DowntimeRule(models.Model):
    """Which stops become work. Empty scope fields mean any; the most exact rule that fits an asset is the one."""

    name = models.CharField(max_length=120)
    asset = models.ForeignKey(
        "cmms.Asset", null=True, blank=True, on_delete=models.CASCADE, related_name="downtime_rules",
        help_text="This asset and everything below it",
    )  # fmt: skip
    asset_class = models.ForeignKey(
        "cmms.AssetClass", null=True, blank=True, on_delete=models.CASCADE, related_name="downtime_rules"
    )
    site = models.ForeignKey("core.Site", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    longer_than_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="A stop that lasts longer; empty: length does not matter"
    )
    repeats = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="So many stops within the hours beside it"
    )
    within_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    link_within_hours = models.PositiveSmallIntegerField(
        default=24, help_text="A stop that begins so soon after the last belongs to the same trouble"
    )
    opens = models.CharField(max_length=8, choices=StopOutcome.choices, default=StopOutcome.ORDER)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.HIGH)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(longer_than_minutes__isnull=False) | Q(repeats__isnull=False),
                name="downtimerule_says_when",
                violation_error_message="Say how long a stop lasts, or how often it repeats, to become work.",
            ),
            models.CheckConstraint(
                condition=Q(repeats__isnull=True, within_hours__isnull=True)
                | Q(repeats__isnull=False, within_hours__isnull=False, repeats__gte=2, within_hours__gte=1),
                name="downtimerule_repeats_within",
                violation_error_message="Repeats need a number of at least 2 and the hours they fall into.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DowntimeEvent(models.Model):
    """A stretch in which an asset cannot run; open while `ended_at` is empty.

    Events of different sources may overlap: figures take their union. A correction keeps the earlier times in the
    history with its reason; an event that never was is voided, not deleted. For a feed, what it said last (by its
    own clock, `said_at`) holds, in whatever order its messages come.
    """

    asset = models.ForeignKey("cmms.Asset", on_delete=models.PROTECT, related_name="downtime_events")
    source = models.CharField(max_length=6, choices=DowntimeSource.choices, default=DowntimeSource.MANUAL)
    feed = models.ForeignKey(StopFeed, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    external_id = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_next = models.BooleanField(
        default=False, help_text="The end was not reported; the next stop of the feed implies it"
    )
    is_planned = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    work_order = models.ForeignKey(
        "cmms.WorkOrder", null=True, blank=True, on_delete=models.PROTECT, related_name="downtime_events"
    )
    work_request = models.ForeignKey(
        "cmms.WorkRequest", null=True, blank=True, on_delete=models.PROTECT, related_name="downtime_events"
    )
    rule = models.ForeignKey(
        DowntimeRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="The rule that made work of it",
    )  # fmt: skip
    repeat_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeated_by"
    )
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    said_at = models.DateTimeField(null=True, blank=True, help_text="When the feed said what stands here")
    said_digest = models.CharField(max_length=64, blank=True, editable=False)
    corrected_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)
    history = history_records()

    objects = DowntimeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="downtimeevent_ends_after_start",
                violation_error_message="A stop cannot end before it begins.",
            ),
            models.CheckConstraint(
                condition=Q(source="MANUAL", feed__isnull=True) | Q(source="FEED", feed__isnull=False),
                name="downtimeevent_source_is_named",
                violation_error_message="A stop of a feed names the feed.",
            ),
            models.UniqueConstraint(
                fields=["feed", "external_id"],
                condition=Q(feed__isnull=False),
                name="downtimeevent_unique_external_id",
                violation_error_message="This feed already has a stop with that id.",
            ),
            models.UniqueConstraint(
                fields=["asset", "source", "feed"],
                condition=Q(ended_at__isnull=True, voided_at__isnull=True),
                nulls_distinct=False,
                name="downtimeevent_one_open",
                violation_error_message="This asset is already recorded as down.",
            ),
        ]
        indexes = [
            models.Index(fields=["asset", "started_at"]),
            models.Index(fields=["started_at"]),
            models.Index(
                fields=["asset"],
                condition=Q(ended_at__isnull=True, voided_at__isnull=True),
                name="downtimeevent_open",
            ),
        ]
        permissions = [
            ("record_downtime", "Can record that an asset is down or runs again"),
            ("correct_downtime", "Can correct and attach recorded downtime"),
        ]

    def __str__(self) -> str:
        return f"Stop of {self.asset} on {self.started_at:%d %b %Y %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether the asset is still down by this event."""
        return self.ended_at is None and self.voided_at is None

    @property
    def hours(self) -> Decimal | None:
        """How long it lasted, to a hundredth for showing; None while it is open."""
        return round_figure(hours(self.ended_at - self.started_at), 2) if self.ended_at else None
