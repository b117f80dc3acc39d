"""Every page of the stores opens for its role, refuses the others plainly, and does what it says."""

from collections.abc import Callable
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cmms.models import Fitting, Serial, StockCount, StockCountLine, StockItem, StockTransfer
from cmms.selectors.stock_replay import replay_differences
from tests.cmms_doors.plant import Plant
from tests.cmms_doors.store import fill, moves, opened

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]

PAGES = [
    ("put-away", None, "storekeeper", "technician"),
    ("stock-item", "lots", "storekeeper", ""),
    ("stock-item", "motor", "technician", ""),
    ("stock-issue", "motor", "storekeeper", "technician"),
    ("stock-issue", "lots", "storekeeper", "technician"),
    ("stock-put-away", "motor", "storekeeper", "technician"),
    ("stock-put-away", "lots", "storekeeper", "technician"),
    ("stock-bin", "plain", "storekeeper", "technician"),
    ("stock-bin", "lots", "storekeeper", "technician"),
    ("stock-bin", "motor", "storekeeper", "technician"),
    ("stock-transfer", "motor", "storekeeper", "technician"),
    ("stock-tracking", "plain", "storekeeper", "technician"),
    ("stock-drop-numbers", "motor", "storekeeper", "technician"),
    ("stock-count-bins", "lots", "storekeeper", "technician"),
    ("need-issue", "need", "storekeeper", "technician"),
    ("movement-return", "movement", "storekeeper", "technician"),
    ("stock-value", None, "storekeeper", "technician"),
    ("slow-movers", None, "auditor", ""),
    ("stock-outs", None, "planner", ""),
    ("reorder", None, "storekeeper", ""),
    ("reorder-one", "plain", "storekeeper", "technician"),
    ("reorder-store", "store", "storekeeper", "technician"),
    ("promises", None, "storekeeper", "technician"),
    ("promise-move", "promise", "storekeeper", "technician"),
    ("pick-list", None, "storekeeper", "technician"),
    ("transfers", None, "storekeeper", "technician"),
    ("transfer-new", None, "storekeeper", "technician"),
    ("transfer", "transfer", "storekeeper", "technician"),
    ("transfer-receive", "transfer", "receiver", "technician"),
    ("transfer-undo", "transfer", "storekeeper", "technician"),
    ("counts", None, "storekeeper", "technician"),
    ("count-new", None, "storekeeper", "technician"),
    ("count", "count", "storekeeper", "technician"),
    ("count", "judged", "planner", "technician"),
    ("count-found", "count", "storekeeper", "technician"),
    ("count-submit", "count", "storekeeper", "technician"),
    ("count-approve", "judged", "planner", "storekeeper"),
    ("count-reopen", "judged", "finance", "storekeeper"),
    ("count-cancel", "count", "storekeeper", "technician"),
    ("count-line", "line", "storekeeper", "technician"),
    ("lots", None, "technician", ""),
    ("lot", "lot", "auditor", ""),
    ("serials", None, "technician", ""),
    ("serial", "serial", "technician", ""),
    ("serial-store", "serial", "storekeeper", "technician"),
    ("fitting-remove", "fitting", "technician", "storekeeper"),
    ("work-order-fit", "order", "technician", "storekeeper"),
    ("work-order-components", "order", "technician", ""),
    ("asset-components", "asset", "planner", ""),
]


def url(name: str, *keys: int) -> str:
    return reverse(f"cmms:{name}", args=keys)


@pytest.fixture
def keys(plant: Plant) -> dict[str, int]:
    return fill(plant)


def test_every_page_opens_for_its_role_and_refuses_the_others(keys: dict[str, int], as_role: As) -> None:
    for name, of, role, other in PAGES:
        address = url(name, keys[of]) if of else url(name)
        answer = as_role(role).get(address)
        assert answer.status_code == 200, (name, answer.content)
        if other:
            refused = as_role(other).get(address)
            assert refused.status_code == 403, name
            assert "Your role does not include the right to" in refused.content.decode(), name


