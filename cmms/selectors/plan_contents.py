"""What the job plans of maintenance plans take: steps, hours, parts, and what these cost today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from cmms.choices import Execution, RevisionStatus
from cmms.decisions.plan_forecast import Content, PartNeed
from cmms.models import CraftRate, JobPlanPart, JobPlanRevision, JobPlanStep, StockItem

ZERO = Decimal(0)
CostsAtSite = Mapping[tuple[int, int], Decimal]


@dataclass(frozen=True)
class PlannedWork:
    """The approved revision of a job plan with its steps and parts."""

    revision: JobPlanRevision
    steps: tuple[JobPlanStep, ...] = ()
    parts: tuple[JobPlanPart, ...] = ()


def approved_work(job_plan_ids: Collection[int]) -> dict[int, PlannedWork]:
    """By job plan, those that have an approved revision; three statements."""
    revisions = list(
        JobPlanRevision.objects.filter(
            job_plan__in=job_plan_ids, status=RevisionStatus.APPROVED
        ).select_related("job_plan")
    )
    keys = [each.pk for each in revisions]
    steps: dict[int, list[JobPlanStep]] = defaultdict(list)
    for step in (
        JobPlanStep.objects.filter(revision__in=keys).select_related("craft").order_by("sequence", "pk")
    ):
        steps[step.revision_id].append(step)
    parts: dict[int, list[JobPlanPart]] = defaultdict(list)
    for part in JobPlanPart.objects.filter(revision__in=keys).select_related("item__unit").order_by("pk"):
        parts[part.revision_id].append(part)
    return {
        each.job_plan_id: PlannedWork(each, tuple(steps.get(each.pk, ())), tuple(parts.get(each.pk, ())))
        for each in revisions
    }


def craft_rates(on: date) -> dict[int | None, Decimal]:
    """The hourly rate of each craft on a day, base currency; one statement."""
    rows = (
        CraftRate.objects.filter(valid_from__lte=on).order_by("craft_id", "-valid_from").distinct("craft_id")
    )
    return dict(rows.values_list("craft_id", "hourly_rate"))


def costs_at_sites(item_ids: Collection[int], site_ids: Collection[int]) -> dict[tuple[int, int], Decimal]:
    """Average cost of items in the storerooms of sites, by (item, site), where there is any; one statement."""
    rows = (
        StockItem.objects.filter(item__in=item_ids, storeroom__site__in=site_ids, quantity_on_hand__gt=0)
        .order_by()
        .values_list("item_id", "storeroom__site_id")
        .annotate(value=Sum("value"), held=Sum("quantity_on_hand"))
    )
    return {(item, site): value / held for item, site, value, held in rows}


def stock_on_hand(item_ids: Collection[int], site_ids: Collection[int] | None = None) -> dict[int, Decimal]:
    """What is free of items, in active storerooms of these sites or all; one statement."""
    rows = StockItem.objects.filter(item__in=item_ids, storeroom__is_active=True)
    if site_ids is not None:
        rows = rows.filter(storeroom__site__in=site_ids)
    free = Sum(F("quantity_on_hand") - F("quantity_reserved"))
    return dict(rows.order_by().values_list("item_id").annotate(free=free))


def unit_cost_of(part: JobPlanPart, site_id: int, costs: CostsAtSite) -> Decimal | None:
    """What one of a part costs: the stock average of the site, else the job plan's estimate, else no data."""
    return costs.get((part.item_id, site_id), part.estimated_unit_cost)


def content_of_work(
    work: PlannedWork, *, site_id: int, costs: CostsAtSite, lead_days: int, rounds: int = 1
) -> Content:
    """Hours by craft and parts of one time, at each of `rounds` stops; outside steps cost what was agreed."""
    hours: dict[int | None, Decimal] = {}
    other: Decimal | None = ZERO
    for step in work.steps:
        if step.execution == Execution.OUTSIDE:
            other = None if other is None or step.outside_cost is None else other + step.outside_cost * rounds
        elif step.estimated_hours:
            hours[step.craft_id] = hours.get(step.craft_id, ZERO) + step.estimated_hours * rounds
    parts = tuple(
        PartNeed(
            part.item_id,
            part.quantity * rounds,
            unit_cost_of(part, site_id, costs),
            lead_days if part.lead_days is None else part.lead_days,
        )
        for part in work.parts
    )
    return Content(work.revision.job_plan_id, hours, parts, other)
