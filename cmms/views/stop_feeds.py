"""Keys of the platforms that report stops; a new key's text is shown once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from cmms.filters import StopFeedFilter
from cmms.models import StopFeed, StopFeedKey
from cmms.services.downtime import make_feed_key, revoke_feed_key
from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage

ROTATE = "cmms.rotate_stop_feed_key"


class FeedList(ListPage):
    """Platforms that may report stops."""

    title = "Stop feeds"
    subtitle = "Machine data that reports stops under a signature."
    permission = "cmms.view_stopfeed"
    queryset = StopFeed.objects.all()
    filterset_class = StopFeedFilter
    search_fields = ("code", "name")
    search_hint = "Code or name"
    default_sort = "code"
    columns = (
        Column("code", "Code", kind="link", url_name="cmms:stop-feed", sort="code"),
        Column("name", "Name", kind="link", url_name="cmms:stop-feed", phone="title", sort="name"),
        Column("is_active", "In use", kind="bool", sort="is_active"),
    )
    empty_title = "No feed yet"
    empty_text = "Add one under Administration, then make a key for it here."


class FeedPage(DetailPage):
    """One feed with its keys."""

    permission = "cmms.view_stopfeed"
    queryset = StopFeed.objects.all()
    template_name = "cmms/stop_feed.html"
    secret = ""

    def extra_context(self) -> dict[str, Any]:
        """Its keys, the address it sends to; the text of a key that was made just now."""
        return {
            "keys": list(self.object.keys.select_related("created_by").order_by("-pk")[:20]),
            "may_rotate": self.actor.has_perm(ROTATE),
            "address": self.request.build_absolute_uri("/api/v1/downtime-events/ingest/"),
            "secret": self.secret,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make a key. Its text is in this answer only, so the answer is not kept for a second delivery."""
        self.load()
        _, self.secret = make_feed_key(feed_id=self.object.pk, actor=self.actor, at=self.at)
        answer = self.render()
        answer["Cache-Control"] = "no-store"
        return answer


class RevokeKey(CommandView):
    """The key is not accepted any more."""

    title = "Revoke the key"
    permission = ROTATE
    tone = "danger"
    queryset = StopFeedKey.objects.select_related("feed")
    intro = "Messages signed with it are refused from now on."
    success_message = "The key is revoked."

    def run(self, form: Any) -> object:
        """Revoke it."""
        return revoke_feed_key(key_id=self.object.pk, actor=self.actor, at=self.at)

    def success_url(self, result: Any) -> str:
        """The feed."""
        return reverse("cmms:stop-feed", args=[self.object.feed_id])

    def cancel_url(self) -> str:
        """The feed."""
        return reverse("cmms:stop-feed", args=[self.object.feed_id])
