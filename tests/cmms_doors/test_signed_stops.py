"""Stops that machines report: signed, in any order, any number of times."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cmms.decisions.webhook_signatures import signature
from cmms.models import DowntimeEvent, DowntimeRule, StopFeed, StopFeedKey, WorkOrder
from cmms.services.downtime import make_feed_key, revoke_feed_key, start_downtime
from cmms.tasks import find_long_stops
from tests.cmms_doors.plant import Plant

pytestmark = pytest.mark.django_db


class TestSignedMessages:
    address = "/api/v1/downtime-events/ingest/"

    def feed(self, plant: Plant) -> tuple[StopFeed, str]:
        feed = StopFeed.objects.create(code="oee", name="OEE platform")
        return feed, make_feed_key(feed_id=feed.pk, actor=plant.people["admin"], at=plant.at)[1]

    def send(self, key: str, body: Any, *, at: Any = None, feed: str = "oee", **headers: str) -> Any:
        moment = str(int((at or timezone.now()).timestamp()))
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = signature(
            key=b64decode(key.removeprefix("whsec_")), message_id="msg_1", timestamp=moment, body=text
        )
        given = {
            "webhook-feed": feed, "webhook-id": "msg_1", "webhook-timestamp": moment, "webhook-signature": signed,
            **headers,
        }  # fmt: skip
        return Client().post(self.address, text, content_type="application/json", headers=given)

    def body(self, plant: Plant, end: int | None = None, **values: Any) -> dict[str, Any]:
        start = plant.at - timedelta(hours=2)
        ended = None if end is None else (start + timedelta(minutes=end)).isoformat()
        said = (start + timedelta(minutes=end or 0)).isoformat()
        event = {
            "external_id": "s-1", "asset": "P-101", "started_at": start.isoformat(), "ended_at": ended, "said_at": said,
            **values,
        }  # fmt: skip
        return {"events": [event]}

    def test_a_long_stop_opens_work_and_its_end_closes_the_loop(self, plant: Plant) -> None:
        DowntimeRule.objects.create(name="Long", longer_than_minutes=30)
        _, key = self.feed(plant)
        first = self.send(key, self.body(plant, reason="Drive fault"))
        assert first.status_code == 200, first.content
        order = WorkOrder.objects.get()
        assert first.json()["results"][0]["work_order"] == order.pk
        for _ in range(3):
            again = self.send(key, self.body(plant, end=45))
        late = self.send(key, self.body(plant))
        assert late.json() == again.json() and late.json()["results"][0]["ended_at"]
        assert WorkOrder.objects.count() == DowntimeEvent.objects.count() == 1

    def test_who_did_not_sign_is_refused(self, plant: Plant) -> None:
        feed, key = self.feed(plant)
        _, other = make_feed_key(feed_id=feed.pk, actor=plant.people["admin"], at=plant.at)
        body = self.body(plant)
        for answer in (
            self.send(key, body, **{"webhook-signature": "v1,AAAA"}),
            self.send(key, body, **{"webhook-id": "msg_2"}),
            self.send(key, body, feed="else"),
            Client().post(self.address, "{}", content_type="application/json"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
        assert self.send(other, body).status_code == 200
        revoke_feed_key(
            key_id=StopFeedKey.objects.earliest("pk").pk, actor=plant.people["admin"], at=plant.at
        )
        assert self.send(key, body).status_code == 401
        assert self.send(other, body).status_code == 200

    def test_old_messages_are_refused(self, plant: Plant) -> None:
        _, key = self.feed(plant)
        for minutes in (-6, 6):
            answer = self.send(key, self.body(plant), at=timezone.now() + timedelta(minutes=minutes))
            assert (answer.status_code, answer.json()["code"]) == (401, "stale_message")

    def test_what_cannot_be_understood_is_named(self, plant: Plant) -> None:
        _, key = self.feed(plant)
        unknown = self.send(key, self.body(plant, asset="X-9"))
        assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_asset")
        assert "There is no asset with the code X-9" in unknown.json()["detail"]
        assert self.send(key, b"no json").status_code == 400
        assert self.send(key, {"events": []}).status_code == 400
        assert not DowntimeEvent.objects.exists()

    def test_the_clock_finds_what_nobody_ends(self, plant: Plant) -> None:
        since = plant.at - timedelta(hours=3)
        start_downtime(
            asset_id=plant.pump.pk, started_at=since, actor=plant.people["technician"], at=plant.at
        )
        DowntimeRule.objects.create(name="Long", longer_than_minutes=30)
        assert [find_long_stops.apply().get() for _ in range(2)] == [1, 0]
        assert WorkOrder.objects.count() == 1
