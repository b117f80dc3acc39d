"""Words of stops, failures and figures."""

from __future__ import annotations

from django.db import models


class DowntimeSource(models.TextChoices):
    """Who says that an asset stood still."""

    MANUAL = "MANUAL", "People"
    FEED = "FEED", "Machine data"


class StopState(models.TextChoices):
    """Where a stop stands."""

    DOWN = "DOWN", "Down"
    UP = "UP", "Over"
    VOIDED = "VOIDED", "Never was"


class StopOutcome(models.TextChoices):
    """What a stop beyond its rule opens."""

    REQUEST = "REQUEST", "A request to review"
    ORDER = "ORDER", "A work order"


class FailureCodeKind(models.TextChoices):
    """The four questions of a failure record (ISO 14224)."""

    MODE = "MODE", "Observed mode (ISO 14224)"
    MECHANISM = "MECHANISM", "Mechanism"
    CAUSE = "CAUSE", "Cause"
    DETECTION = "DETECTION", "Detection method"


class PmRule(models.TextChoices):
    """Until when preventive work counts as on time (SMRP 5.4.14 and the usual others)."""

    DUE = "DUE", "By its due time"
    PLUS_DAY = "PLUS_DAY", "Due time + 1 day"
    FIFTH = "FIFTH", "Due time + 20 % of the interval, 28 days at most"
    TENTH = "TENTH", "Due time + 10 % of the interval"


class FailureBasis(models.TextChoices):
    """What counts as a failure."""

    STOPS = "STOPS", "Unplanned stops and recorded failures"
    CORRECTIVE = "CORRECTIVE", "Every corrective work order"
