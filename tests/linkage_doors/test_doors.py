"""Shares, buyers' to-dos, spend and reconciliation through their doors, over the real services."""

from collections.abc import Callable
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from cmms.models import CostEntry, PartsRequestLine, StockItem, WorkOrder
from cmms.services.parts import RequestLineInput, cancel_request_line
from core.models import User
from linkage.api.urls import urlpatterns
from linkage.models import Allocation, BuyerTask
from procurement.models import PurchaseOrder, PurchaseOrderLine
from procurement.services.receiving import ReceiptLineInput, receive_goods
from tests.linkage_doors.conftest import Chain
from tests.plant import Plant, build_plant


@pytest.fixture
def plant(db: None) -> Plant:
    return build_plant()


@pytest.fixture
def bought(plant: Plant) -> tuple[WorkOrder, PurchaseOrder]:
    """Ten couplings on order for a work order, four of them received."""
    work_order = plant.work_order()
    need = RequestLineInput(
        kind="NON_CATALOGUE", quantity=Decimal(10), description="Special coupling", unit_id=plant.unit.pk,
        estimated_unit_cost=Decimal(100),
    )  # fmt: skip
    plant.request(work_order, need)
    order = plant.order_needs("100", work_order)
    line = ReceiptLineInput(order.lines.get().pk, Decimal(4))
    receive_goods(order_id=order.pk, lines=[line], actor=plant["receiver"], at=plant.later())
    return work_order, order


