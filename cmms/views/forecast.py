"""Months ahead: hours by craft, parts to buy, money, as tables and as bars."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from cmms.models import MaintenancePlan
from cmms.selectors.forecast import Outlook, outlook
from core.access import can_see_costs
from core.models import Site
from core.views.lists import guarded
from core.views.pages import Page

HORIZONS = (3, 6, 12, 24)
WIDTH, HEIGHT, FOOT, HEAD, GAP = 640, 200, 26, 26, 10
COLOURS = 6


@dataclass(frozen=True)
class Bar:
    """A rectangle of the picture, in its own units."""

    x: float
    y: float
    width: float
    height: float
    colour: int
    words: str


@dataclass(frozen=True)
class Tick:
    """A month under the bars, with its sum above them."""

    x: float
    y: float
    label: str
    total: Decimal


def bars_of(found: Outlook) -> tuple[list[Bar], list[Tick]]:
    """Hours by month, stacked by craft."""
    highest = max((month.total_hours for month in found.months), default=Decimal(0)) or Decimal(1)
    room = HEIGHT - FOOT - HEAD
    slot = WIDTH / max(len(found.months), 1)
    bars: list[Bar] = []
    ticks: list[Tick] = []
    for place, month in enumerate(found.months):
        top = float(HEIGHT - FOOT)
        for number, (name, hours, _) in enumerate(found.crafts):
            height = float(hours[place] / highest) * room
            top -= height
            if height:
                words = f"{month.first:%B %Y}, {name}: {hours[place].normalize():f} h"
                bars.append(
                    Bar(
                        round(place * slot + GAP / 2, 1), round(top, 1), round(slot - GAP, 1), round(height, 1),
                        number % COLOURS, words,
                    )
                )  # fmt: skip
        ticks.append(
            Tick(round((place + 0.5) * slot, 1), round(top - 4, 1), f"{month.first:%b}", month.total_hours)
        )
    return bars, ticks


class Forecast(Page):
    """What the active plans will ask for."""

    title = "Forecast"
    permission = "cmms.view_maintenanceplan"
    template_name = "cmms/forecast.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, or its cycles as CSV with `?export=csv`."""
        if request.GET.get("export") == "csv":
            return self._csv(self._outlook())
        return super().get(request, *args, **kwargs)

    @property
    def months(self) -> int:
        """How far ahead."""
        asked = self.request.GET.get("months", "")
        return int(asked) if asked in {str(each) for each in HORIZONS} else 6

    @property
    def site_id(self) -> int | None:
        """Of one site, or None for all."""
        asked = self.request.GET.get("site", "")
        return int(asked) if asked.isascii() and asked.isdigit() and int(asked) < 2**31 else None

    def _outlook(self) -> Outlook:
        plans = MaintenancePlan.objects.filter(site=self.site_id) if self.site_id else None
        return outlook(at=self.at, months=self.months, plans=plans)

    def extra_context(self) -> dict[str, Any]:
        """Tables and picture."""
        found = self._outlook()
        bars, ticks = bars_of(found)
        costs = can_see_costs(self.actor)
        return {
            "outlook": found,
            "to_buy": [part for part in found.parts if part.short > 0],
            "bars": bars,
            "ticks": ticks,
            "picture": (WIDTH, HEIGHT),
            "foot": HEIGHT - 6,
            "crafts": [(number % COLOURS, *craft) for number, craft in enumerate(found.crafts)],
            "horizons": HORIZONS,
            "sites": list(Site.objects.filter(is_active=True).order_by("code")),
            "costs": costs,
            "currency": settings.BASE_CURRENCY,
            "today": self.at.date(),
            "total_hours": sum((month.total_hours for month in found.months), Decimal(0)),
            "total_cost": sum((month.cost for month in found.months), Decimal(0)) if costs else None,
            "unpriced": sum(month.unpriced for month in found.months),
            "shown_work": found.work[:200],
        }

    def _csv(self, found: Outlook) -> HttpResponse:
        costs = can_see_costs(self.actor)
        out = StringIO()
        writer = csv.writer(out)
        head = ["Due", "Plan", "Title", "Where", "Work", "Hours", "Buy by"]
        writer.writerow([*head, f"Cost {settings.BASE_CURRENCY}"] if costs else head)
        for each in found.work:
            plan = each.plan
            row = [
                each.due_on.isoformat(), plan.number, plan.title, str(plan.asset or plan.location), each.what,
                each.hours, each.buy_by.isoformat() if each.buy_by else "",
            ]  # fmt: skip
            money = [each.cost if each.cost is not None else ""] if costs else []
            writer.writerow([guarded(value) for value in (*row, *money)])
        response = HttpResponse(f"\ufeff{out.getvalue()}", content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="forecast.csv"'
        return response
