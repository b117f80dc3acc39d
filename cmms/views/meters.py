"""Meters: the list, one with its readings, and entering a reading on the phone."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from cmms.filters import MeterFilter
from cmms.forms.plans import ReadingForm
from cmms.models import Meter, MeterReading
from cmms.selectors.plan_states import meter_states
from cmms.services.meters import enter_reading
from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage, FragmentView

READ = "cmms.enter_reading"
LAST = MeterReading.objects.filter(meter=OuterRef("pk")).order_by("-read_at", "-pk")
LISTED = Meter.objects.select_related("asset__site", "unit").annotate(
    last_value=Subquery(LAST.values("value")[:1]), last_at=Subquery(LAST.values("read_at")[:1])
)
SHOWN_READINGS = 60


def meter_url(pk: int) -> str:
    """The page of a meter."""
    return reverse("cmms:meter", args=[pk])


class MeterList(ListPage):
    """All meters."""

    title = "Meters"
    permission = "cmms.view_meter"
    queryset = LISTED
    filterset_class = MeterFilter
    search_fields = ("name", "asset__code", "asset__name")
    search_hint = "Asset, meter"
    default_sort = "asset__code"
    columns = (
        Column("asset.code", "Asset", kind="link", url_name="cmms:meter", sort="asset__code"),
        Column(lambda row: f"{row.asset.name}, {row.name}", "Meter", key="meter", sort="name", kind="link", url_name="cmms:meter", phone="title"),
        Column("last_value", "Last reading", kind="quantity", unit="unit.code", sort="last_value"),
        Column("last_at", "Read", kind="datetime", sort="last_at"),
        Column("is_active", "In use", kind="bool", phone="hidden", sort="is_active"),
    )  # fmt: skip
    empty_title = "No meters yet"
    empty_text = "Add them under Administration: what counts hours, cycles or kilometres on an asset."


class MeterPage(DetailPage):
    """One meter."""

    permission = "cmms.view_meter"
    queryset = LISTED
    template_name = "cmms/meter.html"
    panel_page = "cmms.meter"

    def extra_context(self) -> dict[str, Any]:
        """Its use per day, its readings, the plans that count by it."""
        meter: Meter = self.object
        return {
            "title": f"{meter.name}, {meter.asset.name}",
            "state": meter_states([meter.pk], self.at).get(meter.pk),
            "readings": list(
                meter.readings.select_related("read_by").order_by("-read_at", "-pk")[:SHOWN_READINGS]
            ),
            "plans": list(meter.maintenance_plans.select_related("clock").order_by("number")[:30]),
            "may_read": meter.is_active and self.actor.has_perm(READ),
        }


class AssetMeters(FragmentView):
    """The meters of an asset, on its page."""

    permission = "cmms.view_meter"
    template_name = "cmms/_asset_meters.html"

    def extra_context(self) -> dict[str, Any]:
        """Each with its last reading and its use per day."""
        meters = list(LISTED.filter(asset=self.kwargs["pk"], is_active=True).order_by("name")[:20])
        states = meter_states([meter.pk for meter in meters], self.at)
        return {
            "rows": [(meter, states.get(meter.pk)) for meter in meters],
            "may_read": self.actor.has_perm(READ),
        }


class EnterReading(CommandView):
    """What the meter shows now."""

    title = "Enter a reading"
    permission = READ
    queryset = LISTED
    form_class = ReadingForm
    submit_label = "Save reading"
    template_name = "cmms/reading_form.html"
    success_message = "Kept: {result.value:f}."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which meter."""
        return f"{self.object.asset} · {self.object.name}"

    def run(self, form: Any) -> object:
        """Keep it."""
        data = form.cleaned_data
        return enter_reading(
            meter_id=self.object.pk,
            value=data["value"],
            kind=data["kind"] or "NORMAL",
            old_value=data["old_value"],
            reason=data["reason"],
            read_at=data["read_at"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """The asset, where the next meter waits."""
        return reverse("cmms:asset", args=[self.object.asset_id])

    def cancel_url(self) -> str:
        """The asset."""
        return reverse("cmms:asset", args=[self.object.asset_id])
