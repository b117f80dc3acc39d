"""The shape of a question for figures."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from cmms.choices import FailureBasis, PmRule
from cmms.forms.downtime import AssetField
from cmms.models import AssetClass
from cmms.selectors.kpis import Question
from core.forms import style_fields
from core.models import Site

LONGEST = timedelta(days=366 * 20)


class QuestionForm(forms.Form):
    """Which assets, which time, by which rules. Both days count."""

    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    asset = AssetField(label="Asset, with all below it", required=False)
    site = forms.ModelChoiceField(
        Site.objects.filter(is_active=True).order_by("code"), required=False, empty_label="Any"
    )
    asset_class = forms.ModelChoiceField(
        AssetClass.objects.order_by("code"), label="Class", required=False, empty_label="Any"
    )
    pm_rule = forms.ChoiceField(label="On time means", choices=PmRule.choices, required=False)
    basis = forms.ChoiceField(label="A failure is", choices=FailureBasis.choices, required=False)

    def __init__(self, data: Any, *, now: datetime) -> None:
        self.now = now
        today = now.date()
        first = date(today.year - 1, today.month % 12 + 1, 1) if today.month < 12 else date(today.year, 1, 1)
        usual = {
            "since": first.isoformat(), "until": today.isoformat(), "pm_rule": PmRule.DUE, "basis": FailureBasis.STOPS,
        }  # fmt: skip
        given = {name: data.get(name) for name in self.base_fields if data.get(name)}
        super().__init__({**usual, **given})
        style_fields(self)

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and not since <= until < since + LONGEST:
            self.add_error("until", "The last day comes after the first, at most 20 years later.")
        return data

    @property
    def zone(self) -> ZoneInfo:
        """Whose midnight a day begins at: that of the asset's or site's, else UTC."""
        data = self.cleaned_data
        asset, site = data.get("asset"), data.get("site")
        found = site or (asset.site if asset else None)
        return ZoneInfo(found.timezone if found else "UTC")

    def question(self) -> Question:
        """The question of a valid form."""
        data, zone = self.cleaned_data, self.zone
        asset, site, of_class = data["asset"], data["site"], data["asset_class"]
        return Question(
            since=datetime.combine(data["since"], time(), tzinfo=zone),
            until=datetime.combine(data["until"] + timedelta(days=1), time(), tzinfo=zone),
            now=self.now,
            asset_id=asset.pk if asset else None,
            site_id=site.pk if site else None,
            class_id=of_class.pk if of_class else None,
            pm_rule=data["pm_rule"] or PmRule.DUE,
            basis=data["basis"] or FailureBasis.STOPS,
        )
