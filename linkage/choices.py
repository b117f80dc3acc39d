"""Codes of the bridge."""

from __future__ import annotations

from django.db import models


class AllocationTarget(models.TextChoices):
    """Who bears a share of an order line."""

    WORK_ORDER = "WORK_ORDER", "Work order"
    STOCK = "STOCK", "Stock"
    COST_CENTRE = "COST_CENTRE", "Cost centre"


class Account(models.TextChoices):
    """Where spend that is no work order's goes."""

    STOCK = "STOCK", "Stock"
    COST_CENTRE = "COST_CENTRE", "Cost centre"
    PRICE_VARIANCE = "PRICE_VARIANCE", "Purchase price variance"
    RATE_VARIANCE = "RATE_VARIANCE", "Exchange rate variance"


class SpendStage(models.TextChoices):
    """How certain a spend is."""

    COMMITTED = "COMMITTED", "Committed"
    ACCRUED = "ACCRUED", "Accrued"
    ACTUAL = "ACTUAL", "Actual"


class BuyerTaskKind(models.TextChoices):
    """What a buyer has to decide."""

    NEED_CANCELLED = "NEED_CANCELLED", "The need was cancelled"


class BuyerTaskStatus(models.TextChoices):
    """Whether the buyer has dealt with it."""

    OPEN = "OPEN", "Open"
    DONE = "DONE", "Done"
