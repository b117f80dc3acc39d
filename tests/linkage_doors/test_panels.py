"""Panels on the pages of both halves."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cmms.models import WorkOrder
from core.models import User
from tests.linkage_doors.conftest import Chain

MakeChain = Callable[..., Chain]


def panels_of(chain: Chain) -> dict[str, str]:
    return {
        "work order": f"/links/work-orders/{chain.work_order.pk}/purchasing/",
        "order": f"/links/purchase-orders/{chain.purchase_order.pk}/work/",
        "requisition": f"/links/requisitions/{chain.requisition.pk}/needs/",
    }


def test_a_work_order_shows_what_is_bought_for_each_need(chain: MakeChain, pages: Client) -> None:
    made = chain(lines=2)
    text = pages.get(panels_of(made)["work order"]).content.decode()
    for said in (
        "Bearing 2", "10 PCE needed, 6 arrived", made.requisition.number, made.purchase_order.number,
        "Kugel &amp; Lager GmbH", "2 Mar 2026", made.invoice.number, "waits for a receipt of 4", "200.00", "300.00",
        f"/links/trace/parts_request_line/{made.needs[0].pk}/",
    ):  # fmt: skip
        assert said in text, said


def test_a_charge_without_a_need_is_shown_with_the_shared_quantity(
    chain: MakeChain, pages: Client, work_order: Callable[..., WorkOrder]
) -> None:
    other = work_order("Overhaul")
    made = chain(shared_with=other)
    text = pages.get(f"/links/work-orders/{other.pk}/purchasing/").content.decode()
    assert "charged to this work order" in text
    assert made.purchase_order.number in text
    assert "5 PCE" in text


def test_an_order_shows_who_bears_each_line(
    chain: MakeChain, pages: Client, work_order: Callable[..., WorkOrder]
) -> None:
    other = work_order("Overhaul the gearbox")
    made = chain(shared_with=other)
    text = pages.get(panels_of(made)["order"]).content.decode()
    assert made.work_order.number in text
    assert other.number in text
    assert text.count("(50 %)") == 2


def test_a_requisition_shows_the_needs_behind_it(chain: MakeChain, pages: Client) -> None:
    made = chain()
    text = pages.get(panels_of(made)["requisition"]).content.decode()
    assert made.work_order.number in text
    assert made.purchase_order.number in text


def test_panels_are_on_the_pages_they_belong_to(chain: MakeChain, pages: Client) -> None:
    made = chain()
    for page, panel in (
        (f"/work/orders/{made.work_order.pk}/", "work order"),
        (f"/purchasing/orders/{made.purchase_order.pk}/", "order"),
        (f"/purchasing/requisitions/{made.requisition.pk}/", "requisition"),
    ):
        assert panels_of(made)[panel] in pages.get(page).content.decode()


def test_the_number_of_statements_of_a_panel_does_not_grow(chain: MakeChain, pages: Client) -> None:
    small, large = panels_of(chain(lines=2)), panels_of(chain(lines=25))
    for name in small:
        pages.get(small[name])
        with CaptureQueriesContext(connection) as few:
            pages.get(small[name])
        with CaptureQueriesContext(connection) as many:
            pages.get(large[name])
        assert len(few) == len(many), name


def test_empty_panels_say_so(pages: Client, work_order: Callable[..., WorkOrder]) -> None:
    order = work_order()
    text = pages.get(f"/links/work-orders/{order.pk}/purchasing/").content.decode()
    assert "Nothing is being bought for this work order" in text


def test_a_technician_sees_how_far_the_purchase_is_but_no_amounts(
    chain: MakeChain, make_user: Callable[..., User]
) -> None:
    made = chain()
    client = Client()
    client.force_login(make_user("tina", "linkage.view_supplylink", "cmms.view_workorder"))
    text = client.get(panels_of(made)["work order"]).content.decode()
    assert made.purchase_order.number in text
    assert "300.00" not in text
    assert "Committed" not in text
    assert f"/purchasing/orders/{made.purchase_order.pk}/" not in text


@pytest.mark.parametrize("panel", ["work order", "order", "requisition"])
def test_without_the_right_to_see_links_there_is_no_panel(
    chain: MakeChain, make_user: Callable[..., User], panel: str
) -> None:
    client = Client()
    client.force_login(make_user("nobody"))
    assert client.get(panels_of(chain())[panel]).status_code == 403
