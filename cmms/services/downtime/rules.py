"""Stops that become work: the rule of an asset opens a job, or hangs the stop on the one that goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from cmms.choices import StopOutcome, WorkOrderType, WorkRequestStatus
from cmms.decisions.stops import Handover, Stop, Terms, exceeds, hand_over
from cmms.models import Asset, DowntimeEvent, DowntimeRule, WorkOrder, WorkRequest
from cmms.selectors.asset_tree import assets_above
from core.commands import command
from core.history import bulk_update_with_history
from core.models import User
from core.numbering import next_number

MOST_OPEN = 5000


def terms_of(*, rule: DowntimeRule) -> Terms:
    """The rule as arithmetic."""
    minutes, hours = rule.longer_than_minutes, rule.within_hours
    return Terms(
        longer_than=None if minutes is None else timedelta(minutes=minutes),
        repeats=rule.repeats,
        within=None if hours is None else timedelta(hours=hours),
        link_within=timedelta(hours=rule.link_within_hours),
    )


def best_rule(
    *, asset: Asset, ancestors: Sequence[int], rules: Iterable[DowntimeRule]
) -> DowntimeRule | None:
    """The most exact rule for an asset: its own, that of the nearest asset above it, class, site, any.

    `ancestors`: keys from the asset itself upwards.
    """
    fitting = [
        rule
        for rule in rules
        if (rule.asset_id is None or rule.asset_id in ancestors)
        and rule.asset_class_id in {None, asset.asset_class_id}
        and rule.site_id in {None, asset.site_id}
    ]

    def exactness(rule: DowntimeRule) -> tuple[bool, int, bool, bool, int]:
        near = -ancestors.index(rule.asset_id) if rule.asset_id is not None else 0
        return (
            rule.asset_id is not None, near, rule.asset_class_id is not None, rule.site_id is not None, -rule.pk,
        )  # fmt: skip

    return max(fitting, key=exactness, default=None)


@command
def apply_rules(*, asset_id: int, around: Sequence[datetime], actor: User | None, at: datetime) -> int:
    """Turn the stops of an asset around these moments into work as its rule says; the number of stops handed over.

    Safe to repeat: a stop that has work is left alone. The caller is let in by its own right (recording a stop, a
    signed message, the clock): what a rule opens, the rule answers for. Locks the asset.
    """
    asset: Asset = (
        Asset.objects.select_for_update(of=("self",), no_key=True).filter(pk=asset_id).order_by("pk").get()
    )
    rules = list(DowntimeRule.objects.filter(is_active=True))
    if not rules or not around:
        return 0
    above = [asset.pk, *(each.pk for each in reversed(assets_above(asset)))]
    rule = best_rule(asset=asset, ancestors=above, rules=rules)
    if rule is None:
        return 0
    rows = _stops_around(asset, terms_of(rule=rule), around)
    plan = hand_over([_as_stop(row) for row in rows], terms_of(rule=rule), at)
    _carry_out(plan=plan, rows={row.pk: row for row in rows}, asset=asset, rule=rule, actor=actor, at=at)
    return len(plan)


def _stops_around(asset: Asset, terms: Terms, around: Sequence[datetime]) -> list[DowntimeEvent]:
    reach = max(terms.link_within, terms.within or timedelta())
    since, until = min(around) - reach, max(around) + reach
    near = Q(started_at__lte=until) & (Q(ended_at__isnull=True) | Q(ended_at__gte=since))
    return list(
        DowntimeEvent.objects.unplanned()
        .filter(near, asset=asset)
        .select_related("work_order", "work_request__work_order")
        .order_by("started_at", "pk")
    )


def _as_stop(row: DowntimeEvent) -> Stop:
    request = row.work_request
    order = row.work_order or (request.work_order if request else None)
    if order is not None:
        return Stop(row.pk, row.started_at, row.ended_at, f"order:{order.pk}", not order.is_finished)
    if request is not None:
        is_open = request.status == WorkRequestStatus.NEW
        return Stop(row.pk, row.started_at, row.ended_at, f"request:{request.pk}", is_open)
    return Stop(row.pk, row.started_at, row.ended_at)


def _carry_out(
    *,
    plan: Sequence[Handover],
    rows: dict[int, DowntimeEvent],
    asset: Asset,
    rule: DowntimeRule,
    actor: User | None,
    at: datetime,
) -> None:
    opened = ""
    for each in plan:
        row = rows[each.key]
        job = each.job or opened or _open_job(row, each, rows, asset, rule, actor, at)
        opened = job
        kind, _, key = job.partition(":")
        if kind == "order":
            row.work_order_id = int(key)
        else:
            row.work_request_id = int(key)
        row.rule, row.repeat_of_id = rule, each.after
    bulk_update_with_history(
        [rows[each.key] for each in plan], ["work_order", "work_request", "rule", "repeat_of"]
    )


def _open_job(
    row: DowntimeEvent,
    each: Handover,
    rows: dict[int, DowntimeEvent],
    asset: Asset,
    rule: DowntimeRule,
    actor: User | None,
    at: datetime,
) -> str:
    """A draft work order or a request to review, as the rule says; its name for the plan."""
    words = f"{asset.name} has stood still since {row.started_at:%d %b %Y %H:%M} UTC."
    text = "\n".join(filter(None, [words, row.reason, _earlier(each, rows), f"Opened by the rule “{rule}”."]))
    if rule.opens == StopOutcome.REQUEST:
        request = WorkRequest(
            number=next_number("WR"), created_at=at, created_by=actor, description=text, asset=asset,
            location_id=asset.location_id, site_id=asset.site_id, requester=actor, is_asset_down=True,
            priority=rule.priority, requester_name="" if actor else "Machine data",
        )  # fmt: skip
        request.save()
        return f"request:{request.pk}"
    order = WorkOrder(
        number=next_number("WO"), created_at=at, created_by=actor, description=text, asset=asset,
        title=f"Stop: {row.reason or asset.name}"[:200], type=WorkOrderType.CORRECTIVE, priority=rule.priority,
        location_id=asset.location_id, site_id=asset.site_id, cost_centre_id=asset.cost_centre_id,
        requester=actor, reported_at=row.started_at,
    )  # fmt: skip
    order.save()
    return f"order:{order.pk}"


def _earlier(each: Handover, rows: dict[int, DowntimeEvent]) -> str:
    last = rows[each.after] if each.after is not None else None
    order = last and last.work_order
    return f"It repeats the stop that {order} dealt with." if order else ""


@command
def check_open_stops(*, at: datetime) -> int:
    """Find stops that outlast their rule while nobody ends them; the number of stops handed over.

    For the clock: safe to run twice or late. Two reads, and one command per asset beyond its rule.
    """
    stops = list(
        DowntimeEvent.objects.open()
        .filter(is_planned=False, work_order=None, work_request=None)
        .select_related("asset")
        .order_by("asset_id", "pk")[:MOST_OPEN]
    )
    rules = list(DowntimeRule.objects.filter(is_active=True, longer_than_minutes__isnull=False))
    if not stops or not rules:
        return 0
    due: dict[int, list[datetime]] = {}
    for stop in stops:
        if any(exceeds(_as_stop(stop), terms_of(rule=rule), at) for rule in rules):
            due.setdefault(stop.asset_id, []).append(stop.started_at)
    return sum(
        apply_rules(asset_id=asset_id, around=starts, actor=None, at=at) for asset_id, starts in due.items()
    )
