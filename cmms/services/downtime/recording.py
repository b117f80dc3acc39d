"""Stops as people record them: down, running again, corrected, attached to the work.

Locks the asset, then its stops. Work orders are not locked for it: a stop may be told of finished work.
"""

from __future__ import annotations

from datetime import datetime

from cmms import events
from cmms.choices import DowntimeSource
from cmms.models import Asset, DowntimeEvent, WorkOrder
from cmms.services.downtime.rules import apply_rules
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import User

RECORD, CORRECT = "cmms.record_downtime", "cmms.correct_downtime"
RELATIONS = [field.name for field in DowntimeEvent._meta.fields if field.is_relation]


@command
def start_downtime(
    *,
    asset_id: int,
    actor: User,
    at: datetime,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    is_planned: bool = False,
    reason: str = "",
    work_order_id: int | None = None,
) -> DowntimeEvent:
    """The asset is down (since now, or since `started_at`; with `ended_at` a stop that is over already).

    Raises Conflict where somebody already said so. Its rule may open or find work for it, unless it is planned or
    `work_order_id` names the work. Announces asset_stopped.
    """
    require(actor, RECORD)
    asset = locked_asset(asset_id=asset_id)
    if not asset.is_active:
        raise RuleViolation(f"{asset} is no longer in use.", field="asset_id")
    _require_times(started_at or at, ended_at, at)
    if ended_at is None and DowntimeEvent.objects.open().filter(asset=asset, feed=None).exists():
        raise Conflict(
            f"{asset} is already recorded as down.", field="asset_id", remedy="Say first when it ran again."
        )
    event = DowntimeEvent(
        asset=asset, source=DowntimeSource.MANUAL, started_at=started_at or at, ended_at=ended_at,
        is_planned=is_planned, reason=reason.strip(), work_order=_work_on(asset, work_order_id),
        reported_at=at, reported_by=actor,
    )  # fmt: skip
    event.clean_fields(exclude=RELATIONS)
    event.save()
    apply_rules(asset_id=asset.pk, around=[event.started_at], actor=actor, at=at)
    event.refresh_from_db()
    events.asset_stopped.send(sender=DowntimeEvent, downtime_id=event.pk, actor=actor, at=at)
    return event


@command
def end_downtime(
    *, downtime_id: int, actor: User, at: datetime, ended_at: datetime | None = None
) -> DowntimeEvent:
    """The asset can run again (since now, or `ended_at`). A machine's own stop may be ended by people, too."""
    require(actor, RECORD)
    event = locked_event(downtime_id=downtime_id)
    if not event.is_open:
        raise Conflict(f"{event} has already ended.", remedy="Correct it if the time is wrong.")
    end = ended_at or at
    _require_times(event.started_at, end, at)
    event.ended_at = end
    event.save()
    apply_rules(asset_id=event.asset_id, around=[event.started_at], actor=actor, at=at)
    event.refresh_from_db()
    events.asset_restarted.send(sender=DowntimeEvent, downtime_id=event.pk, actor=actor, at=at)
    return event


@command
def correct_downtime(
    *,
    downtime_id: int,
    started_at: datetime,
    ended_at: datetime | None,
    is_planned: bool,
    reason: str,
    actor: User,
    at: datetime,
    words: str | None = None,
) -> DowntimeEvent:
    """Put a stop's times, kind or (as `words`) its cause right; the history keeps the earlier ones and `reason`.

    What people corrected stands against later messages of a feed, except that a feed may still end an open stop.
    """
    require(actor, CORRECT)
    _require_reason(reason)
    event = locked_event(downtime_id=downtime_id)
    if event.voided_at:
        raise Conflict(f"{event} was voided.")
    if ended_at is None and event.ended_at is not None:
        raise RuleViolation("A stop that has ended keeps an end.", field="ended_at")
    _require_times(started_at, ended_at, at)
    event.started_at, event.ended_at, event.is_planned = started_at, ended_at, is_planned
    event.reason = event.reason if words is None else words.strip()
    event.corrected_at, event.ended_by_next = at, False
    event.clean_fields(exclude=RELATIONS)
    event.save()
    apply_rules(asset_id=event.asset_id, around=[event.started_at], actor=actor, at=at)
    event.refresh_from_db()
    return event


@command
def void_downtime(*, downtime_id: int, reason: str, actor: User, at: datetime) -> DowntimeEvent:
    """The stop never was: it leaves all figures and stays readable. Work that it opened stays."""
    require(actor, CORRECT)
    _require_reason(reason)
    event = locked_event(downtime_id=downtime_id)
    if event.voided_at:
        raise Conflict(f"{event} was already voided.")
    event.voided_at, event.void_reason = at, reason.strip()[:200]
    event.save()
    return event


@command
def attach_downtime(
    *, downtime_id: int, work_order_id: int | None, actor: User, at: datetime
) -> DowntimeEvent:
    """Say which work order deals with the stop, or (None) that none does."""
    require(actor, CORRECT)
    event = locked_event(downtime_id=downtime_id)
    event.work_order = _work_on(event.asset, work_order_id)
    event.save()
    return event


def locked_asset(*, asset_id: int) -> Asset:
    """The asset, locked until the transaction ends, so that its stops are judged one after another."""
    row: Asset | None = (
        Asset.objects.select_for_update(of=("self",), no_key=True).filter(pk=asset_id).order_by("pk").first()
    )
    if row is None:
        raise NotFound("That asset does not exist.", field="asset_id")
    return row


def locked_event(*, downtime_id: int) -> DowntimeEvent:
    """The stop, locked behind its asset. Raises NotFound."""
    asset_id = DowntimeEvent.objects.filter(pk=downtime_id).values_list("asset_id", flat=True).first()
    if asset_id is None:
        raise NotFound("That stop does not exist.", field="downtime_id")
    asset = locked_asset(asset_id=asset_id)
    event: DowntimeEvent = DowntimeEvent.objects.select_for_update(of=("self",)).get(pk=downtime_id)
    event.asset = asset
    return event


def _work_on(asset: Asset, work_order_id: int | None) -> WorkOrder | None:
    if work_order_id is None:
        return None
    order: WorkOrder | None = WorkOrder.objects.filter(pk=work_order_id).first()
    if order is None:
        raise NotFound("That work order does not exist.", field="work_order_id")
    return order


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RuleViolation("Say why.", field="reason")


def _require_times(started_at: datetime, ended_at: datetime | None, at: datetime) -> None:
    if started_at > at:
        raise RuleViolation("A stop cannot begin in the future.", field="started_at")
    if ended_at is not None and ended_at > at:
        raise RuleViolation("A stop cannot end in the future.", field="ended_at")
    if ended_at is not None and ended_at < started_at:
        raise RuleViolation("A stop cannot end before it begins.", field="ended_at")
