"""Files of assets and work, spare-part lists, audit findings, likely duplicates."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cmms.models import AssetDocument, SparePart, WorkOrder, WorkRequest
from cmms.selectors.duplicates import likely_duplicates, with_likely_twice
from cmms.services.closing import complete_work_order
from cmms.services.documents import (
    add_asset_document,
    add_work_order_document,
    remove_asset_document,
    remove_spare_part,
    set_spare_part,
)
from cmms.services.execution import finish_work, start_work
from cmms.services.planning import (
    approve_work_order,
    create_work_order,
    release_work_order,
    update_work_order,
)
from cmms.services.work_requests import accept_work_request, join_work_request, report_fault
from core.errors import Conflict, NotAllowed, RuleViolation
from core.selectors import may_open
from tests.plant import Plant, build_plant

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 manual"


@pytest.fixture
def plant() -> Plant:
    return build_plant()


def fault(plant: Plant, words: str = "It leaks") -> WorkRequest:
    return report_fault(
        description=words,
        asset_id=plant.asset.pk,
        location_id=None,
        actor=plant["technician"],
        at=plant.later(),
    )


def test_a_file_of_an_asset_is_known_by_its_content_and_stays_stored_when_taken_off(plant: Plant) -> None:
    planner = plant["planner"]
    with pytest.raises(RuleViolation, match="kind of file"):
        add_asset_document(
            asset_id=plant.asset.pk, content=PDF, name="x.jpg", kind="PHOTO", actor=planner, at=plant.at
        )
    kept = add_asset_document(
        asset_id=plant.asset.pk, content=PDF, name="pump.pdf", kind="MANUAL", actor=planner, at=plant.at
    )
    assert (kept.title, kept.attachment.content_type) == ("pump.pdf", "application/pdf")
    assert may_open(plant["technician"], kept.attachment)
    remove_asset_document(document_id=kept.pk, reason="Old issue", actor=planner, at=plant.later())
    kept.refresh_from_db()
    assert kept.removed_at and kept.history.first().history_change_reason == "Old issue"
    with pytest.raises(Conflict):
        remove_asset_document(document_id=kept.pk, reason="Again", actor=planner, at=plant.later())
    with pytest.raises(NotAllowed):
        add_asset_document(
            asset_id=plant.asset.pk, content=PDF, name="x.pdf", actor=plant["technician"], at=plant.at
        )
    assert AssetDocument.objects.count() == 1


def test_the_spare_part_list_is_edited_by_planners(plant: Plant) -> None:
    item = plant.item("SEAL")
    given = {"asset_id": plant.asset.pk, "item_id": item.pk, "at": plant.at}
    set_spare_part(**given, quantity_fitted=Decimal(2), actor=plant["planner"])
    part = set_spare_part(**given, quantity_fitted=Decimal(3), note="Shaft end", actor=plant["planner"])
    assert (part.quantity_fitted, part.note, part.history.count()) == (3, "Shaft end", 2)
    with pytest.raises(RuleViolation):
        set_spare_part(**given, quantity_fitted=Decimal(0), actor=plant["planner"])
    with pytest.raises(NotAllowed):
        set_spare_part(**given, quantity_fitted=Decimal(1), actor=plant["technician"])
    remove_spare_part(spare_part_id=part.pk, actor=plant["planner"], at=plant.later())
    assert not SparePart.objects.exists()


def finding(plant: Plant) -> WorkOrder:
    return create_work_order(
        title="Guard missing",
        asset_id=plant.asset.pk,
        type="AUDIT_FINDING",
        actor=plant["planner"],
        at=plant.later(),
    )


def test_an_audit_finding_needs_a_date_and_evidence(plant: Plant) -> None:
    order, planner, worker = finding(plant), plant["planner"], plant["technician"]
    with pytest.raises(RuleViolation, match="needs a date"):
        approve_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    update_work_order(
        work_order_id=order.pk, due_at=plant.at + timedelta(days=9), actor=planner, at=plant.later()
    )
    approve_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    release_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    start_work(work_order_id=order.pk, actor=worker, at=plant.later())
    finish_work(work_order_id=order.pk, actor=worker, at=plant.later())
    given = {
        "work_order_id": order.pk,
        "content": PDF,
        "name": "photo.pdf",
        "actor": worker,
        "at": plant.later(),
    }
    add_work_order_document(**given)
    with pytest.raises(Conflict, match="without evidence"):
        complete_work_order(work_order_id=order.pk, actor=planner, at=plant.later())
    add_work_order_document(**given, is_evidence=True)
    assert complete_work_order(work_order_id=order.pk, actor=planner, at=plant.later()).status == "COMPLETED"


def test_reports_of_one_asset_in_two_weeks_are_likely_the_same(plant: Plant) -> None:
    old = fault(plant)
    plant.later(days=20)
    first, second = fault(plant), fault(plant, "Water on the floor")
    assert likely_duplicates(second) == [first]
    marked = {row.pk: row.likely_twice for row in with_likely_twice(WorkRequest.objects.all())}
    assert marked == {old.pk: False, first.pk: True, second.pk: True}
    order = accept_work_request(work_request_id=first.pk, actor=plant["planner"], at=plant.later())
    assert likely_duplicates(second)[0].work_order == order
    join_work_request(
        work_request_id=second.pk, work_order_id=order.pk, actor=plant["planner"], at=plant.later()
    )
    assert [each.description for each in order.work_requests.order_by("pk")] == [
        "It leaks",
        "Water on the floor",
    ]


def test_duplicates_take_one_statement_however_many(plant: Plant) -> None:
    last = fault(plant)
    for _ in range(12):
        last = fault(plant)
    with CaptureQueriesContext(connection) as statements:
        assert len(likely_duplicates(last)) == 10
    assert len(statements) == 1
