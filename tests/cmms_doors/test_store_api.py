"""The stores through the API: each verb, blind counts, hidden amounts, refusals in words."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from cmms.models import Bin, Serial, StockItem, StockTransfer, WorkOrder
from cmms.selectors.stock_replay import replay_differences
from tests.cmms_doors.plant import Plant
from tests.cmms_doors.store import fill

pytestmark = pytest.mark.django_db
ApiAs = Callable[[str], APIClient]
COLLECTIONS = [
    "bins", "lots", "serials", "stock-levels", "stock-placements", "fittings", "reservations", "stock-transfers",
    "stock-counts", "stock-count-lines", "reorder-proposals", "stock-items", "stock-movements",
]  # fmt: skip


@pytest.fixture
def keys(plant: Plant) -> dict[str, int]:
    return fill(plant)


def ok(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_every_collection_is_read(keys: dict[str, int], api_as: ApiAs) -> None:
    for name in COLLECTIONS:
        assert ok(api_as("storekeeper").get(f"/api/v1/{name}/"))["results"] or name == "reorder-proposals", (
            name
        )
    assert api_as("technician").get("/api/v1/stock-counts/").status_code == 403


def test_pieces(keys: dict[str, int], api_as: ApiAs) -> None:
    keeper = api_as("storekeeper")
    motor = StockItem.objects.get(pk=keys["motor"])
    address = f"/api/v1/stock-items/{motor.pk}"
    pieces = [{"quantity": "1", "serial_numbers": ["GM-1"]}]
    ok(keeper.post(f"{address}/put-away/", {"from_bin": motor.bin_id, "pieces": pieces}))
    number, to = Serial.objects.get(number="GM-1"), Bin.objects.get(code="B-1")
    ok(
        keeper.post(
            f"{address}/move-bin/", {"to_bin": to.pk, "from_bin": motor.bin_id, "serials": [number.pk]}
        )
    )
    order = WorkOrder.objects.earliest("pk").pk
    wanted = {"work_order": order, "quantity": "1", "picks": [{"quantity": "1", "serials": [number.pk]}]}
    out = ok(keeper.post(f"{address}/issue/", wanted), 201)
    assert ok(keeper.get(f"/api/v1/serials/{number.pk}/"))["status"] == "ISSUED"
    back = {"quantity": "1", "serials": [number.pk], "reason": "Not used"}
    ok(keeper.post(f"/api/v1/stock-movements/{out['id']}/return/", back), 201)
    refused = keeper.post(f"{address}/issue/", {"work_order": order, "quantity": "1"})
    assert refused.status_code == 422 and "serial numbers" in refused.json()["detail"]
    tracked = ok(keeper.post(f"/api/v1/stock-items/{keys['plain']}/set-tracking/", {"tracking": "LOT"}))
    assert tracked["tracking"] == "LOT"
    where = ok(keeper.get(f"/api/v1/stock-placements/?serial={number.pk}"))["results"]
    assert order in {each["work_order"] for each in where}
    assert replay_differences() == []


def test_parts_fitted_and_removed(keys: dict[str, int], api_as: ApiAs) -> None:
    technician = api_as("technician")
    item = StockItem.objects.get(pk=keys["motor"]).item_id
    body = {"work_order": keys["order"], "item": item, "serial_number": "X-1", "position": "drive end"}
    fitted = ok(technician.post("/api/v1/fittings/", body), 201)
    assert (fitted["serial_number"], fitted["asset"]) == ("X-1", keys["asset"])
    gone = {"work_order": keys["order"], "reason": "Worn"}
    out = ok(technician.post(f"/api/v1/fittings/{fitted['id']}/remove/", gone))
    assert out["removal_reason"] == "Worn"
    stored = api_as("storekeeper").post(
        f"/api/v1/serials/{fitted['serial']}/store/", {"storeroom": keys["store"]}
    )
    assert ok(stored, 201)["kind"] == "REFURBISHED"


def test_a_transfer(keys: dict[str, int], api_as: ApiAs) -> None:
    keeper = api_as("storekeeper")
    to = StockTransfer.objects.get().to_storeroom_id
    body = {"to_storeroom": to, "lines": [{"stock_item": keys["lots"], "quantity": "2"}]}
    sent = ok(keeper.post("/api/v1/stock-transfers/", body), 201)
    line = sent["lines"][0]
    assert line["value"] == "96.2000"
    address = f"/api/v1/stock-transfers/{sent['id']}"
    part = ok(keeper.post(f"{address}/receive/", {"lines": [{"line": line["id"], "quantity": "1"}]}))
    assert (part["status"], part["lines"][0]["quantity_received"]) == ("SENT", "1.0000")
    assert ok(keeper.post(f"{address}/receive/"))["status"] == "RECEIVED"
    assert ok(keeper.post(f"{address}/undo/", {"reason": "Mistake"}))["status"] == "UNDONE"


def test_a_count_is_blind_and_approved(keys: dict[str, int], api_as: ApiAs) -> None:
    keeper = api_as("storekeeper")
    body = {"storeroom": keys["store"], "stock_items": [keys["plain"]]}
    count = ok(keeper.post("/api/v1/stock-counts/", body), 201)
    [line] = ok(keeper.get(f"/api/v1/stock-count-lines/?count={count['id']}"))["results"]
    record = f"/api/v1/stock-count-lines/{line['id']}/record/"
    first = ok(keeper.post(record, {"counted_quantity": "4"}))
    assert (first["needs_recount"], first["book_quantity"], first["variance"]) == (True, None, None)
    ok(keeper.post(record, {"counted_quantity": "4"}))
    found = {"stock_item": keys["plain"], "bin": Bin.objects.get(code="B-1").pk}
    extra = ok(keeper.post(f"/api/v1/stock-counts/{count['id']}/add-line/", found), 201)
    ok(keeper.post(f"/api/v1/stock-count-lines/{extra['id']}/record/", {"counted_quantity": "0"}))
    address = f"/api/v1/stock-counts/{count['id']}"
    assert (
        ok(keeper.post(f"{address}/submit/", {"reason": "Delivered without paper"}))["status"] == "TO_APPROVE"
    )
    assert keeper.post(f"{address}/approve/").status_code == 403
    assert ok(api_as("finance").post(f"{address}/approve/"))["status"] == "POSTED"
    judged = f"/api/v1/stock-counts/{keys['judged']}"
    assert ok(api_as("planner").post(f"{judged}/reopen/", {"reason": "Look again"}))["status"] == "OPEN"
    assert ok(keeper.post(f"{judged}/cancel/", {"reason": "Too late"}))["status"] == "CANCELLED"


def test_proposals_and_promises(keys: dict[str, int], api_as: ApiAs) -> None:
    keeper = api_as("storekeeper")
    held = StockItem.objects.get(pk=keys["motor"])
    held.reorder_point, held.max_level = 5, 9  # type: ignore[assignment]
    held.save()
    found = {each["id"]: each for each in ok(keeper.get("/api/v1/reorder-proposals/"))["results"]}
    assert found[held.pk]["suggested"] == "6.0000" and found[held.pk]["arithmetic"][-1] == "up to 9: 6"
    papers = ok(keeper.post("/api/v1/reorder-proposals/", {"lines": [{"stock_item": held.pk}]}), 201)
    assert papers["documents"][0].startswith("PR-")
    again = keeper.post("/api/v1/reorder-proposals/", {"lines": [{"stock_item": held.pk}]})
    assert again.status_code == 409
    moved = {"to_line": keys["waiting"], "reason": "Line 2 stands"}
    promise = ok(keeper.post(f"/api/v1/reservations/{keys['promise']}/move/", moved))
    assert promise["request_line"] == keys["waiting"]


def test_amounts_are_hidden_from_who_may_not_see_them(keys: dict[str, int], api_as: ApiAs) -> None:
    sent = ok(api_as("auditor").get(f"/api/v1/stock-transfers/{keys['transfer']}/"))
    assert sent["lines"][0]["value"] is not None
    held = ok(api_as("technician").get(f"/api/v1/stock-items/{keys['plain']}/"))
    assert held["value"] is None
