"""One location: what is there, its link for reporting; and moves of assets and locations."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.urls import reverse

from cmms.forms.places import MoveAssetForm, MoveLocationForm
from cmms.models import Asset, Location, RequestLink, WorkOrder, WorkRequest
from cmms.services.asset_moves import MOVE_ASSET, MOVE_LOCATION, affected_orders, move_asset, move_location
from cmms.services.request_links import MANAGE, end_request_link, renew_request_link
from core.forms import CommandForm
from core.views.commands import CommandView
from core.views.pages import DetailPage

MOST = 100


class LocationPage(DetailPage):
    """One location."""

    permission = "cmms.view_location"
    queryset = Location.objects.select_related("site", "parent")
    template_name = "cmms/location.html"
    panel_page = "cmms.location"

    def extra_context(self) -> dict[str, Any]:
        """Its place in the tree, what stands there, open work, its link."""
        here: Location = self.object
        may_manage = self.actor.has_perm(MANAGE)
        link = RequestLink.objects.filter(location=here).first() if may_manage else None
        address = ""
        if link and link.is_active:
            address = self.request.build_absolute_uri(reverse("cmms:public-report", args=[link.token]))
        return {
            "title": here.name,
            "above": list(here.ancestors()),
            "below": list(here.children.annotate(inside=Count("children")).order_by("code")[:MOST]),
            "assets": list(here.assets.filter(is_active=True).order_by("code")[:MOST]),
            "orders": list(WorkOrder.objects.open().filter(location=here).order_by("-pk")[:15]),
            "faults": list(WorkRequest.objects.to_review().filter(location=here).order_by("-pk")[:10]),
            "may_manage": may_manage,
            "link": link,
            "link_address": address,
        }


class OnLocation(CommandView):
    """A verb of one location; afterwards its page again."""

    queryset = Location.objects.select_related("parent", "site")

    def success_url(self, result: Any) -> str:
        """The location."""
        return reverse("cmms:location", args=[self.object.pk])

    def cancel_url(self) -> str:
        """The location."""
        return reverse("cmms:location", args=[self.object.pk])


class RenewLink(OnLocation):
    """A new address; the old one ends."""

    title = "New link for reporting"
    permission = MANAGE
    form_class = CommandForm
    success_message = "The location has a new link. Codes that were printed before open nothing any more."

    def run(self, form: Any) -> object:
        """Renew it."""
        return renew_request_link(location_id=self.object.pk, actor=self.actor, at=self.at)


class EndLink(OnLocation):
    """Nobody reports by it any more."""

    title = "End the link for reporting"
    permission = MANAGE
    form_class = CommandForm
    tone = "danger"
    success_message = "The link is ended."

    def run(self, form: Any) -> object:
        """End it."""
        return end_request_link(location_id=self.object.pk, actor=self.actor, at=self.at)


class MoveLocation(OnLocation):
    """It belongs elsewhere."""

    title = "Move location"
    permission = MOVE_LOCATION
    form_class = MoveLocationForm
    intro = "All that is below it comes along."
    success_message = "{object} is moved."

    def get_initial(self) -> dict[str, Any]:
        """Where it is."""
        return {"parent": self.object.parent or ""}

    def run(self, form: Any) -> object:
        """Move it."""
        data = form.cleaned_data
        return move_location(
            location_id=self.object.pk,
            parent_id=data["parent"].pk if data["parent"] else None,
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )


class MoveAsset(CommandView):
    """An asset comes to stand elsewhere."""

    title = "Move asset"
    permission = MOVE_ASSET
    queryset = Asset.objects.select_related("parent", "location", "site")
    form_class = MoveAssetForm
    template_name = "cmms/move_asset.html"
    submit_label = "Move"

    def extra_context(self) -> dict[str, Any]:
        """The open work that was planned for where it stands."""
        return {"open_orders": affected_orders(asset_ids=[self.object.pk])}

    def get_initial(self) -> dict[str, Any]:
        """Where it is."""
        return {"parent": self.object.parent or "", "location": self.object.location or ""}

    def run(self, form: Any) -> object:
        """Move it."""
        data = form.cleaned_data
        return move_asset(
            asset_id=self.object.pk,
            parent_id=data["parent"].pk if data["parent"] else None,
            location_id=data["location"].pk if data["location"] else None,
            reason=data["reason"],
            actor=self.actor,
            at=self.at,
        )

    def message(self, result: Any) -> str:
        """What moved, and which work to look at."""
        along = f" {len(result.along)} of its parts came along." if result.along else ""
        numbers = ", ".join(order.number for order in result.open_orders[:8])
        return f"{result.asset} is moved.{along}" + (f" Look at its open work: {numbers}." if numbers else "")

    def success_url(self, result: Any) -> str:
        """The asset."""
        return reverse("cmms:asset", args=[self.object.pk])

    def cancel_url(self) -> str:
        """The asset."""
        return reverse("cmms:asset", args=[self.object.pk])
