"""From any document of the chain to all the others."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cmms.models import WorkOrder
from core.errors import NotFound
from core.models import User
from linkage.selectors.graph import KINDS, ROOT_KINDS, TraceGraph, as_seen_by
from linkage.selectors.trace import trace
from tests.linkage_doors.conftest import Chain

MakeChain = Callable[..., Chain]


def starts(chain: Chain) -> dict[str, int]:
    return {
        "work_request": chain.work_request.pk,
        "work_order": chain.work_order.pk,
        "operation": chain.operation.pk,
        "parts_request": chain.parts_request.pk,
        "parts_request_line": chain.needs[0].pk,
        "requisition": chain.requisition.pk,
        "requisition_line": chain.requisition_lines[0].pk,
        "purchase_order": chain.purchase_order.pk,
        "purchase_order_line": chain.order_lines[0].pk,
        "receipt": chain.receipt.pk,
        "invoice": chain.invoice.pk,
        "hold": chain.hold.pk,
        "cost_entry": chain.cost_entries[0].pk,
    }


def statements(kind: str, pk: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        trace(kind, pk)
    return len(seen)


def keys(graph: TraceGraph) -> set[str]:
    return {node.key for node in graph.nodes}


def test_every_document_of_a_chain_leads_to_all_the_others(chain: MakeChain) -> None:
    chain()
    made = chain(lines=2)
    every = starts(made)
    assert set(every) == set(ROOT_KINDS)
    whole = keys(trace("work_order", made.work_order.pk))
    assert {key.split(":")[0] for key in whole} == set(KINDS)
    for kind, pk in every.items():
        assert keys(trace(kind, pk)) == whole, kind


def test_the_chain_is_told_as_edges(chain: MakeChain) -> None:
    made = chain()
    edges = {
        (edge.source.split(":")[0], edge.target.split(":")[0]) for edge in trace("hold", made.hold.pk).edges
    }
    assert {
        ("work_request", "work_order"), ("work_order", "operation"), ("operation", "parts_request"),
        ("parts_request", "requisition"), ("requisition", "purchase_order"), ("purchase_order", "receipt"),
        ("receipt", "invoice"), ("invoice", "hold"), ("purchase_order", "cost_entry"),
        ("parts_request", "cost_entry"), ("work_order", "cost_entry"),
    } <= edges  # fmt: skip


def test_the_number_of_statements_does_not_grow_with_the_chain(chain: MakeChain) -> None:
    small, large = chain(lines=1), chain(lines=30)
    for kind, pk in starts(small).items():
        few = statements(kind, pk)
        assert statements(kind, starts(large)[kind]) == few, kind
        assert few <= 30, kind


def test_a_direct_trace_leaves_the_others_of_a_shared_order_out(
    chain: MakeChain, work_order: Callable[..., WorkOrder]
) -> None:
    other = work_order("Paint the fence")
    made = chain(shared_with=other)
    key = f"work_order:{other.pk}"
    assert key not in keys(trace("work_order", made.work_order.pk, "direct"))
    assert key in keys(trace("work_order", made.work_order.pk, "all"))
    assert key in keys(trace("purchase_order", made.purchase_order.pk, "direct"))
    costs = trace("invoice", made.invoice.pk, "direct").of_kind("cost_entry")
    assert {node.stage for node in costs} == {"COMMITTED", "ACCRUED"}


def test_a_huge_chain_is_cut_and_says_so(chain: MakeChain, monkeypatch: pytest.MonkeyPatch) -> None:
    made = chain(lines=5)
    for module in ("linkage.selectors.trace", "linkage.selectors.reach"):
        monkeypatch.setattr(f"{module}.MOST_ROWS", 3)
    graph = trace("work_order", made.work_order.pk)
    assert "Only the first 3" in graph.note


def test_an_unknown_kind_is_refused_in_words(db: None) -> None:
    with pytest.raises(NotFound, match="There is no trace from 'teapot'"):
        trace("teapot", 1)


def test_a_person_sees_no_amounts_and_no_titles_beyond_their_rights(
    chain: MakeChain, make_user: Callable[..., User]
) -> None:
    made = chain()
    technician = make_user("tina", "linkage.view_supplylink", "cmms.view_workorder")
    graph = as_seen_by(trace("work_order", made.work_order.pk), technician)
    order = graph.by_key()[f"purchase_order:{made.purchase_order.pk}"]
    assert (order.number, order.title, order.amount) == (made.purchase_order.number, "", None)
    assert not graph.of_kind("cost_entry")
    assert not graph.of_kind("hold")


@pytest.mark.parametrize("scope", ["direct", "all"])
def test_the_page_draws_every_document_and_links_to_it(chain: MakeChain, pages: Client, scope: str) -> None:
    made = chain(lines=2)
    for kind, pk in starts(made).items():
        answer = pages.get(f"/links/trace/{kind}/{pk}/?show={scope}")
        text = answer.content.decode()
        assert answer.status_code == 200
        for paper in (made.work_order, made.requisition, made.purchase_order, made.receipt, made.invoice):
            assert paper.number in text, kind
        assert "<svg" in text


def test_a_document_without_links_says_so(pages: Client, work_order: Callable[..., WorkOrder]) -> None:
    alone = work_order()
    assert "Nothing hangs on this yet" in pages.get(f"/links/trace/work_order/{alone.pk}/").content.decode()


def test_the_page_answers_404_for_what_is_not_there(pages: Client) -> None:
    assert pages.get("/links/trace/work_order/99/").status_code == 404
    assert pages.get("/links/trace/teapot/1/").status_code == 404


def test_nobody_traces_from_a_document_that_they_may_not_open(
    chain: MakeChain, make_user: Callable[..., User], api: APIClient
) -> None:
    made = chain()
    user = make_user("rita", "linkage.view_supplylink", "cmms.view_workorder")
    client = Client()
    client.force_login(user)
    assert client.get(f"/links/trace/invoice/{made.invoice.pk}/").status_code == 403
    assert client.get(f"/links/trace/work_order/{made.work_order.pk}/").status_code == 200
    api.force_authenticate(user)
    assert api.get(f"/api/v1/trace/invoice/{made.invoice.pk}/").status_code == 403


def test_the_api_gives_the_chain_in_one_call(chain: MakeChain, api: APIClient) -> None:
    made = chain()
    body = api.get(f"/api/v1/trace/invoice/{made.invoice.pk}/").json()
    assert body["root"] == f"invoice:{made.invoice.pk}"
    assert {node["kind"] for node in body["nodes"]} == set(KINDS)
    keys = {node["key"] for node in body["nodes"]}
    assert all({edge["source"], edge["target"]} <= keys for edge in body["edges"])
    assert api.get("/api/v1/trace/teapot/1/").status_code == 404
    assert api.get("/api/v1/trace/invoice/99/").status_code == 404
