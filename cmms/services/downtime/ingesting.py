"""Stops as machines report them: any order of messages, any number of times, the same state at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from cmms.choices import DowntimeSource
from cmms.decisions.stops import Told, implied_ends, is_newer
from cmms.models import Asset, DowntimeEvent, StopFeed
from cmms.services.downtime.rules import apply_rules
from core.commands import command
from core.errors import Conflict, RuleViolation

MOST_AT_ONCE = 200
CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True)
class StopMessage:
    """All that a feed knows of one stop at `said_at` (its own clock). Without `ended_at` the asset is still down."""

    external_id: str
    asset_code: str
    started_at: datetime
    said_at: datetime
    ended_at: datetime | None = None
    is_planned: bool = False
    reason: str = ""

    @property
    def told(self) -> Told:
        """What orders messages of one stop: the feed's clock, then the content."""
        text = json.dumps(asdict(self), sort_keys=True, default=lambda value: value.isoformat())
        return Told(self.said_at, hashlib.sha256(text.encode()).hexdigest())


@command
def ingest_stops(*, feed: StopFeed, messages: Sequence[StopMessage], at: datetime) -> list[DowntimeEvent]:
    """Take over what a feed says, all of it or nothing; the stops in the order of the messages.

    For each stop the message with the latest `said_at` holds. A stop whose end was not reported ends where the
    feed's next stop of that asset begins. What people corrected or voided stands, but an open one may still be
    ended. Raises RuleViolation naming the message (`events.<n>.<field>`), for an unknown asset among others.
    """
    if not 1 <= len(messages) <= MOST_AT_ONCE:
        raise RuleViolation(f"Send 1 to {MOST_AT_ONCE} stops at once.", field="events")
    assets = _locked_assets(messages)
    for number, message in enumerate(messages):
        _check(number, message, assets, at)
    known = {
        row.external_id: row
        for row in DowntimeEvent.objects.select_for_update(of=("self",)).filter(
            feed=feed, external_id__in=[each.external_id for each in messages]
        )
    }
    touched: dict[int, list[datetime]] = {}
    for number, message in enumerate(messages):
        asset = assets[message.asset_code]
        row = known.get(message.external_id)
        if row is not None and row.asset_id != asset.pk:
            raise Conflict(
                f"Stop {message.external_id} is already known on another asset.",
                field=f"events.{number}.asset",
            )
        known[message.external_id] = _take_over(row, message, asset, feed, at)
        touched.setdefault(asset.pk, []).append(message.started_at)
    for asset_id, moments in sorted(touched.items()):
        apply_rules(asset_id=asset_id, around=moments, actor=None, at=at)
    rows = DowntimeEvent.objects.select_related("asset", "work_order", "work_request").in_bulk(
        [row.pk for row in known.values()]
    )
    return [rows[known[message.external_id].pk] for message in messages]


def _locked_assets(messages: Sequence[StopMessage]) -> dict[str, Asset]:
    codes = {message.asset_code for message in messages}
    rows = Asset.objects.select_for_update(of=("self",), no_key=True).filter(code__in=codes).order_by("pk")
    return {row.code: row for row in rows}


def _check(number: int, message: StopMessage, assets: dict[str, Asset], at: datetime) -> None:
    here = f"events.{number}"
    if message.asset_code not in assets:
        raise RuleViolation(
            f"There is no asset with the code {message.asset_code}.",
            field=f"{here}.asset",
            code="unknown_asset",
            remedy="Send the code as it is written in the asset list.",
        )
    if not message.external_id:
        raise RuleViolation("A stop needs an id of the feed.", field=f"{here}.external_id")
    if message.ended_at is not None and message.ended_at < message.started_at:
        raise RuleViolation("A stop cannot end before it begins.", field=f"{here}.ended_at")
    latest = max(message.started_at, message.ended_at or message.started_at, message.said_at)
    if latest > at + CLOCK_SLACK:
        raise RuleViolation("A stop cannot be in the future.", field=f"{here}.started_at")


def _take_over(
    row: DowntimeEvent | None, message: StopMessage, asset: Asset, feed: StopFeed, at: datetime
) -> DowntimeEvent:
    """The stop as the newest message has it, stored with the ends that follow for its neighbours."""
    told = message.told
    if row is not None and not is_newer(told, _known(row)):
        return row
    if row is not None and (row.corrected_at or row.voided_at):
        if row.ended_at is None and not row.voided_at and message.ended_at is not None:
            row.ended_at = max(message.ended_at, row.started_at)
            row.save()
        return row
    if row is None:
        row = DowntimeEvent(
            asset=asset,
            source=DowntimeSource.FEED,
            feed=feed,
            external_id=message.external_id,
            reported_at=at,
        )
    row.started_at, row.ended_at, row.ended_by_next = message.started_at, message.ended_at, False
    row.is_planned, row.reason = message.is_planned, message.reason.strip()[:200]
    row.said_at, row.said_digest = told.said_at, told.digest
    _settle_ends(row)
    return row


def _known(row: DowntimeEvent) -> Told | None:
    return Told(row.said_at, row.said_digest) if row.said_at else None


def _settle_ends(changed: DowntimeEvent) -> None:
    """Store the stop, and the ends that follow for the feed's stops of that asset without a reported one.

    Stops that get an end are stored before those that lose theirs, so that never two are open.
    """
    mine = DowntimeEvent.objects.valid().filter(feed=changed.feed, asset=changed.asset)
    guessed = Q(ended_at=None) | Q(ended_by_next=True, corrected_at=None)
    rows = [*mine.filter(guessed).exclude(external_id=changed.external_id), changed]
    waiting = {row.external_id for row in rows if row.ended_at is None or row.ended_by_next}
    since = min(row.started_at for row in rows)
    starts = dict(mine.filter(started_at__gte=since).values_list("external_id", "started_at"))
    starts |= {row.external_id: row.started_at for row in rows}
    ends = implied_ends([(key, start, key in waiting) for key, start in starts.items()])
    for row in sorted(rows, key=lambda row: ends.get(row.external_id, row.ended_at) is None):
        if row.external_id in ends:
            end = ends[row.external_id]
            if row is not changed and row.ended_at == end:
                continue
            row.ended_at, row.ended_by_next = end, end is not None
        row.clean_fields(exclude=RELATIONS)
        row.save()


RELATIONS = [field.name for field in DowntimeEvent._meta.fields if field.is_relation]
