"""People without a login report by a link, are told each step, and see no more than that."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cmms.models import Location, RequestLink, WorkRequest
from cmms.services.closing import cancel_work_order, complete_work_order
from cmms.services.execution import finish_work, start_work
from cmms.services.planning import approve_work_order, release_work_order
from cmms.services.request_links import end_request_link, renew_request_link, report_without_login
from cmms.services.work_requests import accept_work_request, join_work_request, reject_work_request
from core.errors import NotAllowed, NotFound, RuleViolation
from core.models import OutboxMessage
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64


@pytest.fixture
def plant() -> Plant:
    cache.clear()
    return build_plant()


@pytest.fixture
def link(plant: Plant) -> RequestLink:
    return renew_request_link(location_id=Location.objects.get().pk, actor=plant["planner"], at=plant.at)


def report(plant: Plant, link: RequestLink, **more: object) -> WorkRequest:
    given = {"description": "Light is out", "requester_email": "ann@example.com", **more}
    return report_without_login(token=link.token, at=plant.later(), **given)


def told() -> list[str]:
    return [
        key.rpartition(".")[2] for key in OutboxMessage.objects.order_by("pk").values_list("key", flat=True)
    ]


def post(client: Client, link: RequestLink, **more: object):
    data = {"description": "Light is out", "idempotency_key": "form-1", **more}
    return client.post(reverse("cmms:public-report", args=[link.token]), data)


def test_a_report_stands_at_the_location_with_its_words_and_photo(plant: Plant, link: RequestLink) -> None:
    photo = SimpleUploadedFile("light.jpg", JPEG)
    answer = post(Client(), link, photo=photo, requester_name="Ann", department="Packing")
    fault = WorkRequest.objects.get()
    assert answer.url == reverse("cmms:report-status", args=[fault.status_token])
    assert (fault.location, fault.requester_name, fault.department) == (link.location, "Ann", "Packing")
    assert fault.photo.content_type == "image/jpeg" and fault.created_by is None
    order = accept_work_request(work_request_id=fault.pk, actor=plant["planner"], at=plant.later())
    page = Client()
    page.force_login(plant["planner"], backend="core.backends.RoleBackend")
    shown = page.get(reverse("cmms:work-order", args=[order.pk])).content.decode()
    assert "Light is out" in shown and reverse("core:attachment", args=[fault.photo_id]) in shown


def test_the_same_form_twice_is_one_report(link: RequestLink) -> None:
    assert post(Client(), link).url == post(Client(), link).url
    assert WorkRequest.objects.count() == 1


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_stored(link: RequestLink) -> None:
    answer = post(Client(), link, photo=SimpleUploadedFile("x.jpg", b"MZ\x00\x01"))
    assert answer.status_code == 422 and not WorkRequest.objects.exists()


def test_a_program_that_fills_the_trap_changes_nothing(link: RequestLink) -> None:
    assert post(Client(), link, website="http://x").status_code == 200
    assert not WorkRequest.objects.exists()


def test_too_many_reports_are_asked_to_wait(link: RequestLink, settings) -> None:
    settings.REPORT_RATES = {"visitor": "2/hour", "link": "3/hour", "look": "100/min"}
    client = Client()
    # An address that the caller claims does not make a new caller.
    codes = [
        post(client, link, idempotency_key=f"k{n}", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
        for n in range(3)
    ]
    assert codes == [302, 302, 429]
    other = Client(REMOTE_ADDR="10.9.9.9")
    assert post(other, link, idempotency_key="a").status_code == 302
    assert post(other, link, idempotency_key="b").status_code == 429


def test_a_renewed_or_ended_link_opens_nothing(plant: Plant, link: RequestLink) -> None:
    old = link.token
    renewed = renew_request_link(location_id=link.location_id, actor=plant["planner"], at=plant.later())
    assert renewed.token != old and len(renewed.token) >= 32
    with pytest.raises(NotFound):
        report_without_login(token=old, description="x", at=plant.at)
    end_request_link(location_id=link.location_id, actor=plant["planner"], at=plant.later())
    assert Client().get(reverse("cmms:public-report", args=[renewed.token])).status_code == 404
    for verb in (renew_request_link, end_request_link):
        with pytest.raises(NotAllowed):
            verb(location_id=link.location_id, actor=plant["technician"], at=plant.at)


def test_a_report_must_say_something(plant: Plant, link: RequestLink) -> None:
    with pytest.raises(RuleViolation):
        report(plant, link, description="  ")


def test_the_requester_is_told_each_step_once(plant: Plant, link: RequestLink) -> None:
    fault = report(plant, link)
    planner = plant["planner"]
    order = accept_work_request(work_request_id=fault.pk, actor=planner, at=plant.later())
    second = report(plant, link, description="It is dark")
    join_work_request(work_request_id=second.pk, work_order_id=order.pk, actor=planner, at=plant.later())
    third = report(plant, link, description="Paint it pink")
    reject_work_request(
        work_request_id=third.pk, reason="Blue is our colour", actor=planner, at=plant.later()
    )
    approve_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    release_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    start_work(work_order_id=order.pk, actor=plant["technician"], at=plant.later())
    finish_work(work_order_id=order.pk, actor=plant["technician"], at=plant.later())
    complete_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    assert told() == ["received", "accepted", "received", "joined", "received", "rejected", "done", "done"]
    said = OutboxMessage.objects.get(key=f"work-request.{third.pk}.rejected").payload
    assert said["to"] == "ann@example.com" and "Blue is our colour" in said["body"]
    assert reverse("cmms:report-status", args=[third.status_token]) in said["body"]


def test_work_that_is_called_off_is_told_and_no_address_means_no_letter(
    plant: Plant, link: RequestLink
) -> None:
    for address in ("ann@example.com", ""):
        fault = report(plant, link, requester_email=address)
        order = accept_work_request(work_request_id=fault.pk, actor=plant["planner"], at=plant.later())
        cancel_work_order(work_order_id=order.pk, reason="Sold", actor=plant["planner"], at=plant.later())
    assert told() == ["received", "accepted", "called-off"]


def test_the_status_page_shows_steps_and_neither_costs_nor_names(plant: Plant, link: RequestLink) -> None:
    fault = report(plant, link)
    address = reverse("cmms:report-status", args=[fault.status_token])
    assert "Somebody looks at it" in Client().get(address).content.decode()
    accept_work_request(work_request_id=fault.pk, actor=plant["planner"], at=plant.later())
    answer = Client().get(address)
    shown = answer.content.decode()
    assert "accepted as planned work" in shown and "planner" not in shown and "WO-" not in shown
    assert answer["X-Robots-Tag"] == "noindex" and "no-store" in answer["Cache-Control"]
    assert Client().get(reverse("cmms:report-status", args=["x" * 40])).status_code == 404
