"""What people read off meters: each reading a fact, with the total over rollovers and replacements."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from cmms.choices import ReadingKind
from cmms.decisions.meter_use import Shown, total_after
from cmms.models import MaintenancePlan, Meter, MeterReading
from cmms.services.plans.clocks import refresh_clocks
from core.access import require
from core.commands import command
from core.display import quantity_text
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User

READ = "cmms.enter_reading"
CLOCK_TOLERANCE = timedelta(minutes=10)  # phones and machines do not agree to the second
NEEDS_REASON = (ReadingKind.CORRECTION, ReadingKind.REPLACED)


@command
def enter_reading(
    *,
    meter_id: int,
    value: Decimal,
    actor: User,
    at: datetime,
    read_at: datetime | None = None,
    kind: str = ReadingKind.NORMAL,
    old_value: Decimal | None = None,
    reason: str = "",
) -> MeterReading:
    """Note what a meter shows, in the meter's unit. What is lower than before says why: rollover, replacement, mistake.

    Raises RuleViolation with the field for a value that cannot be, Conflict for a reading older than the last.
    """
    require(actor, READ)
    meter = Meter.objects.select_for_update(of=("self",), no_key=True).filter(pk=meter_id)
    found = meter.select_related("asset").first()
    if found is None:
        raise NotFound("That meter does not exist.", field="meter_id")
    moment = read_at or at
    last = found.readings.order_by("-read_at", "-pk").first()
    _check_moment(found, moment, at, last)
    _check_value(found, value, kind, old_value, reason, last)
    shown = Shown(last.value, last.total) if last else None
    reading = MeterReading(
        meter=found, kind=kind, value=value, old_value=old_value, reason=reason.strip()[:200],
        total=total_after(shown, value, kind, rollover_at=found.rollover_at, old_value=old_value),
        read_at=moment, read_by=actor, entered_at=at,
    )  # fmt: skip
    reading.clean_fields(exclude=["meter", "read_by"])
    reading.save()
    plans = MaintenancePlan.objects.active().filter(meter=found).values_list("pk", flat=True)
    refresh_clocks(plan_ids=list(plans), at=at)
    return reading


def _check_moment(meter: Meter, moment: datetime, at: datetime, last: MeterReading | None) -> None:
    if not meter.is_active:
        raise Conflict(f"{meter.name} is no longer in use.", field="meter_id")
    if moment > at + CLOCK_TOLERANCE:
        raise RuleViolation("A reading cannot be taken in the future.", field="read_at")
    if last is not None and moment <= last.read_at:
        raise Conflict(
            f"There is already a reading of {last.read_at:%d %b %Y %H:%M} UTC.",
            field="read_at",
            remedy="Enter readings in the order they were taken.",
        )


def _check_value(
    meter: Meter, value: Decimal, kind: str, old_value: Decimal | None, reason: str, last: MeterReading | None
) -> None:
    if value < 0:
        raise RuleViolation("A reading cannot be negative.", field="value")
    if kind not in ReadingKind.values:
        raise RuleViolation("Say how the meter came to show this.", field="kind")
    if meter.rollover_at is not None and value >= meter.rollover_at:
        raise RuleViolation(
            f"This meter starts again at zero at {quantity_text(meter.rollover_at)}.", field="value"
        )
    if last is None:
        if kind != ReadingKind.NORMAL:
            raise RuleViolation("This is the first reading of the meter.", field="kind")
        return
    if kind in NEEDS_REASON and not reason.strip():
        raise RuleViolation("Say why the reading is not higher than the one before.", field="reason")
    if kind == ReadingKind.NORMAL and value < last.value:
        raise RuleViolation(
            f"The last reading was {quantity_text(last.value)}.", field="value",
            remedy="Check it. If it is right, say whether the counter started again, the meter was replaced, or "
            "the last reading was wrong.",
        )  # fmt: skip
    if kind == ReadingKind.ROLLOVER and (meter.rollover_at is None or value >= last.value):
        raise RuleViolation(
            "This meter is not known to start again at zero."
            if meter.rollover_at is None
            else "The value is not lower than before, so the counter did not start again.",
            field="kind",
        )
    if kind == ReadingKind.REPLACED and old_value is not None and old_value < last.value:
        raise RuleViolation(
            f"The meter taken off cannot show less than the last reading, {quantity_text(last.value)}.",
            field="old_value",
        )