def test_lists_find_filter_sort_and_export(keys: dict[str, int], as_role: As) -> None:
    admin = as_role("admin")
    asked = {
        "transfers": "q=SP-0004&status=SENT", "counts": "q=SC-&status=OPEN", "promises": "q=seal&priority=NORMAL",
        "lots": "q=L-2231&in_stock=true", "serials": "q=GM-1023&status=IN_STOCK", "put-away": "q=MOT",
        "movements": "q=mot-1&until=2999-01-01", "slow-movers": "days=180", "stock-outs": "since=2000-01-01",
        "reorder": "q=SP", "stock": "q=grease",
    }  # fmt: skip
    for name, query in asked.items():
        page = admin.get(f"{url(name)}?{query}")
        assert page.status_code == 200, name
        assert admin.get(f"{url(name)}?q=nothing-like-it").status_code == 200
        for kind in ("csv", "xlsx"):
            sheet = admin.get(f"{url(name)}?{query}&export={kind}")
            assert sheet.status_code == 200 and b"".join(sheet), (name, kind)
    assert "MOT-1" in admin.get(f"{url('movements')}?q=mot-1").content.decode()


def test_a_workbook_holds_figures_as_figures(keys: dict[str, int], as_role: As) -> None:
    answer = as_role("admin").get(f"{url('stock-value')}?export=xlsx")
    with ZipFile(BytesIO(b"".join(answer))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    rows = [[cell for cell in row] for row in sheet.iter(f"{space}row")]
    total = rows[-1][-1]
    held = StockItem.objects.all()
    transit = StockTransfer.objects.get().lines.get().value
    assert total.get("t") is None and total.find(f"{space}v") is not None
    assert float(total.find(f"{space}v").text or 0) == float(sum(row.value for row in held) + transit)  # type: ignore[union-attr]


def test_pieces_are_named_moved_and_handed_over(keys: dict[str, int], as_role: As) -> None:
    keeper = as_role("storekeeper")
    put = keeper.post(
        url("stock-put-away", keys["motor"]), {"from_bin": bin_of(keys["motor"]), "serial_numbers": "GM-1\n"}
    )
    assert put.status_code == 302, put.content
    number = Serial.objects.get(number="GM-1")
    level = StockItem.objects.get(pk=keys["motor"]).levels.get().pk
    other = StockItem.objects.get(pk=keys["motor"]).storeroom.bins.get(code="B-1").pk
    moved = keeper.post(
        url("stock-bin", keys["motor"]), {"level": level, "serials": [number.pk], "to_bin": other}
    )
    assert moved.status_code == 302, moved.content
    assert Serial.objects.get(pk=number.pk).bin_id == other
    order = Fitting.objects.get().fitted_work_order
    out = {"work_order": order.number, "quantity": "1", "serials": [number.pk]}
    assert keeper.post(url("stock-issue", keys["motor"]), out).status_code == 302
    panel = as_role("technician").get(url("work-order-components", order.pk)).content.decode()
    assert "GM-1<" in panel and "L-2231" in panel and "drive end" in panel
    issue = StockItem.objects.get(pk=keys["motor"]).movements.filter(kind="ISSUE").latest("pk")
    back = keeper.post(
        url("movement-return", issue.pk), {"quantity": "1", "serials": [number.pk], "reason": "Not used"}
    )
    assert back.status_code == 302, back.content
    refused = keeper.post(url("stock-issue", keys["motor"]), {"work_order": order.number, "quantity": "1"})
    assert refused.status_code == 422 and "Choose 1 serial numbers" in refused.content.decode()
    assert replay_differences() == []


def bin_of(stock: int) -> int:
    return StockItem.objects.get(pk=stock).bin_id or 0


def test_a_part_is_fitted_removed_and_put_back_into_store(keys: dict[str, int], as_role: As) -> None:
    technician = as_role("technician")
    order = Fitting.objects.get().fitted_work_order
    out = technician.post(
        url("fitting-remove", keys["fitting"]), {"work_order": order.number, "reason": "Noise at 1,400 rpm"}
    )
    assert out.status_code == 302, out.content
    serial = Serial.objects.get(number="GM-10231")
    assert "Put into store" in as_role("storekeeper").get(url("serial", serial.pk)).content.decode()
    stored = as_role("storekeeper").post(
        url("serial-store", serial.pk), {"storeroom": keys["store"], "bin_code": "b-1", "note": "Rewound"}
    )
    assert stored.status_code == 302, stored.content
    assert moves(keys["motor"])[-1] == "REFURBISHED"
    fitted = technician.post(
        url("work-order-fit", order.pk), {"item": "MOT-1", "serial_number": "X-99", "where": "P-101"}
    )
    assert fitted.status_code == 302, fitted.content
    assert "X-99" in technician.get(url("asset-components", keys["asset"])).content.decode()


def test_a_transfer_is_sent_received_and_undone(plant: Plant, keys: dict[str, int], as_role: As) -> None:
    keeper = as_role("storekeeper")
    rooms = {"from_storeroom": keys["store"], "to_storeroom": StockTransfer.objects.get().to_storeroom_id}
    lines = {
        "lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "0", "lines-0-item": "SP-0001", "lines-0-quantity": "0",
        "lines-1-item": "FLT-7", "lines-1-quantity": "1",
    }  # fmt: skip
    refused = keeper.post(url("transfer-new"), {**rooms, **lines})
    assert refused.status_code == 422
    lines["lines-0-item"], lines["lines-0-quantity"] = "GRS-1", "2"
    sent = keeper.post(url("transfer-new"), {**rooms, **lines})
    assert sent.status_code == 302, sent.content
    transfer = StockTransfer.objects.latest("pk")
    arrived = {
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "2",
        "lines-0-quantity": "2",
        "lines-1-quantity": "",
    }
    got = as_role("receiver").post(url("transfer-receive", transfer.pk), arrived)
    assert got.status_code == 302, got.content
    transfer.refresh_from_db()
    assert transfer.status == "SENT"
    assert keeper.post(url("transfer-undo", transfer.pk), {"reason": "Not needed"}).status_code == 302
    carried = {"to_storeroom": transfer.to_storeroom_id, "quantity": "1", "carried": "on"}
    assert keeper.post(url("stock-transfer", keys["lots"]), carried).status_code == 302
    assert StockTransfer.objects.latest("pk").status == "RECEIVED"
    assert replay_differences() == []


def test_a_count_is_blind_until_it_is_over(keys: dict[str, int], as_role: As) -> None:
    keeper = as_role("storekeeper")
    sheet = keeper.get(url("count", keys["count"])).content.decode()
    assert "Books" not in sheet and "Difference" not in sheet
    for line in StockCountLine.objects.filter(count=keys["count"]):
        address = url("count-line", line.pk)
        first = keeper.post(address, {"counted_quantity": "1"})
        assert first.status_code == 302, first.content
        keeper.post(address, {"counted_quantity": "1"})
    assert "Books" not in keeper.get(url("count", keys["count"])).content.decode()
    unexplained = keeper.post(url("count-submit", keys["count"]), {"reason": ""})
    assert "Say why the shelves differ" in unexplained.content.decode()
    keeper.post(url("count-submit", keys["count"]), {"reason": "Found behind the shelf"})
    count = StockCount.objects.get(pk=keys["count"])
    assert count.status == "TO_APPROVE"
    assert "Difference" in keeper.get(url("count", count.pk)).content.decode()
    assert as_role("planner").post(url("count-approve", count.pk)).status_code == 302
    count.refresh_from_db()
    assert count.status == "POSTED"
    assert replay_differences() == []


def test_counting_goes_from_line_to_line(keys: dict[str, int], as_role: As) -> None:
    keeper = as_role("storekeeper")
    started = keeper.post(url("count-new"), {"storeroom": keys["store"], "bin_from": "A-1", "bin_to": "A-1"})
    assert started.status_code == 302, started.content
    count = StockCount.objects.latest("pk")
    line = count.lines.get()
    assert line.bin is not None and line.bin.code == "A-1"
    again = keeper.post(url("count-line", line.pk), {"counted_quantity": "9"})
    assert again["Location"] == url("count-line", line.pk)
    done = keeper.post(url("count-line", line.pk), {"counted_quantity": "2"})
    assert done["Location"] == url("count", count.pk)
    nothing = keeper.post(url("count-new"), {"storeroom": keys["store"], "bin_from": "Q-1", "bin_to": "Q-2"})
    assert nothing.status_code == 422 and "nothing to count" in nothing.content.decode()


def test_one_tap_asks_purchasing(keys: dict[str, int], as_role: As) -> None:
    keeper = as_role("storekeeper")
    StockItem.objects.filter(pk=keys["motor"]).first().save()  # type: ignore[union-attr]
    held = StockItem.objects.get(pk=keys["motor"])
    held.reorder_point, held.max_level = 5, 9  # type: ignore[assignment]
    held.save()
    page = keeper.get(url("reorder")).content.decode()
    assert "Ask for all of MAIN" in page and "up to 9" in page
    one = keeper.post(url("reorder-one", held.pk), {"quantity": "4"}, follow=True)
    assert "Asked for with PR-" in one.content.decode()
    every = keeper.post(url("reorder-store", keys["store"]), follow=True)
    assert "Asked for with PR-" in every.content.decode()
    assert "Nothing to reorder" in keeper.get(url("reorder")).content.decode()


def test_a_promise_goes_to_more_urgent_work(keys: dict[str, int], as_role: As) -> None:
    answer = as_role("storekeeper").post(
        url("promise-move", keys["promise"]), {"to_line": keys["waiting"], "reason": "Line 2 stands"}
    )
    assert answer.status_code == 302, answer.content


def test_pages_take_no_more_statements_for_more_rows(plant: Plant, keys: dict[str, int], as_role: As) -> None:
    admin = as_role("admin")

    def counted() -> dict[str, int]:
        found = {}
        details = [("stock-item", "lots"), ("count", "count"), ("lot", "lot"), ("transfer", "transfer")]
        pages = [name for name, of, _, _ in PAGES if of is None] + ["stock", "movements", "issue-queue"]
        for address in [*(url(name) for name in pages), *(url(name, keys[of]) for name, of in details)]:
            with CaptureQueriesContext(connection) as statements:
                assert admin.get(address).status_code == 200
            found[address] = len(statements)
        return found

    counted()
    few = counted()
    for number in range(6):
        grow(plant, keys, number)
    many = counted()
    assert {each: many[each] for each in many if many[each] > few[each]} == {}


def grow(plant: Plant, keys: dict[str, int], number: int) -> None:
    """One more of everything that the lists show."""
    from_store = plant.people["storekeeper"]
    held = opened(plant, f"NEW-{number}", f"Part {number}", 5)
    with_point = StockItem.objects.get(pk=held.pk)
    with_point.reorder_point = 8  # type: ignore[assignment]
    with_point.save()
    client = Client()
    client.force_login(from_store)
    client.post(url("stock-tracking", held.pk), {"tracking": "LOT", "reason": "New rule"})
    client.post(
        url("stock-put-away", held.pk),
        {"from_bin": held.bin_id, "quantity": "2", "lot_number": f"N-{number}"},
    )
    to = StockTransfer.objects.earliest("pk").to_storeroom_id
    client.post(url("stock-transfer", held.pk), {"to_storeroom": to, "quantity": "1"})
    client.post(url("count-found", keys["count"]), {"item": f"NEW-{number}"})
    client.post(url("count-new"), {"storeroom": to})
    plant.ask(plant.order(f"Order {number}"), 2)