def as_user(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def pages_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def accrued(order: WorkOrder) -> Decimal:
    return CostEntry.objects.filter(work_order=order).by_stage()["accrued"]  # type: ignore[return-value]


def test_a_changed_share_moves_what_is_already_posted(
    plant: Plant, bought: tuple[WorkOrder, PurchaseOrder]
) -> None:
    work_order, order = bought
    other = plant.work_order("Overhaul")
    line = order.lines.get()
    body = {
        "order_line": line.pk,
        "shares": [
            {
                "work_order": work_order.pk,
                "request_line": Allocation.objects.get().request_line_id,
                "weight": "1",
            },
            {"work_order": other.pk, "weight": "3"},
        ],
        "reason": "Three of four went to the overhaul",
    }
    answer = as_user(plant["planner"]).post("/api/v1/allocations/set/", body, format="json")
    assert answer.status_code == 200, answer.json()
    assert {row["work_order"] for row in answer.json()} == {work_order.pk, other.pk}
    assert (accrued(work_order), accrued(other)) == (Decimal(100), Decimal(300))


def test_shares_are_changed_only_by_who_may_and_with_a_reason(
    plant: Plant, bought: tuple[WorkOrder, PurchaseOrder]
) -> None:
    work_order, order = bought
    body = {
        "order_line": order.lines.get().pk,
        "shares": [{"work_order": work_order.pk, "weight": "1"}],
        "reason": "Because",
    }
    refused = as_user(plant["technician"]).post("/api/v1/allocations/set/", body, format="json")
    assert refused.status_code == 403
    unknown = {**body, "shares": [{"work_order": 99999, "weight": "1"}]}
    answer = as_user(plant["planner"]).post("/api/v1/allocations/set/", unknown, format="json")
    assert answer.status_code == 422
    nothing = {**body, "shares": []}
    assert (
        as_user(plant["planner"]).post("/api/v1/allocations/set/", nothing, format="json").status_code == 400
    )


def test_a_cancelled_need_comes_back_to_the_buyer_who_ticks_it_off(
    plant: Plant, bought: tuple[WorkOrder, PurchaseOrder]
) -> None:
    need = PartsRequestLine.objects.get()
    cancel_request_line(
        request_line_id=need.pk, quantity=Decimal(6), reason="Repaired instead", actor=plant["planner"],
        at=plant.later(),
    )  # fmt: skip
    task = BuyerTask.objects.get()
    buyer = pages_of(plant["buyer"])
    assert task.text in buyer.get("/links/buyer-tasks/").content.decode()
    empty = buyer.post(f"/links/buyer-tasks/{task.pk}/done/", {"resolution": ""})
    assert empty.status_code == 422
    done = buyer.post(f"/links/buyer-tasks/{task.pk}/done/", {"resolution": "Kept for stock"}, follow=True)
    assert (
        "Nothing to decide" in done.content.decode()
        or task.text not in done.content.decode().split("notice")[-1]
    )
    task.refresh_from_db()
    assert (task.status, task.resolution, task.done_by) == ("DONE", "Kept for stock", plant["buyer"])
    again = as_user(plant["buyer"]).post(f"/api/v1/buyer-tasks/{task.pk}/done/", {"resolution": "Again"})
    assert again.status_code == 409
    assert as_user(plant["technician"]).get("/api/v1/buyer-tasks/").status_code == 403


def test_the_trace_of_a_real_chain_is_whole(plant: Plant, bought: tuple[WorkOrder, PurchaseOrder]) -> None:
    work_order, order = bought
    plant.bill(order, [(order.lines.get().pk, "10", "100")])
    body = as_user(plant["auditor"]).get(f"/api/v1/trace/purchase_order/{order.pk}/").json()
    kinds = {node["kind"] for node in body["nodes"]}
    assert kinds == {
        "work_order", "parts_request", "requisition", "purchase_order", "receipt", "invoice", "hold", "cost_entry",
    }  # fmt: skip


def test_reconcile_proves_a_clean_plant_and_exits_with_zero(bought: tuple[WorkOrder, PurchaseOrder]) -> None:
    out = StringIO()
    call_command("reconcile", stdout=out)
    assert "1 order lines checked: every figure is what the facts demand." in out.getvalue()


def spoil(order: PurchaseOrder) -> None:
    """Past every rule: a stored quantity that no receipt gives, so that the ledger is wrong as well."""
    PurchaseOrderLine.objects.filter(order=order).update(quantity_received=7)


def test_reconcile_names_every_difference_and_exits_with_one(bought: tuple[WorkOrder, PurchaseOrder]) -> None:
    work_order, order = bought
    spoil(order)
    before = CostEntry.objects.count()
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", stdout=out)
    assert ended.value.code == 1
    text = out.getvalue()
    assert "Quantities of order lines: 1" in text
    assert f"{order.number} line 1" in text
    assert work_order.number in text
    assert "Nothing was changed." in text
    assert CostEntry.objects.count() == before


def test_reconcile_posts_what_is_missing_when_told_to(bought: tuple[WorkOrder, PurchaseOrder]) -> None:
    work_order, order = bought
    spoil(order)
    with pytest.raises(SystemExit):
        call_command("reconcile", repair=True, stdout=StringIO())
    assert accrued(work_order) == Decimal(700)
    PurchaseOrderLine.objects.filter(order=order).update(quantity_received=4)
    with pytest.raises(SystemExit):
        call_command("reconcile", repair=True, work_order=work_order.number, stdout=StringIO())
    call_command("reconcile", stdout=StringIO())


def test_reconcile_refuses_an_unknown_work_order(db: None) -> None:
    with pytest.raises(CommandError, match="There is no work order WO-9"):
        call_command("reconcile", work_order="WO-9")


def test_reconcile_compares_stock_with_its_movements(plant: Plant) -> None:
    plant.item("SEAL", stocked=True, on_hand=5)
    StockItem.objects.filter(item__code="SEAL").update(quantity_on_hand=6)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("reconcile", stdout=out)
    assert "Stock balances: 1" in out.getvalue()
    assert "SEAL" in out.getvalue()


def test_the_reconcile_page_is_for_auditors_and_changes_nothing(
    plant: Plant, bought: tuple[WorkOrder, PurchaseOrder]
) -> None:
    assert pages_of(plant["technician"]).get("/links/reconcile/").status_code == 403
    auditor = pages_of(plant["auditor"])
    assert "Compare 1 order line now" in auditor.get("/links/reconcile/").content.decode()
    assert "Every figure is proven" in auditor.post("/links/reconcile/").content.decode()
    spoil(bought[1])
    before = CostEntry.objects.count()
    text = auditor.post("/links/reconcile/").content.decode()
    assert "Quantities of order lines" in text
    assert CostEntry.objects.count() == before


def test_the_admin_shows_links_read_only_and_lets_a_buyer_tick_off(
    chain: Callable[..., Chain], buyer_task: Callable[[Chain], BuyerTask], pages: Client
) -> None:
    task = buyer_task(chain())
    for model in ("allocation", "supplylink", "spendentry", "buyertask"):
        assert pages.get(f"/admin/linkage/{model}/").status_code == 200, model
        assert pages.get(f"/admin/linkage/{model}/add/").status_code == 403, model
    assert pages.get(f"/admin/linkage/buyertask/{task.pk}/change/").status_code == 200
    pages.post(
        f"/admin/linkage/buyertask/do/done/?ids={task.pk}", {"resolution": "Cancelled with the supplier"}
    )
    task.refresh_from_db()
    assert task.status == "DONE"


@pytest.mark.parametrize("name", ["allocations", "buyer-tasks", "spend-entries"])
def test_lists_of_the_api_take_as_many_statements_for_many_rows(
    name: str, chain: Callable[..., Chain], buyer_task: Callable[[Chain], BuyerTask], api: APIClient
) -> None:
    buyer_task(chain(lines=1))
    api.get(f"/api/v1/{name}/")
    with CaptureQueriesContext(connection) as few:
        assert api.get(f"/api/v1/{name}/").json()["results"]
    for _ in range(3):
        buyer_task(chain(lines=4))
    with CaptureQueriesContext(connection) as many:
        api.get(f"/api/v1/{name}/")
    assert len(few) == len(many)


def test_amounts_of_spend_are_hidden_from_who_may_not_see_costs(
    chain: Callable[..., Chain], make_user: Callable[..., User]
) -> None:
    chain()
    user = make_user("rita", "linkage.view_spendentry")
    assert as_user(user).get("/api/v1/spend-entries/").json()["results"][0]["amount"] is None


def test_the_schema_describes_the_bridge_without_warnings() -> None:
    GENERATOR_STATS.reset()
    schema = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)
    validate_schema(schema)
    assert {"/allocations/set/", "/trace/{kind}/{id}/", "/buyer-tasks/{id}/done/"} <= set(schema["paths"])
    assert "/spend-entries/" in schema["paths"]
    assert not GENERATOR_STATS
